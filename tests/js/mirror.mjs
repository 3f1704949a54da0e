// A client in Node, or in a page, for the tests against OpenClaw's gateway: tells what its lists are told, and renames
// on request.
import { createInterface } from "node:readline";

const { SESSIONWIRE_URL: url, SESSIONWIRE_TOKEN: token, SESSIONWIRE_LISTS: lists } = process.env;
const options = { url, token, lists: JSON.parse(lists) };
const { rename, close } = await { node: inNode, chromium: inPage }[process.argv[2]]();
for await (const line of createInterface({ input: process.stdin })) await rename(JSON.parse(line));
await close();

async function inNode() {
  const [{ connect }, { mirror }] = await Promise.all([import("sessionwire"), import("./mirrored.mjs")]);
  return mirror(connect, options, say);
}

async function inPage() {
  const { openPage } = await import("./page.mjs");
  const { page, close } = await openPage();
  await page.exposeFunction("say", say);
  const mirrored = await page.evaluateHandle(async (options) => {
    const [{ connect }, { mirror }] = await Promise.all([import("/dist/browser.js"), import("/mirrored.mjs")]);
    return mirror(connect, options, globalThis.say);
  }, options);
  return { rename: (wish) => mirrored.evaluate(({ rename }, wish) => rename(wish), wish), close };
}

function say(news) {
  console.log(JSON.stringify(news));
}
