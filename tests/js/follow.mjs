// Runs a follower in this process or in a page, for the tests in Rust that talk to it: one line of JSON says what is
// wanted, one answers.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { EventReader } from "./events.mjs";
import { Follower } from "./follower.mjs";
import { launch } from "./browser.mjs";

const { SESSIONWIRE_URL: url, SESSIONWIRE_TOKEN: token, SESSIONWIRE_FOLLOWS: follows } = process.env;
const options = { url, token, follows: JSON.parse(follows) };
const start = { node: inNode, chromium: inPage, events: asReader }[process.argv[2]];
const [carryOut, close] = await start();
say("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [[wish, params]] = Object.entries(JSON.parse(line));
  say(await carryOut(wish, params));
}
await close();

async function inNode() {
  const { connect } = await import("sessionwire");
  const follower = await Follower.start(connect, options);
  return [(wish, params) => follower[wish](params), () => follower.close()];
}

async function asReader() {
  const reader = await EventReader.start(options);
  return [(wish, params) => reader[wish](params), () => reader.close()];
}

async function inPage() {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await launch();
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const follower = await page.evaluateHandle(async (options) => {
    const [{ connect }, { Follower }] = await Promise.all([import("/browser.js"), import("/follower.mjs")]);
    return Follower.start(connect, options);
  }, options);
  const close = async () => {
    await browser.close();
    server.close();
  };
  const carryOut = (...asked) => follower.evaluate((follower, [wish, params]) => follower[wish](params), asked);
  return [carryOut, close];
}

/** Serves an empty page, the follower's modules, and the npm package as it is published. */
async function serve({ url }, response) {
  const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
  response.setHeader("content-type", types[extname(url)] ?? "text/html");
  if (url === "/") return response.end("<!doctype html>");
  const file = url.endsWith(".mjs") ? `.${url}` : `./node_modules/sessionwire${url}`;
  try {
    response.end(await readFile(new URL(file, import.meta.url)));
  } catch {
    response.writeHead(404).end();
  }
}

function say(value) {
  console.log(JSON.stringify(value));
}
