// What `connect` takes.

import { isText, optional, optionalFunction, text } from "./check.js";

/** Reads options: what the core is configured by, and what the driver is made of. */
export function readOptions(options, platform) {
  if (options?.url == null) throw new TypeError("url is missing");
  const url = text(options.url, "url");
  const optionalText = (from, name) => optional(from?.[name], name, "a string", isText);
  const isMilliseconds = (value) => typeof value === "number" && value >= 0;
  const isTexts = (value) => Array.isArray(value) && Array.from(value).every(isText);
  const isObject = (value) => typeof value === "object";
  const token = optionalText(options, "token");
  const scopes = optional(options.scopes, "scopes", "an array of strings", isTexts);
  const timeout = optional(options.requestTimeoutMs, "requestTimeoutMs", "a number of milliseconds", isMilliseconds);
  const client = optional(options.client, "client", "an object", isObject);
  const [id, mode] = platform === "web" ? ["webchat", "webchat"] : ["gateway-client", "backend"];
  const settings = {
    id: optionalText(client, "id") ?? id,
    mode: optionalText(client, "mode") ?? mode,
    displayName: optionalText(client, "displayName"),
    version: optionalText(client, "version"),
    platform,
    token,
    scopes,
  };
  const WebSocket = optionalFunction(options.WebSocket, "WebSocket") ?? globalThis.WebSocket;
  if (typeof WebSocket !== "function") {
    throw new Error("there is no global WebSocket: install `ws`, or pass options.WebSocket");
  }
  return {
    url,
    settings,
    timeout,
    WebSocket,
    device: readDevice(options.device),
    onStatus: optionalFunction(options.onStatus, "onStatus"),
  };
}

function readDevice(device) {
  if (device == null) return undefined;
  for (const name of ["load", "sign", "keep", "forget"]) {
    if (!optionalFunction(device[name], name)) throw new TypeError(`device.${name} is missing`);
  }
  return device;
}
