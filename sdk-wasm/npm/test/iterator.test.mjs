import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { queue, row } from "./gateway.mjs";
import { startConnected } from "./start.mjs";

/** A subscription with a snapshot, and a way to wait until all that was sent has come. */
async function subscribed(t, rows) {
  const { gateway, client, connection } = await startConnected(t);
  const seen = queue();
  const see = (event) => seen.push(event);
  const subscription = client.subscribeSessions({ onSnapshot: see, onChanged: see, onLeft: see, onEvicted: see });
  await connection.subscribe(rows);
  await seen.next();
  return { gateway, client, connection, subscription, seen };
}

const brief = ({ value, done }) => (done ? "done" : `${value.type} ${value.key ?? value.session?.label ?? ""}`);

test("for await reads the events, and leaving it unsubscribes", async (t) => {
  const { client, connection } = await startConnected(t);
  const subscription = client.subscribeSessions();
  await connection.subscribe([row("a")]);
  const types = [];
  for await (const event of subscription) {
    types.push(event.type);
    if (event.type === "snapshot") connection.upsert(row("a", { updatedAt: 101 }));
    if (event.type === "changed") connection.drain(row("a"), "deleted");
    if (event.type === "evicted") break;
  }
  assert.deepEqual(types, ["snapshot", "changed", "evicted"]);
  await connection.request("sessions.unsubscribe");
});

test("a callback may take apart what a loop has not read yet", async (t) => {
  const { client, connection } = await startConnected(t);
  const changed = queue();
  const subscription = client.subscribeSessions({
    onChanged: (event) => {
      delete event.session;
      changed.push(event);
    },
  });
  await connection.subscribe([row("a")]);
  const reader = subscription[Symbol.asyncIterator]();
  for (const updatedAt of [101, 102]) {
    connection.upsert(row("a", { updatedAt }));
    await changed.next();
  }
  assert.equal(subscription.sessions()[0].updatedAt, 102);
  const types = [await reader.next(), await reader.next()].map(({ value }) => value.type);
  assert.deepEqual(types, ["snapshot", "changed"], "one state of the session is unread");
});

test("of several unread states of a session the newest is read, and every eviction", async (t) => {
  const { connection, subscription, seen } = await subscribed(t, [row("a"), row("b")]);
  const reader = subscription[Symbol.asyncIterator]();
  assert.equal(brief(await reader.next()), "snapshot ");

  connection.upsert(row("a", { label: "a1" }));
  connection.upsert(row("b", { label: "b1" }));
  for (let index = 2; index < 100; index++) connection.upsert(row("a", { label: `a${index}` }));
  connection.drain(row("b"), "reset", { nextLifecycleRevision: "g2" });
  connection.upsert(row("b", { label: "b2", lifecycleRevision: "g2" }));
  connection.drain(row("b", { lifecycleRevision: "g2" }), "reset", { nextLifecycleRevision: "g3" });
  connection.upsert(row("b", { label: "b3", lifecycleRevision: "g3" }));
  for (let index = 0; index < 104 - 1; index++) await seen.next();

  const evicted = "evicted agent:main:b";
  const read = [];
  for (let index = 0; index < 4; index++) read.push(brief(await reader.next()));
  assert.deepEqual(read, ["changed a99", evicted, evicted, "changed b3"]);
  const idle = reader.next();
  connection.upsert(row("a", { label: "last" }));
  assert.equal(brief(await idle), "changed last");
});

test("left takes the place of unread states, and a snapshot that of all", async (t) => {
  const { gateway, connection, subscription, seen } = await subscribed(t, [row("a"), row("b")]);
  const reader = subscription[Symbol.asyncIterator]();
  connection.upsert(row("a", { label: "a1" }));
  connection.tell("sessions.changed", { sessionKey: "agent:main:a", change: "left" });
  await seen.next();
  await seen.next();
  assert.equal(brief(await reader.next()), "snapshot ");
  assert.equal(brief(await reader.next()), "left agent:main:a");

  connection.upsert(row("b", { label: "b1" }));
  await seen.next();
  connection.cut();
  const again = await gateway.welcome();
  await again.subscribe([row("c")], { epoch: "e2" });
  await seen.next();
  await seen.next();
  assert.equal(brief(await reader.next()), "evicted agent:main:b");
  assert.deepEqual((await reader.next()).value.sessions, [row("c")]);
});

test("who came back as another generation is first told to have left", async (t) => {
  const { connection, subscription, seen } = await subscribed(t, [row("a")]);
  const reader = subscription[Symbol.asyncIterator]();
  for (const label of ["a1", "a2"]) {
    connection.tell("sessions.changed", { sessionKey: "agent:main:a", change: "left" });
    connection.upsert(row("a", { label, lifecycleRevision: label }));
    await seen.next();
    await seen.next();
  }
  assert.equal(brief(await reader.next()), "snapshot ");
  assert.equal(brief(await reader.next()), "left agent:main:a");
  assert.equal(brief(await reader.next()), "changed a2");
});

test("each reader begins with the list as it is, and reads for itself", async (t) => {
  const { connection, subscription, seen } = await subscribed(t, [row("a")]);
  const early = subscription[Symbol.asyncIterator]();
  connection.upsert(row("a", { label: "a1" }));
  await seen.next();
  const late = subscription[Symbol.asyncIterator]();
  assert.equal((await late.next()).value.sessions[0].label, "a1");
  assert.equal((await early.next()).value.sessions[0].label, undefined);
  assert.equal(brief(await early.next()), "changed a1");

  const waiting = [early.next(), late.next(), late.next()];
  await early.return();
  assert.deepEqual((await Promise.all(waiting)).map(brief), ["done", "done", "done"]);
  assert.equal(brief(await late.next()), "done");
  assert.equal(brief(await subscription[Symbol.asyncIterator]().next()), "done");
});

test("several reads at once are answered in order", async (t) => {
  const { connection, subscription } = await subscribed(t, [row("a")]);
  const reader = subscription[Symbol.asyncIterator]();
  const reads = [reader.next(), reader.next(), reader.next()];
  connection.upsert(row("a", { label: "a1" }));
  connection.upsert(row("a", { label: "a2" }));
  assert.deepEqual((await Promise.all(reads)).map(brief), ["snapshot ", "changed a1", "changed a2"]);
});

test("a loop that waits is not collected", async (t) => {
  const { client, connection } = await startConnected(t);
  const types = queue();
  (async () => {
    for await (const { type } of client.subscribeSessions()) types.push(type);
  })();
  await connection.subscribe([row("a")]);
  assert.equal(await types.next(), "snapshot");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  // What was looked at in a task is kept until its end.
  await setImmediate();
  collect();
  connection.upsert(row("a", { label: "a1" }));
  assert.equal(await types.next(), "changed");
});

test("closing the client ends the loop", async (t) => {
  const { client, subscription } = await subscribed(t, [row("a")]);
  let events = 0;
  for await (const _ of subscription) {
    events += 1;
    client.close();
  }
  assert.equal(events, 1);
});

test("a refused subscription rejects the reader once", async (t) => {
  const { client, connection } = await startConnected(t);
  const reader = client.subscribeSessions()[Symbol.asyncIterator]();
  const read = reader.next();
  connection.refuse(await connection.request("sessions.subscribe"), { code: "FORBIDDEN", message: "no" });
  await assert.rejects(read, { name: "SessionwireError", code: "FORBIDDEN", message: "no" });
  assert.equal(brief(await reader.next()), "done");
});
