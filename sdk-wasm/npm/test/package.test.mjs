import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import * as node from "sessionwire";

const read = (path) => readFile(new URL(`../${path}`, import.meta.url), "utf8");

test("index.d.ts declares what the package exports, and nothing else", async () => {
  const declared = [...(await read("index.d.ts")).matchAll(/^export (?:function|class|const) (\w+)/gm)];
  assert.deepEqual(declared.map(([, name]) => name).sort(), Object.keys(node).sort());
});

test("both loaders export the same", async () => {
  const browser = await import("../dist/browser.js");
  assert.deepEqual(Object.keys(browser).sort(), Object.keys(node).sort());
});

test("the browser's loader fetches the wasm once, and tries again after a failure", async (t) => {
  const wasm = await readFile(new URL("../dist/sessionwire_bg.wasm", import.meta.url));
  const fetches = [];
  const before = globalThis.fetch;
  t.after(() => (globalThis.fetch = before));
  globalThis.fetch = async (url) => {
    fetches.push(String(url));
    if (fetches.length === 1) throw new TypeError("offline");
    return new Response(wasm, { headers: { "Content-Type": "application/wasm" } });
  };
  const { connect } = await import("../dist/browser.js");
  const wrong = { url: 17, WebSocket: class {} };
  await assert.rejects(connect(wrong), /offline/);
  await Promise.all([assert.rejects(connect(wrong), /url|string/), assert.rejects(connect(wrong), /url|string/)]);
  assert.equal(fetches.length, 2);
  assert.ok(fetches.every((url) => url.endsWith("/dist/sessionwire_bg.wasm")));
});

test("the package holds what its exports name", async () => {
  const { exports, files } = JSON.parse(await read("package.json"));
  const named = Object.values(exports["."]).map((path) => path.slice(2));
  for (const path of [...named, ...files]) await read(path);
  for (const path of named) assert.ok(files.includes(path), path);
});

// Whatever makes it larger is to be worth that to everybody who opens a page.
test("a browser downloads no more than is known", async () => {
  const limit = 66_700;
  const files = ["dist/browser.js", "dist/sessionwire_bg.wasm"];
  let size = 0;
  for (const path of files) {
    const bytes = await readFile(new URL(`../${path}`, import.meta.url));
    size += gzipSync(bytes, { level: 9 }).length;
  }
  assert.ok(size <= limit, `the package takes ${size} bytes gzipped, its limit is ${limit}`);
});
