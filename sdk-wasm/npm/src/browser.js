import load from "../dist/sessionwire.js";
import { deviceIdentity } from "./identity.js";
import { open } from "./open.js";

export * from "./api.js";

let loaded;

export async function connect(options) {
  // This form of the URL is the one that bundlers recognise and rewrite. It is relative to where this file is built to.
  loaded ??= load({ module_or_path: new URL("./sessionwire_bg.wasm", import.meta.url) });
  try {
    await loaded;
  } catch (error) {
    loaded = undefined;
    throw error;
  }
  return open(options?.device === undefined ? { ...options, device: deviceIdentity(options?.url) } : options, "web");
}
