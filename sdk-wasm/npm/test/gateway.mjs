// A gateway that does what a test says, frame by frame.

import { once } from "node:events";
import { WebSocketServer } from "ws";

export class Gateway {
  #server;
  #connections = queue();

  static async listen(port = 0) {
    const server = new WebSocketServer({ host: "127.0.0.1", port });
    await once(server, "listening");
    return new Gateway(server);
  }

  constructor(server) {
    this.#server = server;
    server.on("connection", (socket, request) => {
      this.#connections.push(new Connection(socket, request));
    });
  }

  get port() {
    return this.#server.address().port;
  }

  get url() {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The next connection, with nothing said yet. */
  accept() {
    return this.#connections.next("a connection");
  }

  /** The next connection, after the handshake. */
  async welcome(hello = {}) {
    const connection = await this.accept();
    await connection.welcome(hello);
    return connection;
  }

  async close() {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }
}

class Connection {
  #socket;
  #requests = queue();
  #offset = 0;
  #subscription;

  constructor(socket, request) {
    this.#socket = socket;
    this.path = request.url;
    this.closed = once(socket, "close").then(([code]) => code);
    socket.on("message", (data) => this.#requests.push(JSON.parse(data)));
  }

  /** The next request of the client, which must be one for `method` where that is given. */
  async request(method) {
    const request = await this.#requests.next(method ?? "a request");
    if (method && request.method !== method) {
      throw new Error(`expected ${method}, got ${JSON.stringify(request)}`);
    }
    return request;
  }

  async welcome({ capabilities = ["session-cursor", "socket-drain"], scopes = ["operator.read"], policy = {} } = {}) {
    this.event("connect.challenge", { nonce: "n", ts: 1 });
    const connect = await this.request("connect");
    this.answer(connect, {
      type: "hello-ok",
      protocol: 4,
      server: { version: "test", connId: "c1" },
      features: { methods: [], events: [], capabilities },
      snapshot: { presence: [], health: {}, stateVersion: { presence: 0, health: 0 }, uptimeMs: 1 },
      auth: { role: "operator", scopes },
      policy: { maxPayload: 1 << 20, maxBufferedBytes: 1 << 20, tickIntervalMs: 30_000, ...policy },
    });
    return connect;
  }

  /** Answers a subscription to the list: with a snapshot, or by resuming at `offset`. */
  async subscribe(rows, { epoch = "e1", offset = 1, resumed = false, evicted } = {}) {
    const request = await this.request("sessions.subscribe");
    this.#subscription = request.params.subscription;
    this.#offset = offset;
    this.answer(request, {
      subscribed: true,
      subscription: this.#subscription,
      cursor: { epoch, offset },
      resumed,
      ...(resumed ? {} : { evicted, list: listed(rows) }),
    });
    return request;
  }

  /** An event of the subscription to the list, with its place. */
  tell(event, payload) {
    this.step([event, payload]);
  }

  /** Events that belong together: only the last one leads on. */
  step(...events) {
    const prev = this.#offset++;
    events.forEach(([event, payload], index) => {
      // Without a cursor it is the next offset.
      const cursor = index === events.length - 1 ? undefined : prev;
      this.send({ type: "event", event, payload, subscription: this.#subscription, prev, cursor });
    });
  }

  upsert(session, reason = "patch") {
    this.step(upserted(session, reason));
  }

  drain(session, reason, more = {}) {
    this.step(drained(session, reason, more));
  }

  event(event, payload) {
    this.send({ type: "event", event, payload });
  }

  answer(request, payload) {
    this.send({ type: "res", id: request.id, ok: true, payload });
  }

  refuse(request, error) {
    this.send({ type: "res", id: request.id, ok: false, error });
  }

  send(frame) {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sendBinary(bytes) {
    this.#socket.send(bytes);
  }

  close(code, reason) {
    this.#socket.close(code, reason);
  }

  /** Ends the connection without a word. */
  cut() {
    this.#socket.terminate();
  }
}

export function row(name, more = {}) {
  return {
    key: `agent:main:${name}`,
    kind: "direct",
    agentId: "main",
    sessionId: `transcript-${name}`,
    lifecycleRevision: `generation-${name}`,
    updatedAt: 100,
    ...more,
  };
}

/** The event that a row is new, or differs. */
export function upserted(session, reason = "patch") {
  const payload = { reason, ts: 5, session };
  return ["sessions.changed", payload];
}

/** The event that a session is in the list no longer. */
export function left(session) {
  return ["sessions.changed", { sessionKey: session.key, agentId: "main", change: "left", ts: 7 }];
}

/** The event that a generation of a session is gone. */
export function drained({ key, sessionId, lifecycleRevision }, reason, more = {}) {
  const payload = { sessionKey: key, agentId: "main", sessionId, lifecycleRevision, reason, ts: 6, ...more };
  return ["socket.drain", payload];
}

export function listed(sessions) {
  return { ts: 1, path: "", count: sessions.length, totalCount: sessions.length, sessions };
}

/** Values that come in any time, and are waited for with a limit. */
export function queue() {
  const values = [];
  const waiting = [];
  return {
    push(value) {
      const reader = waiting.shift();
      if (reader) reader(value);
      else values.push(value);
    },
    clear() {
      values.length = 0;
    },
    /** What has come in and was not taken yet. */
    get rest() {
      return [...values];
    },
    next(what = "a value") {
      if (values.length > 0) return Promise.resolve(values.shift());
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 5000);
        waiting.push((value) => {
          clearTimeout(timer);
          resolve(value);
        });
      });
    },
  };
}
