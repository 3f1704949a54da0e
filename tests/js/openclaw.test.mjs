// The npm package at OpenClaw's gateway: what users do, and how a device gets in and is put out again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "sessionwire";
import { operate } from "./operations.mjs";
import { openPage } from "./page.mjs";

const { SESSIONWIRE_URL: url, SESSIONWIRE_TOKEN: token } = process.env;
const everything = ["operator.read", "operator.write", "operator.admin"];
let page, close, admin;

before(async () => {
  ({ page, close } = await openPage());
  await page.evaluate(async () => {
    const { connect } = await import("/browser.js");
    /** Keeps what clients introduce themselves with. */
    class Watched extends WebSocket {
      send(text) {
        const { method, params } = JSON.parse(text);
        if (method === "connect") globalThis.introductions.push(params);
        super.send(text);
      }
    }
    globalThis.introductions = [];
    /** Starts a client; `settled` is the first status that is more than an attempt. */
    globalThis.start = async (options) => {
      let settle;
      const next = () => (globalThis.settled = new Promise((resolve) => (settle = resolve)));
      next();
      globalThis.next = next;
      const onStatus = (status) => status.state !== "connecting" && settle(plain(status));
      globalThis.client = await connect({ ...options, WebSocket: Watched, onStatus });
      return settled;
    };
    const plain = ({ error, ...status }) =>
      error ? { ...status, error: { ...error, message: error.message } } : status;
  });
  admin = await connect({ url, token, scopes: [...everything, "operator.pairing"] });
  await admin.ready();
});

after(async () => {
  admin?.close();
  await close?.();
});

const start = (options) => page.evaluate((options) => globalThis.start(options), options);
const reconnect = () =>
  page.evaluate(() => {
    globalThis.next();
    client.reconnect();
    return settled;
  });
const closeClient = () => page.evaluate(() => client.close());
const introductions = () => page.evaluate(() => introductions.splice(0));

for (const where of ["node", "page"]) {
  test(`in a ${where}: everything that one does to a session`, async () => {
    const key = `agent:main:tea-in-a-${where}`;
    const seen =
      where === "node"
        ? await operate(connect, { url, token }, key)
        : await page.evaluate(
            async ([options, key]) => {
              const [{ connect }, { operate }] = await Promise.all([import("/browser.js"), import("/operations.mjs")]);
              return operate(connect, options, key);
            },
            [{ url, token }, key],
          );
    assert.deepEqual(seen.scopes, everything);
    assert.deepEqual(seen.listed, [key]);
    assert.ok(seen.messages > 0);
    assert.deepEqual(seen.evicted, [
      ["reset", false],
      ["deleted", false],
    ]);
  });
}

test("a page has one device for a gateway, and shows the token that was issued to it", async () => {
  const address = `${url}/one-device`;
  assert.equal((await start({ url: address, token })).state, "connected");
  await closeClient();
  const again = await start({ url: address, token });
  assert.deepEqual([again.state, again.scopes], ["connected", everything]);
  await closeClient();
  const alone = await start({ url: address });
  assert.deepEqual([alone.state, alone.scopes], ["connected", everything]);
  await closeClient();

  const [first, second, third] = await introductions();
  assert.equal(first.client.id, "webchat");
  assert.deepEqual(first.auth, { token });
  assert.match(second.auth.deviceToken, /./);
  assert.deepEqual(Object.keys(second.auth), ["deviceToken"]);
  assert.deepEqual(third.auth, second.auth);
  assert.equal(new Set([first, second, third].map(({ device }) => device.id)).size, 1);

  const kept = await page.evaluate(async () => {
    const opening = indexedDB.open("sessionwire");
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const reading = opening.result.transaction("devices").objectStore("devices").getAll();
    await new Promise((resolve) => (reading.onsuccess = resolve));
    opening.result.close();
    const exported = reading.result.map(({ privateKey }) => crypto.subtle.exportKey("pkcs8", privateKey));
    return (await Promise.allSettled(exported)).map(({ status }) => status);
  });
  assert.ok(kept.length > 0 && kept.every((status) => status === "rejected"));
});

test("a token that is revoked ends the connection, and the shared one opens it again", async () => {
  const address = `${url}/revoked`;
  await start({ url: address, token });
  await closeClient();
  const { state } = await start({ url: address, token });
  assert.equal(state, "connected");
  const [{ device }] = await introductions();
  await page.evaluate(() => void globalThis.next());
  await admin.request("device.token.revoke", { deviceId: device.id, role: "operator" });
  const { retryInMs, error } = await page.evaluate(() => settled);
  assert.deepEqual([error.code, error.retryable, retryInMs], ["REVOKED", false, null], error.message);

  assert.equal((await reconnect()).state, "connected");
  const [withDeviceToken, withToken] = await introductions();
  assert.deepEqual(Object.keys(withDeviceToken.auth), ["deviceToken"]);
  assert.deepEqual(withToken.auth, { token });
  await closeClient();
});

test("a device that is put out without a shared token is told so once", async () => {
  const address = `${url}/put-out`;
  await start({ url: address, token });
  await closeClient();
  const [{ device }] = await introductions();
  await admin.request("device.pair.remove", { deviceId: device.id });
  const { state, retryInMs, error } = await start({ url: address });
  assert.deepEqual([state, retryInMs], ["disconnected", null]);
  assert.equal(error.details.code, "AUTH_DEVICE_TOKEN_MISMATCH");
  assert.equal(error.details.recommendedNextStep, "update_auth_credentials");
  assert.equal((await introductions()).length, 1);
  await closeClient();
});

test("a device that must be approved says so, and gets in when it was", async () => {
  const client = { id: "gateway-client", mode: "ui" };
  const { state, retryInMs, error } = await start({ url: `${url}/approved`, token, client });
  assert.deepEqual([state, retryInMs], ["disconnected", null]);
  assert.deepEqual([error.code, error.details.code, error.details.reason], ["NOT_PAIRED", "PAIRING_REQUIRED", "not-paired"]);
  assert.match(error.hint, /Approve this device/);
  assert.equal((await introductions()).length, 1);
  await admin.request("device.pair.approve", { requestId: error.details.requestId });
  const { scopes } = await reconnect();
  assert.deepEqual(scopes, everything);
  await closeClient();
});

test("wider scopes than the device's token has are asked for with the shared one", async () => {
  const address = `${url}/wider`;
  await start({ url: address, token, scopes: ["operator.read"] });
  await closeClient();
  const wider = await start({ url: address, token });
  assert.deepEqual([wider.state, wider.scopes], ["connected", everything], JSON.stringify(wider));
  await closeClient();
  await introductions();
});

test("a page without keys is told that the gateway wants some", async () => {
  const context = await page.context().browser().newContext();
  const bare = await context.newPage();
  await bare.addInitScript(() => Object.defineProperty(crypto, "subtle", { value: undefined }));
  await bare.goto(page.url());
  const refused = await bare.evaluate(
    async (options) => {
      const { connect } = await import("/browser.js");
      const client = await connect(options);
      const { code, message } = await client.ready().catch((error) => error);
      client.close();
      return { code, message };
    },
    { url, token },
  );
  assert.equal(refused.code, "NO_DEVICE");
  assert.match(refused.message, /secure context/);
  await context.close();
});
