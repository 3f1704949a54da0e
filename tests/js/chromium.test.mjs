// The npm package in Chromium against a real gateway.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { connected, everything, gateway } from "./gateway.mjs";
import { becomesEqual, change, windowsOf } from "./lists.mjs";

const PACKAGE = path.dirname(fileURLToPath(import.meta.resolve("sessionwire/package.json")));
const types = { ".js": "text/javascript", ".wasm": "application/wasm" };

let browser, page, actor;

before(async () => {
  browser = await launch();
  page = await browser.newPage();
  await page.route("**/package/**", async (route) => {
    const file = new URL(route.request().url()).pathname.replace("/package/", "");
    await route.fulfill({ contentType: types[path.extname(file)], body: await readFile(path.join(PACKAGE, file)) });
  });
  await page.goto(gateway.http);
  actor = await connected();
});

after(async () => {
  actor?.close();
  await browser?.close();
});

test("windows stay equal to what sessions.list answers, whatever another client does", async () => {
  const mark = randomUUID().slice(0, 8);
  const all = windowsOf(mark);
  await page.evaluate(
    async ({ url, token, scopes, all }) => {
      const { connect } = await import("/package/dist/browser.js");
      const client = await connect({ url, token, scopes });
      const lists = all.map((params) => ({ params, list: client.subscribeSessions({}, params) }));
      globalThis.compare = async (index) => {
        const { params, list } = lists[index];
        const { sessions } = await client.listSessions(params);
        return [list.sessions(), sessions];
      };
    },
    { ...gateway, scopes: everything, all },
  );
  await change(actor, mark, 7, async (round) => {
    for (const [index, params] of all.entries()) {
      const compare = () => page.evaluate((index) => globalThis.compare(index), index);
      await becomesEqual(compare, `round ${round}: ${JSON.stringify(params)}`);
    }
  });
});

test("a gateway that is content with its token makes no page have a device", async () => {
  const databases = await page.evaluate(
    async (options) => {
      const { connect } = await import("/package/dist/browser.js");
      const client = await connect(options);
      await client.ready();
      client.close();
      return indexedDB.databases();
    },
    { ...gateway },
  );
  assert.deepEqual(databases, []);
});
