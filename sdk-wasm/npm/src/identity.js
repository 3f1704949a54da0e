// The device identities of a page, one for each gateway, in IndexedDB. Their private keys cannot be read, only used.

const DATABASE = "sessionwire";
const STORE = "devices";
const KEY = "Ed25519";

/** The identity towards the gateway at a URL; nothing is made or read before it is asked for. */
export function deviceIdentity(url) {
  return {
    async load() {
      const { id, publicKey, token } = await device(url);
      return { id, publicKey, token };
    },
    async sign(statement) {
      const { privateKey } = await device(url);
      return base64url(await subtle().sign(KEY, privateKey, new TextEncoder().encode(statement)));
    },
    async keep(token) {
      await onDevice(url, (held) => held && { ...held, token });
    },
    async forget(token) {
      await onDevice(url, (held) => held?.token === token && { ...held, token: undefined });
    },
  };
}

async function device(url) {
  const held = await onDevice(url, () => undefined);
  if (held) return held;
  const made = await make();
  // Another page may have been quicker.
  return onDevice(url, (other) => other ?? made);
}

async function make() {
  const { privateKey, publicKey } = await subtle().generateKey(KEY, false, ["sign", "verify"]);
  const raw = await subtle().exportKey("raw", publicKey);
  const digest = new Uint8Array(await subtle().digest("SHA-256", raw));
  const id = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id, publicKey: base64url(raw), privateKey };
}

/** Replaces what is held for a gateway by what `change` makes of it, if anything; resolves to what is held then. */
async function onDevice(url, change) {
  const { origin, pathname } = new URL(url, globalThis.location?.href);
  const address = origin + pathname;
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite");
      const store = transaction.objectStore(STORE);
      const reading = store.get(address);
      let held;
      reading.onsuccess = () => {
        const next = change(reading.result);
        held = next ?? reading.result;
        if (next) store.put(next, address);
      };
      transaction.oncomplete = () => resolve(held);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  subtle();
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function subtle() {
  if (globalThis.crypto?.subtle) return crypto.subtle;
  throw new Error("keys need a secure context: https, or a page of this machine");
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
