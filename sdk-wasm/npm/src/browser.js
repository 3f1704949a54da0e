import { initSync } from "../dist/sessionwire.js";
import { deviceIdentity } from "./identity.js";
import { open } from "./open.js";

export * from "./api.js";

let loaded;

export async function connect(options) {
  loaded ??= load();
  try {
    await loaded;
  } catch (error) {
    loaded = undefined;
    throw error;
  }
  return open(options?.device === undefined ? { ...options, device: deviceIdentity(options?.url) } : options, "web");
}

/** Fetched whole before it is compiled: so it does not matter as what a server declares it. */
async function load() {
  // This form of the URL is the one that bundlers recognise and rewrite. It is relative to where this file is built to.
  const response = await fetch(new URL("./sessionwire_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`cannot fetch ${response.url}: ${response.status} ${response.statusText}`);
  initSync({ module: await WebAssembly.compile(await response.arrayBuffer()) });
}
