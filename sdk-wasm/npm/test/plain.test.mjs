// Lists at a gateway that has no cursors, as OpenClaw's.

import assert from "node:assert/strict";
import { test } from "node:test";

import { listed, row } from "./gateway.mjs";
import { keys, listener } from "./listener.mjs";
import { listen, start } from "./start.mjs";

/** A client of a gateway without cursors that lists these rows, and one list for each of the params. */
async function mirrored(t, rows, ...lists) {
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const shown = lists.map((params) => {
    const { events, ...callbacks } = listener();
    return { events, subscription: client.subscribeSessions(callbacks, params) };
  });
  const connection = await gateway.welcome({ capabilities: [] });
  const subscribe = await connection.request("sessions.subscribe");
  assert.deepEqual(subscribe.params, {});
  connection.answer(subscribe, { subscribed: true });
  connection.answer(await connection.request("sessions.list"), listed(rows));
  for (const { events } of shown) assert.equal((await events.next()).type, "snapshot");
  return { gateway, client, connection, shown };
}

function changed(connection, session, reason = "patch") {
  connection.event("sessions.changed", { sessionKey: session.key, reason, ts: session.updatedAt, session });
}

const rows = [
  row("a", { label: "Tea", updatedAt: 9 }),
  row("b", { label: "Coffee", updatedAt: 8 }),
  row("c", { label: "Tea too", updatedAt: 7, archived: true }),
  row("d", { label: "Green tea", updatedAt: 6 }),
];

test("lists are filtered, ordered and cut here", async (t) => {
  const { shown } = await mirrored(t, rows, undefined, { search: "tea" }, { sortBy: "label", limit: 2 });
  const [all, teas, names] = shown.map(({ subscription }) => subscription);
  assert.equal(keys(all.sessions()), "a b c d");
  assert.equal(keys(teas.sessions()), "a d");
  assert.equal(keys(names.sessions()), "b d");
  assert.deepEqual([all.hasMore, teas.hasMore, names.hasMore], [false, false, true]);
});

test("a list that shows nothing is told, and fills", async (t) => {
  const { connection, shown } = await mirrored(t, [], undefined, { search: "tea" });
  for (const { subscription } of shown) assert.deepEqual(subscription.sessions(), []);
  changed(connection, rows[0]);
  for (const { events, subscription } of shown) {
    assert.equal((await events.next()).session.key, rows[0].key);
    assert.equal(keys(subscription.sessions()), "a");
  }
});

test("what changes shows in each list that it concerns", async (t) => {
  const { connection, shown } = await mirrored(t, rows, { search: "tea" }, { sortBy: "label", limit: 2 });
  const [teas, names] = shown;
  changed(connection, { ...rows[1], label: "Black tea", updatedAt: 20 });
  assert.equal((await teas.events.next()).session.label, "Black tea");
  assert.equal((await names.events.next()).session.label, "Black tea");
  assert.equal(keys(teas.subscription.sessions()), "b a d");

  connection.event("sessions.changed", { sessionKey: rows[3].key, reason: "delete", ts: 30 });
  for (const { events } of shown) {
    const { type, key, reason, inferred } = await events.next();
    assert.deepEqual([type, key, reason, inferred], ["evicted", rows[3].key, "deleted", false]);
  }
  assert.equal((await names.events.next()).session.key, rows[0].key, "the next one fills its place");
  assert.equal(keys(names.subscription.sessions()), "b a");

  names.subscription.loadMore();
  assert.equal((await names.events.next()).type, "snapshot");
  assert.equal(names.subscription.hasMore, false);
});

test("what an event does not say is listed anew, and what is gone then was evicted", async (t) => {
  const { connection, shown } = await mirrored(t, rows, undefined);
  const [{ events, subscription }] = shown;
  connection.event("sessions.changed", { reason: "groups", ts: 40 });
  connection.answer(await connection.request("sessions.list"), listed(rows.slice(1)));
  const { type, key, reason, inferred } = await events.next();
  assert.deepEqual([type, key, reason, inferred], ["evicted", rows[0].key, "unknown", true]);
  assert.equal(keys(subscription.sessions()), "b c d");
});

test("a name shows at once, and is taken back where it is refused", async (t) => {
  const { client, connection, shown } = await mirrored(t, rows, undefined);
  const [{ events, subscription }] = shown;
  const renamed = client.renameSession(rows[0].key, "Coffee");
  const { session } = await events.next();
  assert.deepEqual([session.label, session.pending], ["Coffee", true]);
  const refusal = { code: "INVALID_REQUEST", message: "label already in use: Coffee" };
  connection.refuse(await connection.request("sessions.patch"), refusal);
  await assert.rejects(renamed, refusal);
  assert.deepEqual((await events.next()).session, rows[0]);
  assert.deepEqual(subscription.sessions()[0], rows[0]);
});
