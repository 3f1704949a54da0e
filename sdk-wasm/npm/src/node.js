import { readFileSync } from "node:fs";

import { initSync } from "../dist/sessionwire.js";
import { open } from "./open.js";

export * from "./api.js";

let loaded;

export async function connect(options) {
  // Read on the first call, so that importing the package costs nothing and needs no top-level await. The URL is
  // relative to where this file is built to.
  loaded ??= initSync({ module: readFileSync(new URL("./sessionwire_bg.wasm", import.meta.url)) });
  return open(await withWebSocket(options), process.platform);
}

// Node has a WebSocket of its own since version 22.
async function withWebSocket(options) {
  if (options?.WebSocket || globalThis.WebSocket) return options;
  try {
    const { WebSocket } = await import("ws");
    return { ...options, WebSocket };
  } catch {
    return options;
  }
}
