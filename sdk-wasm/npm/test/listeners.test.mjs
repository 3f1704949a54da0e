import assert from "node:assert/strict";
import { test } from "node:test";

import { listed, queue, row } from "./gateway.mjs";
import { listen, run, start, startConnected } from "./start.mjs";

test("what a listener throws is reported, and changes nothing", async (t) => {
  const reported = queue();
  globalThis.reportError = (error) => reported.push(error.message);
  const fail = (what) => () => {
    throw new Error(what);
  };
  const gateway = await listen(t);
  const client = await start(t, gateway, { onStatus: fail("status") });
  t.after(() => delete globalThis.reportError);
  const events = queue();
  const subscription = client.subscribeSessions({
    onSnapshot: fail("snapshot"),
    onChanged: fail("changed"),
    onEvicted: fail("evicted"),
    onStatus: fail("own status"),
  });
  client.subscribeSessions({ onSnapshot: (event) => events.push(event) });
  const connection = await gateway.welcome();
  await connection.subscribe([row("a"), row("b")]);
  const request = await connection.request("sessions.subscribe");
  connection.upsert(row("a", { label: "x" }));
  connection.drain(row("b"), "deleted");
  connection.answer(request, {
    subscribed: true,
    subscription: request.params.subscription,
    cursor: { epoch: "e1", offset: 3 },
    resumed: false,
    list: listed([row("a")]),
  });
  await events.next();
  assert.deepEqual(reported.rest, ["status", "status", "own status", "snapshot", "changed", "evicted"]);
  assert.deepEqual(subscription.sessions(), [row("a", { label: "x" })]);
});

test("without reportError it is an uncaught exception", async (t) => {
  const gateway = await listen(t);
  const program = `
    import { connect } from "sessionwire";
    process.on("uncaughtException", (error) => console.log("uncaught:", error.message));
    const client = await connect({ url: ${JSON.stringify(gateway.url)}, onStatus() { throw new Error("oops"); } });
    await client.ready();
    client.close();
  `;
  const ended = run(program);
  await gateway.welcome();
  assert.deepEqual(await ended, { code: 0, output: "uncaught: oops\n".repeat(3) });
});

test("a failure that nobody listens to is an uncaught exception", async (t) => {
  const gateway = await listen(t);
  const program = `
    import { connect } from "sessionwire";
    let uncaught = 0;
    process.on("uncaughtException", (error) => {
      console.log("uncaught:", error.code);
      if (++uncaught === 2) client.close();
    });
    const client = await connect({ url: ${JSON.stringify(gateway.url)} });
    client.subscribeSessions({ onSnapshot() {} });
    client.subscribeMessages("a", () => {});
  `;
  const ended = run(program);
  const connection = await gateway.welcome();
  for (let index = 0; index < 2; index++) {
    connection.refuse(await connection.request(), { code: "FORBIDDEN", message: "no" });
  }
  assert.deepEqual(await ended, { code: 0, output: "uncaught: FORBIDDEN\n".repeat(2) });
});

test("no listener is called from inside a call", async (t) => {
  const { client, connection } = await startConnected(t, {});
  let inside = false;
  const called = queue();
  const listen = () => called.push(inside);
  inside = true;
  client.subscribeSessions({ onStatus: listen, onError: listen });
  client.close();
  client.subscribeSessions({ onError: listen });
  inside = false;
  assert.equal(await called.next(), false);
  assert.equal(await connection.closed, 1000);
});

test("a listener may call any method", async (t) => {
  const { client, connection } = await startConnected(t);
  const seen = queue();
  let first;
  const subscription = client.subscribeSessions({
    onSnapshot() {
      first = client.subscribeSessions({
        onSnapshot: (event) => {
          seen.push(event.sessions.length);
          first.unsubscribe();
        },
      });
      const messages = client.subscribeMessages("agent:main:a", () => {});
      messages.unsubscribe();
      client.pinSession("agent:main:a", true).then((answer) => seen.push(answer));
      seen.push(subscription.sessions().length);
      seen.push(client.status.state);
      client.reconnect();
    },
    onChanged() {
      subscription.unsubscribe();
    },
  });
  await connection.subscribe([row("a")]);
  await connection.subscribe([row("a"), row("b")]);
  assert.equal(await seen.next(), 1);
  assert.equal(await seen.next(), "connected");
  assert.equal(await seen.next(), 2);
  const requests = [];
  while (requests.length < 4) {
    const request = await connection.request();
    requests.push(request.method);
    if (request.method === "sessions.patch") {
      assert.deepEqual(request.params, { key: "agent:main:a", pinned: true });
      connection.answer(request, "pinned");
    }
    if (request.method === "sessions.messages.subscribe") {
      connection.answer(request, { subscribed: true, key: "agent:main:a" });
    }
  }
  assert.deepEqual(requests.sort(), [
    "sessions.messages.subscribe",
    "sessions.messages.unsubscribe",
    "sessions.patch",
    "sessions.unsubscribe",
  ]);
  assert.equal(await seen.next(), "pinned");
});

test("a listener may close the client, and is told nothing more", async (t) => {
  const { client, connection } = await startConnected(t);
  const events = queue();
  client.subscribeSessions({
    onSnapshot: (event) => events.push(event.type),
    onChanged(event) {
      events.push(event.type);
      client.close();
      client.close();
      assert.equal(client.status.state, "disconnected");
    },
    onEvicted: (event) => events.push(event.type),
  });
  await connection.subscribe([row("a")]);
  const open = client.request("health");
  connection.upsert(row("a", { label: "x" }));
  connection.drain(row("a"), "deleted");
  await assert.rejects(open, { code: "CLOSED" });
  await assert.rejects(client.request("health"), { code: "CLOSED" });
  await assert.rejects(client.ready(), { code: "CLOSED" });
  assert.equal(await connection.closed, 1000);
  assert.deepEqual(events.rest, ["snapshot", "changed"]);
  client.reconnect();
  assert.equal(client.status.state, "disconnected");
});

test("a subscription that another listener ended is not told how the connection is", async (t) => {
  const statuses = queue();
  const { client, connection } = await startConnected(t, { onStatus: ({ state }) => statuses.push(state) });
  const told = [];
  client.subscribeSessions({
    onStatus() {
      told.push("first");
      second.unsubscribe();
    },
  });
  const second = client.subscribeSessions({ onStatus: () => told.push("second") });
  statuses.clear();
  connection.cut();
  assert.equal(await statuses.next(), "disconnected");
  assert.equal(await statuses.next(), "connecting");
  assert.deepEqual(told, ["first", "first"]);
});

test("callbacks are called on their object", async (t) => {
  const { client, connection } = await startConnected(t);
  const done = queue();
  class List {
    rows = 0;
    onSnapshot = function ({ sessions }) {
      this.rows = sessions.length;
      done.push(this);
    };
  }
  const list = new List();
  client.subscribeSessions(list);
  await connection.subscribe([row("a")]);
  assert.equal(await done.next(), list);
  assert.equal(list.rows, 1);
});

test("a page that is shown again connects at once", async (t) => {
  const listeners = new Map();
  const target = {
    addEventListener: (event, listener) => listeners.set(event, listener),
    removeEventListener: (event) => listeners.delete(event),
  };
  globalThis.document = { ...target, visibilityState: "hidden" };
  Object.assign(globalThis, target);
  t.after(() => {
    delete globalThis.document;
    for (const name of Object.keys(target)) delete globalThis[name];
  });
  const statuses = queue();
  const { gateway, client, connection } = await startConnected(t, { onStatus: (status) => statuses.push(status) });
  assert.deepEqual([...listeners.keys()].sort(), ["online", "visibilitychange"]);
  statuses.clear();

  // A gateway that asks for patience would be tried again in an hour.
  connection.cut();
  await statuses.next();
  await statuses.next();
  const hurried = await gateway.accept();
  hurried.event("connect.challenge", { nonce: "n", ts: 1 });
  hurried.refuse(await hurried.request("connect"), { code: "UNAVAILABLE", message: "later", retryAfterMs: 3_600_000 });
  const { retryInMs, error } = await statuses.next();
  assert.ok(retryInMs >= 3_600_000);
  assert.equal(error.retryAfterMs, 3_600_000);

  listeners.get("visibilitychange")({ type: "visibilitychange" });
  assert.equal(client.status.state, "disconnected");
  globalThis.document.visibilityState = "visible";
  listeners.get("visibilitychange")({ type: "visibilitychange" });
  assert.equal(client.status.state, "connecting");
  await gateway.welcome();
  await client.ready();
  listeners.get("online")({ type: "online" });
  assert.equal(client.status.state, "connected");
  client.close();
  assert.equal(listeners.size, 0);
});
