// Devices in files: what is made, kept and found again, and what is left alone.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { deviceFile } from "sessionwire/device-file";
import { listen, start } from "./start.mjs";

/** A key of RFC 8032, as either SDK writes it. */
const WRITTEN = {
  version: 1,
  deviceId: "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9",
  publicKey: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  privateKey: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  token: "issued",
};
const SIGNED_NOTHING =
  "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw";

function place(t) {
  const folder = mkdtempSync(join(tmpdir(), "sessionwire-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, path: join(folder, "gateway.device") };
}

const content = (path) => JSON.parse(readFileSync(path, "utf8"));

test("a device is made once, and found again with its token", (t) => {
  const { folder, path } = place(t);
  const device = deviceFile(path);
  assert.deepEqual(readdirSync(folder), [], "nothing is made before it is asked for");
  const known = device.load();
  assert.equal(known.token, undefined);
  device.keep("first");
  device.keep("second");
  const again = deviceFile(path);
  assert.deepEqual(again.load(), { ...known, token: "second" });
  again.keep(null);
  assert.deepEqual(device.load(), known);
  assert.equal("token" in content(path), false);
  assert.deepEqual(readdirSync(folder), ["gateway.device"]);
});

test("a file is for its owner only, and a link to it stays one", { skip: process.platform === "win32" }, (t) => {
  const { folder, path } = place(t);
  const device = deviceFile(path);
  device.load();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const link = join(folder, "link");
  symlinkSync(path, link);
  const linked = deviceFile(link);
  linked.load();
  linked.keep("kept");
  assert.equal(device.load().token, "kept");
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("a file of the Rust SDK is read, and its key signs", (t) => {
  const { path } = place(t);
  writeFileSync(path, JSON.stringify(WRITTEN));
  const device = deviceFile(path);
  const { deviceId: id, publicKey, token } = WRITTEN;
  assert.deepEqual(device.load(), { id, publicKey, token });
  assert.equal(device.sign(""), SIGNED_NOTHING);
});

test("a file that is no device is refused and left alone", (t) => {
  const { path } = place(t);
  writeFileSync(path, JSON.stringify(WRITTEN));
  const device = deviceFile(path);
  device.load();
  const changed = (change) => JSON.stringify({ ...WRITTEN, ...change });
  const cases = [
    ["", /no device/],
    [JSON.stringify(WRITTEN).slice(0, 60), /no device/],
    ["null", /no device/],
    ["# a file of somebody else", /no device/],
    ['{"version":1}', /no device/],
    [changed({ privateKey: "AAAA" }), /no device/],
    [changed({ privateKey: WRITTEN.publicKey }), /no device/],
    [changed({ deviceId: "other" }), /no device/],
    [changed({ token: 7 }), /no device/],
    [changed({ version: 2 }), /version 2/],
  ];
  for (const [text, problem] of cases) {
    writeFileSync(path, text);
    assert.throws(() => deviceFile(path).load(), problem);
    assert.throws(() => device.keep("lost"), problem);
    assert.equal(readFileSync(path, "utf8"), text);
  }
  rmSync(path);
  assert.throws(() => device.load(), { code: "ENOENT" });
  deviceFile(path).load();
  assert.throws(() => device.load(), /another device/);
  assert.throws(() => deviceFile(join(path, "below")).load(), { code: "ENOTDIR" });
});

test("a client proves the device of a file, and keeps its token there", async (t) => {
  const { path } = place(t);
  const gateway = await listen(t);
  const client = await start(t, gateway, { device: deviceFile(path), scopes: ["operator.read"] });
  const connection = await gateway.accept();
  connection.event("connect.challenge", { nonce: "n", ts: 17 });
  const request = await connection.request("connect");
  const { device } = request.params;
  const key = Buffer.from(device.publicKey, "base64url");
  const verifier = await webcrypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  const statement = `v3|${device.id}|gateway-client|backend|operator|operator.read|17|secret|n|${process.platform}|`;
  const signature = Buffer.from(device.signature, "base64url");
  assert.ok(await webcrypto.subtle.verify("Ed25519", verifier, signature, Buffer.from(statement)));
  const auth = { scopes: ["operator.read"], deviceToken: "issued" };
  connection.answer(request, { type: "hello-ok", protocol: 4, auth });
  await client.ready();
  assert.deepEqual(deviceFile(path).load(), { id: device.id, publicKey: device.publicKey, token: "issued" });
});
