// The npm package at OpenClaw's gateway: what users do, and how a device gets in and is put out again. A test whose name
// begins with that of a client is a line of the conformance report, by the rest of its name.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "sessionwire";
import { Attempts } from "./attempts.mjs";
import { Device } from "./device.mjs";
import { openPage } from "./page.mjs";
import { User, everyDeed } from "./user.mjs";

const {
  SESSIONWIRE_NODE_URL: nodeUrl,
  SESSIONWIRE_PAGE_URL: url,
  SESSIONWIRE_ELSEWHERE_URL: elsewhere,
  SESSIONWIRE_TOKEN: token,
} = process.env;
const everything = ["operator.read", "operator.write", "operator.admin"];
const local = new Attempts();
let page, close, admin, attempts;

before(async () => {
  ({ page, close } = await openPage());
  attempts = await page.evaluateHandle(async () => new (await import("/attempts.mjs")).Attempts());
  admin = await connect({ url: nodeUrl, token, scopes: [...everything, "operator.pairing"] });
  await admin.ready();
});

after(async () => {
  admin?.close();
  await close?.();
});

const start = (options) =>
  attempts.evaluate(async (attempts, options) => {
    const { connect } = await import("/dist/browser.js");
    return attempts.start(connect, options);
  }, options);
const inPage = (what) => attempts.evaluate((attempts, what) => attempts[what](), what);
const reconnect = () => inPage("reconnect");
const closeClient = () => inPage("close");
const introductions = () => inPage("introductions");

const inNode = "npm package in Node";
const inChromium = "npm package in Chromium";

for (const where of [inNode, inChromium]) {
  const key = `agent:main:${where.replaceAll(" ", "-").toLowerCase()}`;
  let carryOut;

  test(`${where}: connects`, async () => {
    if (where === inNode) {
      const user = await User.start(connect, { url: nodeUrl, token }, key);
      carryOut = (what, ...params) => user[what](...params);
    } else {
      const user = await page.evaluateHandle(
        async ([options, key]) => {
          const [{ connect }, { User }] = await Promise.all([import("/dist/browser.js"), import("/user.mjs")]);
          return User.start(connect, options, key);
        },
        [{ url, token }, key],
      );
      carryOut = (...asked) => user.evaluate((user, [what, ...params]) => user[what](...params), asked);
    }
    assert.deepEqual(await carryOut("scopes"), everything);
  });

  for (const deed of everyDeed) test(`${where}: ${deed}`, () => carryOut("does", deed));

  test(`what is over in the ${where}`, () => carryOut("close"));
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

test(`${inChromium}: is told when its access is revoked`, async () => {
  const address = `${url}/revoked`;
  await start({ url: address, token });
  await closeClient();
  const { state } = await start({ url: address, token });
  assert.equal(state, "connected");
  const [{ device }] = await introductions();
  await inPage("expect");
  await admin.request("device.token.revoke", { deviceId: device.id, role: "operator" });
  const { retryInMs, error } = await inPage("settled");
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

test(`${inChromium}: waits to be approved`, async () => {
  const client = { id: "gateway-client", mode: "ui" };
  const requestId = wantsApproval(await start({ url: `${url}/approved`, token, client }));
  assert.equal((await introductions()).length, 1);
  await admin.request("device.pair.approve", { requestId });
  const { scopes } = await reconnect();
  assert.deepEqual(scopes, everything);
  await closeClient();
});

const device = new Device();

test(`${inNode}: waits to be approved`, async () => {
  const client = { id: "gateway-client", mode: "ui" };
  const requestId = wantsApproval(await local.start(connect, { url: elsewhere, token, client, device }));
  await admin.request("device.pair.approve", { requestId });
  const { scopes } = await local.reconnect();
  assert.deepEqual(scopes, everything);
});

test(`${inNode}: is told when its access is revoked`, async () => {
  local.expect();
  await admin.request("device.token.revoke", { deviceId: device.load().id, role: "operator" });
  const { retryInMs, error } = await local.settled();
  assert.deepEqual([error.code, error.retryable, retryInMs], ["REVOKED", false, null], error.message);
  local.close();
});

/** A refusal with the name of the request that somebody has to approve. */
function wantsApproval({ state, retryInMs, error }) {
  assert.deepEqual([state, retryInMs], ["disconnected", null]);
  const { code, details, hint } = error;
  assert.deepEqual([code, details.code, details.reason], ["NOT_PAIRED", "PAIRING_REQUIRED", "not-paired"]);
  assert.match(hint, /Approve this device/);
  return details.requestId;
}

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
      const { connect } = await import("/dist/browser.js");
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
