// Devices: which one connects, what becomes of its token, and what gateways say to it.

import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { test } from "node:test";

import { connect } from "sessionwire";
import { deviceIdentity } from "../src/identity.js";
import { listen, start } from "./start.mjs";
import { queue } from "./gateway.mjs";

const PLAIN = { capabilities: [] };

/** A device with a key of its own, which remembers what it was told to keep. */
async function made(token) {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const raw = Buffer.from(await webcrypto.subtle.exportKey("raw", publicKey));
  const kept = [];
  const identity = {
    load: async () => ({
      id: createHash("sha256").update(raw).digest("hex"),
      publicKey: raw.toString("base64url"),
      token: kept.length > 0 ? kept.at(-1) : token,
    }),
    sign: async (statement) =>
      Buffer.from(await webcrypto.subtle.sign("Ed25519", privateKey, Buffer.from(statement))).toString("base64url"),
    keep: (token) => void kept.push(token),
    forget: (refused) => {
      assert.equal(refused, token);
      kept.push(null);
    },
  };
  const verify = ({ signature }, statement) =>
    webcrypto.subtle.verify("Ed25519", publicKey, Buffer.from(signature, "base64url"), Buffer.from(statement));
  return { identity, kept, verify };
}

function refusal(code, more = {}) {
  return { code: "INVALID_REQUEST", message: "no", details: { code, ...more } };
}

/** The next connection, challenged; resolves to it and its `connect`. */
async function challenged(gateway, challenge = {}) {
  const connection = await gateway.accept();
  connection.event("connect.challenge", { nonce: "n", ts: 17, ...challenge });
  return { connection, request: await connection.request("connect") };
}

function greet(connection, request, deviceToken) {
  connection.answer(request, { type: "hello-ok", protocol: 4, auth: { scopes: ["operator.read"], deviceToken } });
}

test("a device is proved to a gateway without cursors, and its token is kept and shown", async (t) => {
  const gateway = await listen(t);
  const { identity, kept, verify } = await made();
  const client = await start(t, gateway, { device: identity, scopes: ["operator.read"] });
  const { connection, request } = await challenged(gateway);
  const { auth, device } = request.params;
  assert.deepEqual(auth, { token: "secret" });
  const statement = `v3|${device.id}|gateway-client|backend|operator|operator.read|17|secret|n|${process.platform}|`;
  assert.ok(await verify(device, statement));
  assert.deepEqual([device.signedAt, device.nonce], [17, "n"]);
  greet(connection, request, "issued");
  await client.ready();
  assert.deepEqual(kept, ["issued"]);
  connection.cut();
  const again = await challenged(gateway);
  assert.deepEqual(again.request.params.auth, { deviceToken: "issued" });
  assert.ok(await verify(again.request.params.device, statement.replace("|secret|", "|issued|")));
});

test("a token of the device that is refused is forgotten, and the shared one tried at once", async (t) => {
  const gateway = await listen(t);
  const { identity, kept } = await made("stale");
  const client = await start(t, gateway, { device: identity });
  const first = await challenged(gateway);
  assert.deepEqual(first.request.params.auth, { deviceToken: "stale" });
  first.connection.refuse(first.request, refusal("AUTH_DEVICE_TOKEN_MISMATCH"));
  const second = await challenged(gateway);
  assert.deepEqual(second.request.params.auth, { token: "secret" });
  greet(second.connection, second.request, "next");
  await client.ready();
  assert.deepEqual(kept, [null, "next"]);
});

test("a token that cannot be kept is said, and the client goes on", async (t) => {
  const gateway = await listen(t);
  const warn = t.mock.method(console, "warn", () => {});
  const { identity } = await made();
  const full = () => Promise.reject(new Error("no room"));
  const client = await start(t, gateway, { device: { ...identity, keep: full } });
  const { connection, request } = await challenged(gateway);
  greet(connection, request, "issued");
  await client.ready();
  while (warn.mock.callCount() === 0) await new Promise(setImmediate);
  const [problem, cause] = warn.mock.calls[0].arguments;
  assert.match(problem, /token of the device is not kept/);
  assert.equal(cause.message, "no room");
});

test("a gateway with cursors is shown no device until it asks for one", async (t) => {
  const gateway = await listen(t);
  const { identity } = await made();
  const client = await start(t, gateway, { device: identity });
  const challenge = { capabilities: ["session-cursor"] };
  const first = await challenged(gateway, challenge);
  assert.equal(first.request.params.device, undefined);
  first.connection.refuse(first.request, refusal("DEVICE_IDENTITY_REQUIRED"));
  const second = await challenged(gateway, challenge);
  assert.match(second.request.params.device.signature, /./);
  greet(second.connection, second.request);
  await client.ready();
});

test("a device that fails leaves the token, and is told where the gateway insists", async (t) => {
  const failures = [
    { load: () => Promise.reject(new Error("no keys")) },
    { load: () => { throw "no keys"; } }, // prettier-ignore
    { sign: () => Promise.reject(new Error("no keys")) },
  ];
  for (const failure of failures) {
    const gateway = await listen(t);
    const { identity } = await made();
    const client = await start(t, gateway, { device: { ...identity, ...failure } });
    const { connection, request } = await challenged(gateway);
    assert.equal(request.params.device, undefined);
    assert.deepEqual(request.params.auth, { token: "secret" });
    connection.refuse(request, refusal("CONTROL_UI_DEVICE_IDENTITY_REQUIRED"));
    await assert.rejects(client.ready(), { code: "NO_DEVICE", message: /no keys/, retryable: false });
    assert.equal(await connection.closed, 1000);
  }
});

test("a device that answers nonsense is one that fails", async (t) => {
  for (const nonsense of [{ load: () => undefined }, { load: () => ({ id: 1 }) }, { sign: () => 17 }]) {
    const gateway = await listen(t);
    const { identity } = await made();
    await start(t, gateway, { device: { ...identity, ...nonsense } });
    const { request } = await challenged(gateway);
    assert.equal(request.params.device, undefined);
  }
});

test("what the package keeps for pages says why it cannot where there are no keys", async () => {
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    await assert.rejects(deviceIdentity("ws://127.0.0.1:1").load(), /secure context/);
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
  }
});

test("a device without its methods rejects connect()", async () => {
  await assert.rejects(connect({ url: "ws://127.0.0.1:1", device: { load() {} } }), /device.sign is missing/);
  await assert.rejects(connect({ url: "ws://127.0.0.1:1", device: 17 }), TypeError);
});

test("pairing is told with the gateway's hint, and tried again when asked to", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway, { device: (await made()).identity });
  const { connection, request } = await challenged(gateway);
  const details = { code: "PAIRING_REQUIRED", reason: "not-paired", requestId: "r", remediationHint: "Approve it." };
  connection.refuse(request, { code: "NOT_PAIRED", message: "pairing required", details });
  await assert.rejects(client.ready(), { code: "NOT_PAIRED", hint: "Approve it.", details });
  assert.equal(client.status.retryInMs, null);
  client.reconnect();
  await gateway.welcome(PLAIN);
  await client.ready();
});

test("pairing that the gateway says to wait for is tried again", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway, { device: (await made()).identity });
  const { connection, request } = await challenged(gateway);
  const details = { code: "PAIRING_REQUIRED", recommendedNextStep: "wait_then_retry", pauseReconnect: false };
  connection.refuse(request, { code: "NOT_PAIRED", message: "pairing required", details });
  await gateway.welcome(PLAIN);
  await client.ready();
});

test("access that is revoked is told, and not asked for again", async (t) => {
  const gateway = await listen(t);
  const statuses = queue();
  await start(t, gateway, { onStatus: (status) => statuses.push(status) });
  const connection = await gateway.welcome(PLAIN);
  assert.equal((await statuses.next()).state, "connecting");
  assert.equal((await statuses.next()).state, "connected");
  connection.close(4001, "device removed");
  const { retryInMs, error } = await statuses.next();
  assert.deepEqual([error.code, error.retryable, retryInMs], ["REVOKED", false, null]);
  assert.match(error.message, /device removed \(4001\)/);
});

test("a peer that is no gateway, or of another protocol, is told as that", async (t) => {
  const noises = ["<html>", { type: "event", event: "connect.challenge", payload: { nonce: 1 } }];
  for (const noise of noises) {
    const gateway = await listen(t);
    const statuses = queue();
    await start(t, gateway, { onStatus: (status) => statuses.push(status) });
    const connection = await gateway.accept();
    connection.send(noise);
    connection.close(1008, "");
    assert.equal((await statuses.next()).state, "connecting");
    const { retryInMs, error } = await statuses.next();
    assert.equal(error.code, "UNREADABLE");
    assert.equal(typeof retryInMs, "number");
  }
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const { connection, request } = await challenged(gateway);
  connection.answer(request, { type: "hello-ok", protocol: 5 });
  await assert.rejects(client.ready(), { code: "UNREADABLE", message: /protocol 5/ });
  assert.equal(client.status.retryInMs, null);
});
