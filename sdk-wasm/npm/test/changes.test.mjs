// Changes of one row, which the core is told by their fields, or reads where it has to judge them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { queue, row } from "./gateway.mjs";
import { listener } from "./listener.mjs";
import { startConnected } from "./start.mjs";

/** Rows that are written in other ways than most. */
const ROWS = [
  row("plain", { label: "Tea", displayName: "Tea" }),
  row("wide", { label: "茶 ☕ 𝄞 é", lastMessagePreview: "naïve" }),
  row("preview", { label: "Tea", lastMessagePreview: "茶" }),
  row("schlüssel", { label: "Key", sessionId: "ü" }),
  row("empty", { label: "", sessionId: "", lifecycleRevision: "" }),
  row("none", { label: null, sessionId: null, lifecycleRevision: null, updatedAt: null }),
  row("escapes", { label: '"\\\n\0\u2028', updatedAt: 0 }),
  row("halves", { label: "tea\ud83d", displayName: "\ude00", sessionId: "\ud83d" }),
  row("half of a key \ud83d"),
  row("times", { pinnedAt: 1, createdAt: 2, lastInteractionAt: 3, lastActivityAt: 4, updatedAt: 2 ** 53 - 1 }),
  row("long", { label: "tea ".repeat(400) }),
  row("long and wide", { label: "茶".repeat(330) }),
  row("beyond", { updatedAt: 2 ** 53 }),
  row("odd texts", { sessionId: 17, lifecycleRevision: [], label: {} }),
  row("odd times", { pinnedAt: { valueOf: 1, toString: 1 }, updatedAt: "soon", createdAt: -1, lastActivityAt: 1e300 }),
  row("between", { updatedAt: 1.5 }),
  row("nested", { payload: { session: row("another") }, session: row("third"), key2: [{}, [], ""] }),
];

test("changes that are written in many ways are told as they are", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  await connection.subscribe([]);
  await events.next();
  for (const more of [{}, { sessionKey: "so it is read", change: "upserted" }]) {
    for (const session of ROWS) {
      const reason = more.change ? "règle" : "rule";
      const told = { ...session, told: reason };
      connection.tell("sessions.changed", { ...more, reason, ts: 5, session: told });
      assert.deepEqual(await events.next(), { type: "changed", reason, session: told, ts: 5 });
    }
    assert.equal(subscription.sessions().length, ROWS.length);
  }
});

test("lists stand in the same order, however their changes are told", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  for (const sortBy of ["label", "activity", "createdAt", "lastInteractionAt", "updatedAt"]) {
    const orders = [];
    for (const more of [{}, { change: "upserted" }]) {
      const subscription = client.subscribeSessions(callbacks, { sortBy });
      await connection.subscribe([]);
      await events.next();
      for (const session of ROWS) {
        connection.tell("sessions.changed", { ...more, session });
        await events.next();
      }
      orders.push(subscription.sessions().map(({ key }) => key));
      subscription.unsubscribe();
      await connection.request("sessions.unsubscribe");
    }
    assert.deepEqual(orders[0], orders[1]);
  }
});

test("a row that was told by a change is renamed, and told again with all that it has", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  client.subscribeSessions(callbacks);
  await connection.subscribe([]);
  await events.next();
  const session = row("a", { label: "茶", displayName: "茶", nested: { session: { key: "b" } } });
  connection.tell("sessions.changed", { session, reason: "patch" });
  assert.deepEqual((await events.next()).session, session);
  const renamed = client.renameSession(session.key, "Tea");
  const shown = { ...session, label: "Tea", displayName: "Tea" };
  assert.deepEqual((await events.next()).session, { ...shown, pending: true });
  connection.refuse(await connection.request("sessions.patch"), { code: "INVALID_REQUEST", message: "no" });
  await assert.rejects(renamed, /no/);
  assert.deepEqual((await events.next()).session, session);
});

test("changes of a step are told together, each with its own reason", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  client.subscribeSessions(callbacks);
  await connection.subscribe([]);
  await events.next();
  const change = (name, reason) => ["sessions.changed", { reason, session: row(name, { label: reason }) }];
  connection.step(change("a", "first"), change("b", "second"), ["socket.drain", {}], change("c", "third"));
  connection.step(change("d", "fourth"));
  // What cannot be read in a step is made up for by a snapshot.
  await connection.subscribe([row("z")], { offset: 9 });
  assert.equal((await events.next()).type, "snapshot");
  connection.step(change("a", "first"), change("b", "second"), change("c", "third"));
  for (const [name, reason] of [["a", "first"], ["b", "second"], ["c", "third"]]) {
    const event = await events.next();
    assert.deepEqual([event.session, event.reason], [row(name, { label: reason }), reason]);
  }
});

test("changes that make no sense are made up for by a snapshot", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  client.subscribeSessions(callbacks);
  let offset = 1;
  await connection.subscribe([], { offset });
  await events.next();
  const broken = [
    { session: 17 },
    { session: "agent:main:a" },
    { session: [] },
    { session: {} },
    { session: { key: 17 } },
    { session: { key: ["agent:main:a"] } },
    { session: row("a"), reason: 17 },
    { session: row("a"), ts: {} },
    { session: null, reason: "patch", change: "left" },
  ];
  for (const payload of broken) {
    connection.tell("sessions.changed", payload);
    await connection.subscribe([row("b")], { offset: (offset += 10) });
    assert.deepEqual((await events.next()).sessions, [row("b")], JSON.stringify(payload));
    connection.upsert(row("b", { updatedAt: offset }));
    assert.deepEqual((await events.next()).session, row("b", { updatedAt: offset }), JSON.stringify(payload));
  }
});

test("a change with white space around its frame is told, and its row kept, as another", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  const { params } = await connection.subscribe([], { offset: 1 });
  await events.next();
  const tell = (prev, cursor, session) => {
    const frame = { type: "event", event: "sessions.changed", payload: { session } };
    connection.send(` \r\n\t${JSON.stringify({ ...frame, subscription: params.subscription, prev, cursor })} \n`);
  };
  const rows = ["a", "b"].map((key) => row(key, { label: "Old" }));
  tell(1, 1, rows[0]);
  tell(1, 2, rows[1]);
  for (const session of rows) assert.deepEqual((await events.next()).session, session);
  tell(2, 3, row("a", { label: "New" }));
  assert.deepEqual((await events.next()).session, row("a", { label: "New" }));
  void client.renameSession("agent:main:b", "Own").catch(() => {});
  assert.equal((await events.next()).session.label, "Own");
  assert.deepEqual(subscription.sessions().map(({ label }) => label).sort(), ["New", "Own"]);
});

test("changes at places that make no sense are survived", async (t) => {
  const { client, connection } = await startConnected(t);
  const changes = queue();
  client.subscribeSessions({ onChanged: ({ session }) => changes.push(session.label) });
  const { params } = await connection.subscribe([]);
  const { subscription } = params;
  const event = { type: "event", event: "sessions.changed", payload: { session: row("a", { label: "wrong" }) } };
  for (const place of [
    { subscription },
    { subscription, prev: "1" },
    { subscription, prev: -1 },
    { subscription, prev: 0.5 },
    { subscription, prev: null, cursor: 2 },
    { subscription, prev: 1, cursor: "2" },
    { subscription, prev: 1, seq: {} },
    { subscription: 1, prev: 1 },
    { subscription: "", prev: 1 },
    { subscription: "é", prev: 1 },
    { subscription: `${subscription} `, prev: 1 },
    { subscription: "18446744073709551616", prev: 1 },
  ]) {
    connection.send({ ...event, ...place });
  }
  connection.send({ ...event, payload: null, subscription: "17", prev: 1 });
  connection.send({ ...event, type: "later", subscription, prev: 1 });
  connection.send(`{"type":"event","event":"sessions.changed","payload":{"session":{"key":"a"}},"payload":7,"subscription":"17","prev":1}`);
  connection.upsert(row("a", { label: "right" }));
  assert.equal(await changes.next(), "right");
  assert.deepEqual(changes.rest, []);
});
