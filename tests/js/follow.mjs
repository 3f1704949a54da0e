// Runs a follower in this process or in a page, for the tests in Rust that talk to it: one line of JSON says what is
// wanted, one answers.
import { createInterface } from "node:readline";
import { EventReader } from "./events.mjs";
import { Follower } from "./follower.mjs";
import { openPage } from "./page.mjs";

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
  const { page, close } = await openPage();
  const follower = await page.evaluateHandle(async (options) => {
    const [{ connect }, { Follower }] = await Promise.all([import("/dist/browser.js"), import("/follower.mjs")]);
    return Follower.start(connect, options);
  }, options);
  const carryOut = (...asked) => follower.evaluate((follower, [wish, params]) => follower[wish](params), asked);
  return [carryOut, close];
}

function say(value) {
  console.log(JSON.stringify(value));
}
