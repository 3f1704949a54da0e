import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";

import { connect, isSessionwireError } from "sessionwire";
import { Gateway, queue, row } from "./gateway.mjs";
import { listen, run, start } from "./start.mjs";

test("introduces itself and says how the connection is", async (t) => {
  const gateway = await listen(t);
  const statuses = queue();
  const client = await start(t, gateway, { onStatus: (status) => statuses.push(status) });
  assert.deepEqual(await statuses.next(), { state: "connecting", attempt: 1 });
  const connection = await gateway.accept();
  const { params } = await connection.welcome({ scopes: ["operator.read", "operator.write"] });
  assert.equal(params.auth.token, "secret");
  assert.deepEqual(params.scopes, ["operator.read", "operator.write", "operator.admin"]);
  assert.ok(params.caps.includes("session-cursor"));
  assert.deepEqual(
    { id: params.client.id, mode: params.client.mode, platform: params.client.platform },
    { id: "gateway-client", mode: "backend", platform: process.platform },
  );
  const connected = await client.ready();
  assert.deepEqual(connected, {
    state: "connected",
    server: { version: "test", connId: "c1" },
    scopes: ["operator.read", "operator.write"],
    capabilities: ["session-cursor", "socket-drain"],
  });
  assert.deepEqual(await statuses.next(), connected);
  assert.deepEqual(client.status, connected);
});

test("introduces itself as it is told to", async (t) => {
  const gateway = await listen(t);
  await start(t, gateway, {
    scopes: ["operator.read"],
    client: { id: "cli", mode: "cli", displayName: "Watcher", version: "9" },
  });
  const { params } = await (await gateway.accept()).welcome();
  const { id, mode, displayName, version } = params.client;
  assert.deepEqual([id, mode, displayName, version], ["cli", "cli", "Watcher", "9"]);
  assert.deepEqual(params.scopes, ["operator.read"]);
});

test("a refused token ends the attempts and rejects ready()", async (t) => {
  const gateway = await listen(t);
  const statuses = queue();
  const client = await start(t, gateway, { onStatus: (status) => statuses.push(status) });
  const request = client.request("health");
  const connection = await gateway.accept();
  connection.event("connect.challenge", { nonce: "n", ts: 1 });
  connection.refuse(await connection.request("connect"), {
    code: "INVALID_REQUEST",
    message: "unauthorized: gateway token mismatch",
    details: { code: "AUTH_TOKEN_MISMATCH" },
  });
  const refused = (error) => {
    assert.ok(isSessionwireError(error) && error instanceof Error);
    assert.equal(error.message, "unauthorized: gateway token mismatch");
    assert.equal(error.code, "INVALID_REQUEST");
    assert.equal(error.details.code, "AUTH_TOKEN_MISMATCH");
    assert.equal(error.retryable, false);
    return true;
  };
  await assert.rejects(client.ready(), refused);
  await assert.rejects(request, refused);
  await statuses.next();
  const { state, retryInMs, error } = await statuses.next();
  assert.deepEqual([state, retryInMs], ["disconnected", null]);
  assert.ok(refused(error));

  client.reconnect();
  await gateway.welcome();
  assert.equal((await client.ready()).state, "connected");
});

test("connects again by itself, at once where asked to", async (t) => {
  const gateway = await listen(t);
  const statuses = queue();
  const client = await start(t, gateway, { onStatus: (status) => statuses.push(status) });
  const connection = await gateway.welcome();
  await client.ready();
  statuses.clear();
  connection.close(1012, "service restart");
  const { state, retryInMs, error } = await statuses.next();
  assert.equal(state, "disconnected");
  assert.ok(retryInMs >= 0 && retryInMs <= 500, `${retryInMs}`);
  assert.equal(error.code, "LOST");
  assert.match(error.message, /service restart \(1012\)/);
  client.reconnect();
  assert.deepEqual(await statuses.next(), { state: "connecting", attempt: 2 });
  const again = await gateway.welcome();
  assert.equal((await client.ready()).state, "connected");
  again.cut();
  await gateway.welcome();
});

test("a gateway that is not there is tried again", async (t) => {
  const gateway = await Gateway.listen();
  const { port, url } = gateway;
  await gateway.close();
  const statuses = queue();
  const client = await connect({ url, onStatus: (status) => statuses.push(status) });
  t.after(() => client.close());
  await statuses.next();
  assert.equal((await statuses.next()).state, "disconnected");
  const later = await Gateway.listen(port);
  t.after(() => later.close());
  await later.welcome();
  assert.equal((await client.ready()).state, "connected");
});

test("a silent gateway is given up", async (t) => {
  const gateway = await listen(t);
  await start(t, gateway);
  const connection = await gateway.welcome({ policy: { tickIntervalMs: 20 } });
  assert.equal(await connection.closed, 4000);
  await gateway.welcome();
});

test("ticks keep a connection alive", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const connection = await gateway.welcome({ policy: { tickIntervalMs: 100 } });
  await client.ready();
  const ticked = new Promise((resolve) => {
    let count = 0;
    const ticks = setInterval(() => {
      connection.event("tick", { ts: 1 });
      if (++count === 10) resolve("alive");
    }, 50);
    t.after(() => clearInterval(ticks));
  });
  const outcome = await Promise.race([connection.closed, ticked]);
  assert.equal(outcome, "alive");
});

test("frames that mean nothing are survived", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const snapshots = queue();
  client.subscribeSessions({ onSnapshot: (event) => snapshots.push(event) });
  const connection = await gateway.accept();
  const noise = ["null", "[]", "{}", '{"type":"event"}', '{"type":"res","id":"1"}', '{"type":"later"}'];
  for (const text of noise) connection.send(text);
  await connection.welcome();
  for (const text of noise) connection.send(text);
  connection.sendBinary(Buffer.from([1, 2, 3]));
  connection.send('{"type":"event","event":"sessions.changed","payload":17}');
  connection.send('{"type":"event","event":"socket.drain","subscription":"1","prev":1,"cursor":2}');
  connection.send({ type: "event", event: "never.heard.of", payload: { deep: [[[{}]]] } });
  connection.send({ type: "res", id: "999999", ok: true });
  await connection.subscribe([row("a")]);
  assert.equal((await snapshots.next()).sessions.length, 1);
  const pong = client.request("ping");
  connection.answer(await connection.request("ping"), "pong");
  assert.equal(await pong, "pong");
});

test("garbage ends the connection, and what it hid is made up for by the next", async (t) => {
  const gateway = await listen(t);
  const statuses = queue();
  const snapshots = queue();
  const client = await start(t, gateway, { onStatus: (status) => statuses.push(status) });
  client.subscribeSessions({ onSnapshot: (event) => snapshots.push(event) });
  const connection = await gateway.accept();
  await connection.welcome();
  await connection.subscribe([row("a")]);
  await snapshots.next();
  connection.send("}{");
  let status;
  do status = await statuses.next();
  while (status.state !== "disconnected");
  assert.deepEqual([status.error.code, typeof status.retryInMs], ["UNREADABLE", "number"]);
  const next = await gateway.accept();
  await next.welcome();
  await next.subscribe([row("a"), row("b")]);
  assert.equal((await snapshots.next()).sessions.length, 2);
});

test("an unreadable event is made up for by a snapshot", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const snapshots = queue();
  client.subscribeSessions({ onSnapshot: (event) => snapshots.push(event) });
  const connection = await gateway.welcome();
  await connection.subscribe([row("a")]);
  await snapshots.next();
  connection.tell("sessions.changed", { sessionKey: 17 });
  await connection.subscribe([row("b")], { offset: 9 });
  assert.deepEqual((await snapshots.next()).sessions, [row("b")]);
});

test("uses the WebSocket that is passed in", async (t) => {
  const gateway = await listen(t);
  const made = [];
  class Counted extends WebSocket {
    constructor(url) {
      super(url);
      made.push(url);
    }
  }
  const client = await start(t, gateway, { WebSocket: Counted });
  await gateway.welcome();
  await client.ready();
  assert.deepEqual(made, [gateway.url]);
});

test("uses the global WebSocket where there is one", async (t) => {
  const gateway = await listen(t);
  const before = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  const made = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(url) {
      super(url);
      made.push(url);
    }
  };
  t.after(() => {
    delete globalThis.WebSocket;
    if (before) Object.defineProperty(globalThis, "WebSocket", before);
  });
  const client = await start(t, gateway);
  await gateway.welcome();
  await client.ready();
  assert.deepEqual(made, [gateway.url]);
});

test("falls back to ws where there is no global WebSocket", async (t) => {
  const gateway = await listen(t);
  const before = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  delete globalThis.WebSocket;
  t.after(() => before && Object.defineProperty(globalThis, "WebSocket", before));
  const client = await start(t, gateway);
  await gateway.welcome();
  assert.equal((await client.ready()).state, "connected");
});

test("a WebSocket that calls back from its own methods", async (t) => {
  const sockets = queue();
  class Eager {
    constructor(url) {
      this.url = url;
      sockets.push(this);
    }
    send(text) {
      const { id, method } = JSON.parse(text);
      const payload = method === "connect" ? { type: "hello-ok", protocol: 4 } : { method };
      this.onmessage({ data: JSON.stringify({ type: "res", id, ok: true, payload }) });
    }
    close() {
      this.onclose?.({ code: 1000, reason: "" });
    }
  }
  const client = await connect({ url: "ws://nowhere", WebSocket: Eager });
  t.after(() => client.close());
  const socket = await sockets.next();
  socket.onopen({});
  const challenge = { type: "event", event: "connect.challenge", payload: { nonce: "n", ts: 1 } };
  socket.onmessage({ data: JSON.stringify(challenge) });
  await client.ready();
  const answers = await Promise.all(["health", "status"].map((method) => client.request(method)));
  assert.deepEqual(answers, [{ method: "health" }, { method: "status" }]);
});

test("a WebSocket that does not say why it closes", async (t) => {
  const sockets = queue();
  class Silent {
    constructor() {
      sockets.push(this);
    }
    send() {}
    close() {}
  }
  const statuses = queue();
  const onStatus = (status) => statuses.push(status);
  const client = await connect({ url: "ws://nowhere", WebSocket: Silent, onStatus });
  t.after(() => client.close());
  for (const events of [[], [{}]]) {
    assert.equal((await statuses.next()).state, "connecting");
    (await sockets.next()).onclose(...events);
    const { state, retryInMs } = await statuses.next();
    assert.equal(state, "disconnected");
    assert.equal(typeof retryInMs, "number");
    client.reconnect();
  }
});

test("wrong options reject connect()", async () => {
  await assert.rejects(connect(), TypeError);
  await assert.rejects(connect({}), /url/);
  await assert.rejects(connect({ url: 17 }), TypeError);
  await assert.rejects(connect({ url: "ws://127.0.0.1:1", scopes: "all" }), TypeError);
  await assert.rejects(connect({ url: "ws://127.0.0.1:1", onStatus: 17 }), /onStatus is not a function/);
  await assert.rejects(connect({ url: "ws://127.0.0.1:1", WebSocket: {} }), /WebSocket is not a function/);
  await assert.rejects(connect({ url: "not a url" }), SyntaxError);
});

test("scopes that are left out of an array are no strings", async () => {
  class WebSocket {
    constructor() {
      throw new Error("never to be made");
    }
  }
  const wrong = connect({ url: "ws://127.0.0.1:1", scopes: new Array(1), WebSocket });
  await assert.rejects(wrong, /^TypeError: scopes is not an array of strings/);
});

test("the error of a wrong option names it", async () => {
  const wrong = {
    url: 17,
    token: 17,
    scopes: ["operator.read", 17],
    requestTimeoutMs: "soon",
    client: 17,
  };
  for (const [name, value] of Object.entries(wrong)) {
    const named = { name: "TypeError", message: new RegExp(`^${name} is not a`) };
    await assert.rejects(connect({ url: "ws://127.0.0.1:1", [name]: value }), named);
  }
  const client = { displayName: 17 };
  await assert.rejects(connect({ url: "ws://127.0.0.1:1", client }), /^TypeError: displayName is not a string/);
});

test("options may be null", async (t) => {
  const gateway = await listen(t);
  const absent = { token: null, scopes: null, requestTimeoutMs: null, client: null, WebSocket: null, onStatus: null };
  await start(t, gateway, absent);
  const { params } = await (await gateway.accept()).welcome();
  assert.equal(params.auth?.token, undefined);
  assert.equal(params.client.id, "gateway-client");
});

test("an open client keeps a process alive, a closed one does not", async (t) => {
  const gateway = await listen(t);
  const program = `
    import { connect } from "sessionwire";
    const client = await connect({ url: ${JSON.stringify(gateway.url)} });
    await client.ready();
    client.close();
  `;
  const ended = run(program);
  const connection = await gateway.welcome();
  assert.equal(await connection.closed, 1000);
  assert.deepEqual(await ended, { code: 0, output: "" });
});

test("closing during an attempt leaves nothing behind", async (t) => {
  const gateway = await listen(t);
  const program = `
    import { connect } from "sessionwire";
    const client = await connect({ url: ${JSON.stringify(gateway.url)} });
    client.close();
    await client.ready().catch((error) => console.log(error.code));
  `;
  assert.deepEqual(await run(program), { code: 0, output: "CLOSED\n" });
});
