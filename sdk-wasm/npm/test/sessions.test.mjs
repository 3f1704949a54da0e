import assert from "node:assert/strict";
import { test } from "node:test";

import { listed, queue, row } from "./gateway.mjs";
import { keys, listener } from "./listener.mjs";
import { listen, start, startConnected } from "./start.mjs";

test("tells each event, and keeps a copy in the order of the list", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  assert.deepEqual(subscription.sessions(), []);

  const rows = [
    row("old", { updatedAt: 1 }),
    row("pinned", { updatedAt: 2, pinnedAt: 1 }),
    row("b", { updatedAt: 50 }),
    row("a", { updatedAt: 50 }),
    row("never", { updatedAt: null }),
  ];
  await connection.subscribe(rows);
  const snapshot = await events.next();
  assert.equal(snapshot.type, "snapshot");
  assert.equal(keys(snapshot.sessions), "pinned a b old never");
  assert.deepEqual(snapshot.sessions, subscription.sessions());
  assert.deepEqual(snapshot.sessions[0], rows[1]);

  connection.upsert(row("old", { updatedAt: 99, label: "Tea ☕" }), "command-metadata");
  assert.deepEqual(await events.next(), {
    type: "changed",
    reason: "command-metadata",
    session: row("old", { updatedAt: 99, label: "Tea ☕" }),
    ts: 5,
  });
  assert.equal(keys(subscription.sessions()), "pinned old a b never");
  assert.equal(subscription.sessions()[1].label, "Tea ☕");

  connection.upsert(row("b", { updatedAt: 51, pinnedAt: 2 }));
  await events.next();
  assert.equal(keys(subscription.sessions()), "b pinned old a never");

  connection.upsert(row("new", { updatedAt: 100 }), "create");
  await events.next();
  assert.equal(keys(subscription.sessions()), "b pinned new old a never");

  connection.tell("sessions.changed", { sessionKey: rows[3].key, change: "left", ts: 7 });
  assert.deepEqual(await events.next(), { type: "left", key: rows[3].key });
  assert.equal(keys(subscription.sessions()), "b pinned new old never");

  connection.drain(row("new"), "deleted");
  assert.deepEqual(await events.next(), {
    type: "evicted",
    key: "agent:main:new",
    agentId: "main",
    sessionId: "transcript-new",
    lifecycleRevision: "generation-new",
    reason: "deleted",
    inferred: false,
    ts: 6,
  });
  assert.equal(keys(subscription.sessions()), "b pinned old never");

  connection.drain(row("old"), "reset", { nextLifecycleRevision: "generation-2" });
  const evicted = await events.next();
  assert.deepEqual([evicted.reason, evicted.nextLifecycleRevision], ["reset", "generation-2"]);
  assert.equal(keys(subscription.sessions()), "b pinned old never");
  connection.upsert(row("old", { updatedAt: 101, lifecycleRevision: "generation-2" }), "reset");
  assert.equal((await events.next()).session.lifecycleRevision, "generation-2");

  connection.drain(row("never"), "meteorite");
  assert.equal((await events.next()).reason, "unknown");
  assert.equal(keys(subscription.sessions()), "b pinned old");
});

test("rows come through as the gateway wrote them", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  client.subscribeSessions(callbacks);
  const odd = row("odd", {
    label: 'quotes " \\ and \u2028, 𝄞, \u0000',
    costs: 0.1 + 0.2,
    big: 2 ** 53 - 1,
    nothing: null,
    nested: { deep: [[], {}, [1.5e-7, -0.5]] },
  });
  await connection.subscribe([odd]);
  assert.deepEqual((await events.next()).sessions, [odd]);
});

test("the copy survives a listener that changes the array it was given", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  await connection.subscribe([row("a"), row("b")]);
  (await events.next()).sessions.length = 0;
  subscription.sessions().reverse();
  assert.equal(keys(subscription.sessions()), "a b");
});

test("five thousand rows stay in order", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  const name = (index) => String((index * 7919) % 5000).padStart(4, "0");
  const rows = Array.from({ length: 5000 }, (_, index) => row(name(index), { updatedAt: index % 17 }));
  await connection.subscribe(rows);
  await events.next();
  for (let index = 0; index < 200; index++) {
    connection.upsert(row(name(index), { updatedAt: (index * 31) % 23, pinned: index % 9 === 0, pinnedAt: index % 9 === 0 ? index : undefined }));
    await events.next();
  }
  const copy = subscription.sessions();
  assert.equal(copy.length, 5000);
  const sorted = copy.toSorted?.(byPlace) ?? [...copy].sort(byPlace);
  assert.deepEqual(keys(copy), keys(sorted));

  function byPlace(left, right) {
    return (
      (right.pinnedAt ?? -1) - (left.pinnedAt ?? -1) ||
      right.updatedAt - left.updatedAt ||
      (left.key < right.key ? -1 : 1)
    );
  }
});

test("resumes after a cut: nothing is told twice, nothing is missed", async (t) => {
  const { gateway, client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  await connection.subscribe([row("a"), row("b")], { offset: 7 });
  await events.next();
  connection.upsert(row("a", { updatedAt: 200 }));
  await events.next();
  connection.cut();

  const again = await gateway.welcome();
  const { params } = await again.subscribe([], { offset: 8, resumed: true });
  assert.deepEqual(params.since, { epoch: "e1", offset: 8 });
  again.drain(row("b"), "expired");
  again.upsert(row("c", { updatedAt: 300 }), "create");
  assert.equal((await events.next()).reason, "expired");
  assert.equal((await events.next()).session.key, "agent:main:c");
  assert.equal(keys(subscription.sessions()), "c a");
  assert.deepEqual(events.rest, []);
});

test("tells what was evicted while away, where the journal does not reach back", async (t) => {
  const { gateway, client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  await connection.subscribe([row("a"), row("b")]);
  await events.next();
  connection.cut();
  const again = await gateway.welcome();
  await again.subscribe([row("b"), row("c")], { epoch: "e2" });
  assert.deepEqual(await events.next(), {
    type: "evicted",
    key: "agent:main:a",
    agentId: "main",
    sessionId: "transcript-a",
    lifecycleRevision: "generation-a",
    reason: "unknown",
    inferred: true,
    ts: null,
  });
  assert.equal((await events.next()).type, "snapshot");
  assert.equal(keys(subscription.sessions()), "b c");
});

test("a subscription made before the connection begins with it", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const statuses = queue();
  const { events, ...callbacks } = listener();
  client.subscribeSessions({ ...callbacks, onStatus: (status) => statuses.push(status.state) });
  const connection = await gateway.welcome();
  await connection.subscribe([row("a")]);
  assert.equal((await events.next()).sessions.length, 1);
  assert.deepEqual(statuses.rest, ["connected"]);
});

test("several subscriptions each get everything", async (t) => {
  const { client, connection } = await startConnected(t);
  const first = listener();
  const second = listener();
  client.subscribeSessions(first);
  await connection.subscribe([row("a")]);
  await first.events.next();
  client.subscribeSessions(second);
  const { params } = await connection.subscribe([row("a"), row("b")]);
  assert.equal(params.subscription, "2");
  assert.equal((await second.events.next()).sessions.length, 2);
  assert.deepEqual(first.events.rest, []);
});

test("after unsubscribe() nothing is told, however often it is called", async (t) => {
  const { client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks);
  await connection.subscribe([row("a")]);
  await events.next();
  connection.upsert(row("a", { updatedAt: 101 }));
  subscription.unsubscribe();
  subscription.unsubscribe();
  await connection.request("sessions.unsubscribe");
  connection.upsert(row("a", { updatedAt: 102 }));
  const listing = client.listSessions({ limit: 1 });
  const request = await connection.request("sessions.list");
  assert.deepEqual(request.params, { limit: 1 });
  connection.answer(request, listed([]));
  await listing;
  assert.deepEqual(events.rest, []);
  client.close();
  subscription.unsubscribe();
  assert.equal(subscription.sessions().length, 1);
});

test("a refused subscription is told to onError", async (t) => {
  const { client, connection } = await startConnected(t);
  const errors = queue();
  client.subscribeSessions({ onError: (error) => errors.push(error) });
  connection.refuse(await connection.request("sessions.subscribe"), {
    code: "FORBIDDEN",
    message: "missing scope: operator.read",
    details: { code: "MISSING_SCOPE", missingScope: "operator.read" },
  });
  const error = await errors.next();
  assert.equal(error.name, "SessionwireError");
  assert.equal(error.code, "FORBIDDEN");
  assert.equal(error.details.missingScope, "operator.read");
});

test("subscribing on a closed client fails", async (t) => {
  const { client } = await startConnected(t);
  client.close();
  const errors = queue();
  client.subscribeSessions({ onError: (error) => errors.push(error) });
  client.subscribeMessages("agent:main:a", () => {}, (error) => errors.push(error));
  assert.equal((await errors.next()).code, "CLOSED");
  assert.equal((await errors.next()).code, "CLOSED");
});

test("callbacks that are no functions are refused at once", async (t) => {
  const { client } = await startConnected(t);
  assert.throws(() => client.subscribeSessions({ onChanged: "later" }), TypeError);
  assert.throws(() => client.subscribeSessions({ get onChanged() { throw new Error("no"); } }), /no/);
});

test("using a client or a subscription ends it with its block", { skip: !Symbol.dispose }, async (t) => {
  const { client, connection } = await startConnected(t);
  const subscription = client.subscribeSessions();
  await connection.request("sessions.subscribe");
  subscription[Symbol.dispose]();
  await connection.request("sessions.unsubscribe");
  client[Symbol.dispose]();
  assert.equal(await connection.closed, 1000);
});
