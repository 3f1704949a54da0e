// The device identity that the application, or the package for browsers, brings along.

import { text } from "./check.js";

/** Which device this is. */
export async function loadDevice(identity) {
  const device = await identity.load();
  const token = typeof device?.token === "string" ? device.token : undefined;
  return { id: text(device?.id, "id"), publicKey: text(device?.publicKey, "publicKey"), token };
}

/** The signature of a statement. */
export async function signBy(identity, statement) {
  return text(await identity.sign(statement), "signature");
}

/** Keeps or forgets a token. That this fails costs no more than another way, or another attempt, the next time. */
export async function remember(identity, how, token) {
  try {
    await identity[how](token);
  } catch (thrown) {
    const done = how === "keep" ? "kept" : "forgotten";
    globalThis.console?.warn?.(`the token of the device is not ${done}:`, thrown);
  }
}

/** What was thrown, in words. */
export function words(thrown) {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : "it failed";
}
