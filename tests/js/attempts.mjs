// A client that begins to connect, and what comes of it. Runs in Node and in pages.

export class Attempts {
  #client;
  #settled;
  #settle;
  #introductions = [];

  /** Connects, and resolves to the first status that is more than an attempt. */
  async start(connect, options) {
    this.expect();
    const onStatus = (status) => status.state !== "connecting" && this.#settle(plain(status));
    this.#client = await connect({ ...this.#watching(), ...options, onStatus });
    return this.#settled;
  }

  /** From now on the next such status is waited for. */
  expect() {
    this.#settled = new Promise((resolve) => (this.#settle = resolve));
  }

  settled() {
    return this.#settled;
  }

  reconnect() {
    this.expect();
    this.#client.reconnect();
    return this.#settled;
  }

  close() {
    this.#client.close();
  }

  /** What clients introduced themselves with since this was asked last; only pages know. */
  introductions() {
    return this.#introductions.splice(0);
  }

  #watching() {
    if (!globalThis.WebSocket) return {};
    const introductions = this.#introductions;
    class Watched extends WebSocket {
      send(text) {
        const { method, params } = JSON.parse(text);
        if (method === "connect") introductions.push(params);
        super.send(text);
      }
    }
    return { WebSocket: Watched };
  }
}

/** The same status, such that it can leave a page. */
function plain({ error, ...status }) {
  return error ? { ...status, error: { ...error, message: error.message } } : status;
}
