// What a browser downloads, gzipped: the npm package, and, where a folder with them is named, clients beside it as a
// bundler makes them. Usage: node size.mjs <the package's folder> [<the peers' folder>]; prints bytes as JSON.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const CODE = "dist/browser.js";
const WASM = "dist/sessionwire_bg.wasm";
const PEERS = [
  ["socket.io-client 4.8.4", 'export { io } from "socket.io-client"'],
  ["centrifuge 5.8.0", 'export { Centrifuge } from "centrifuge"'],
  ["ably 2.28.0", 'export { Realtime } from "ably"'],
];

const [folder, peers] = process.argv.slice(2);
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
const file = (path) => gzipped(readFileSync(join(folder, path)));

const bundled = async (code) => {
  const resolveDir = resolve(peers);
  const { build } = createRequire(join(resolveDir, "package.json"))("esbuild");
  const stdin = { contents: code, resolveDir };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", platform: "browser", write: false });
  return gzipped(outputFiles[0].contents);
};

const sizes = [{ name: "sessionwire", wasm: file(WASM), code: file(CODE) }];
for (const [name, code] of peers ? PEERS : []) sizes.push({ name, wasm: 0, code: await bundled(code) });
console.log(JSON.stringify(sizes));
