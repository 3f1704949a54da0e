// Device identities of programs in Node, each in a file for its owner only. The Rust SDK's files are the same.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";

const VERSION = 1;

export function deviceFile(path) {
  let known;
  const read = () => {
    const device = readDevice(path);
    known ??= device.deviceId;
    if (device.deviceId !== known) throw new Error(`${path} is another device meanwhile`);
    return device;
  };
  return {
    load() {
      if (known === undefined) make(path);
      const { deviceId, publicKey, token } = read();
      return { id: deviceId, publicKey, token };
    },
    sign(statement) {
      return sign(null, Buffer.from(statement), privateKey(read())).toString("base64url");
    },
    keep(token) {
      const device = { ...read(), token: token ?? undefined };
      // The file is replaced to be written; a link to it is not.
      write(realpathSync(path), device, renameSync);
    },
  };
}

/** Makes the file with a new key where there is none. */
function make(path) {
  try {
    readFileSync(path);
    return;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const { x: publicKey, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const device = { version: VERSION, deviceId: nameOf(publicKey), publicKey, privateKey: d };
  try {
    write(path, device, linkSync);
  } catch (error) {
    // Another program was quicker, and its key is as good.
    if (error.code !== "EEXIST") throw error;
  }
}

/** Puts a whole file, written beside it, in its place. */
function write(path, device, put) {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${JSON.stringify(device, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
    put(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readDevice(path) {
  let device;
  try {
    device = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw error instanceof SyntaxError ? garbled(path) : error;
  }
  if (Number.isInteger(device?.version) && device.version !== VERSION) {
    throw new Error(`${path} is of version ${device.version}, and this package knows version ${VERSION}`);
  }
  if (!isWhole(device)) throw garbled(path);
  return device;
}

function isWhole(device) {
  if (device?.version !== VERSION || !["string", "undefined"].includes(typeof device.token)) return false;
  try {
    const { x } = createPublicKey(privateKey(device)).export({ format: "jwk" });
    return device.publicKey === x && device.deviceId === nameOf(x);
  } catch {
    return false;
  }
}

function privateKey({ publicKey, privateKey }) {
  return createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey, d: privateKey }, format: "jwk" });
}

function nameOf(publicKey) {
  return createHash("sha256").update(publicKey, "base64url").digest("hex");
}

function garbled(path) {
  return new Error(`${path} is no device, or damaged`);
}
