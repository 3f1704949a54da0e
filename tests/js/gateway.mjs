// What the tests know of the gateway that they run against.
import assert from "node:assert/strict";
import { connect } from "sessionwire";

/** The gateway's addresses and secret, as told by whoever started it. */
export const gateway = {
  url: required("SESSIONWIRE_URL"),
  http: required("SESSIONWIRE_HTTP"),
  token: required("SESSIONWIRE_TOKEN"),
};

export const everything = ["operator.read", "operator.write", "operator.admin"];

/** A client that is connected. */
export async function connected(scopes = everything) {
  const client = await connect({ url: gateway.url, token: gateway.token, scopes });
  await client.ready();
  return client;
}

/** Keeps what a subscription tells, and waits for what it will tell. */
export class Told {
  events = [];
  #waiting = [];

  constructor(client, params) {
    const keep = (event) => {
      this.events.push(event);
      for (const check of this.#waiting.splice(0)) check();
    };
    const onError = (error) => keep({ type: "error", error });
    const callbacks = { onSnapshot: keep, onChanged: keep, onLeft: keep, onEvicted: keep, onError };
    this.subscription = client.subscribeSessions(callbacks, params);
  }

  /** The first event that `wanted` accepts, of those not yet taken. */
  async next(wanted) {
    for (;;) {
      const place = this.events.findIndex(wanted);
      if (place >= 0) return this.events.splice(0, place + 1).at(-1);
      await new Promise((resolve, reject) => {
        const late = () => reject(new Error(`nothing came; told so far: ${JSON.stringify(this.events)}`));
        const timer = setTimeout(late, 20_000);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  changed(key, reason) {
    return this.next((event) => event.type === "changed" && event.session.key === key && event.reason === reason);
  }

  evicted(key) {
    return this.next((event) => event.type === "evicted" && event.key === key);
  }
}

/** An HTTP request with the gateway's token. */
export async function http(method, path, body) {
  const response = await fetch(gateway.http + path, {
    method,
    headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; the Rust tests start these tests`);
  return value;
}
