import assert from "node:assert/strict";
import { test } from "node:test";

import { queue, row } from "./gateway.mjs";
import { startConnected } from "./start.mjs";

const key = "agent:main:a";

/** A client with live lists of one session, each of which keeps every label that it shows. */
async function showing(t, lists = [undefined], session = row("a", { label: "Old" })) {
  const { gateway, client, connection } = await startConnected(t);
  const shown = [];
  for (const params of lists) {
    const list = { labels: [], marks: [], events: queue() };
    const show = () => {
      const [only] = list.subscription.sessions();
      list.labels.push(only.label);
      list.marks.push(only.pending ?? false);
      list.events.push(only);
    };
    list.subscription = client.subscribeSessions({ onSnapshot: show, onChanged: show }, params);
    await connection.subscribe([session]);
    await list.events.next();
    shown.push(list);
  }
  return { gateway, client, connection, shown, list: shown[0], session };
}

test("a name shows in every live list at once, and stays when it is confirmed", async (t) => {
  const { client, connection, shown, session } = await showing(t, [undefined, { limit: 5 }]);
  const renamed = client.renameSession(key, "New");
  for (const list of shown) {
    const now = await list.events.next();
    assert.deepEqual([now.label, now.displayName, now.pending], ["New", "New", true]);
  }
  const request = await connection.request("sessions.patch");
  assert.deepEqual(request.params, { key, label: "New" });
  // The gateway tells of the change before it answers; here, to the list that was subscribed to last.
  connection.upsert({ ...session, label: "New", displayName: "New", updatedAt: 200 });
  connection.answer(request, { ok: true });
  assert.deepEqual(await renamed, { ok: true });
  const [, told] = shown;
  assert.deepEqual(told.labels, ["Old", "New", "New"]);
  assert.deepEqual(told.marks, [false, true, false]);
  assert.equal(told.subscription.sessions()[0].pending, undefined);
});

test("rows that come before the answer keep the new name", async (t) => {
  const { client, connection, list, session } = await showing(t);
  const renamed = client.renameSession(key, "New");
  await list.events.next();
  const request = await connection.request("sessions.patch");
  connection.upsert({ ...session, unread: true, updatedAt: 150 });
  const meanwhile = await list.events.next();
  assert.deepEqual([meanwhile.label, meanwhile.unread, meanwhile.pending], ["New", true, true]);
  connection.upsert({ ...session, unread: true, label: "New", updatedAt: 151 });
  connection.answer(request, { ok: true });
  await renamed;
  assert.deepEqual([...new Set(list.labels)], ["Old", "New"]);
  assert.deepEqual(list.labels, ["Old", "New", "New", "New"]);
});

test("a refusal rejects, and takes the name back", async (t) => {
  const { client, connection, list, session } = await showing(t);
  const renamed = client.renameSession(key, "Taken");
  assert.equal((await list.events.next()).label, "Taken");
  const refusal = { code: "INVALID_REQUEST", message: "label already in use: Taken" };
  connection.refuse(await connection.request("sessions.patch"), refusal);
  await assert.rejects(renamed, { name: "SessionwireError", ...refusal });
  assert.deepEqual(list.labels, ["Old", "Taken", "Old"]);
  assert.deepEqual(list.subscription.sessions(), [session]);
});

test("of two names on their way the last one shows, whatever becomes of the first", async (t) => {
  const { client, connection, list, session } = await showing(t);
  const first = client.renameSession(key, "First");
  const second = client.renameSession(key, "Second");
  await list.events.next();
  await list.events.next();
  const requests = [await connection.request("sessions.patch"), await connection.request("sessions.patch")];
  connection.refuse(requests[0], { code: "INVALID_REQUEST", message: "no" });
  await assert.rejects(first, { code: "INVALID_REQUEST" });
  connection.upsert({ ...session, label: "Second", updatedAt: 160 });
  connection.answer(requests[1], { ok: true });
  await second;
  assert.deepEqual(list.labels, ["Old", "First", "Second", "Second"]);
});

test("a name can be taken away", async (t) => {
  const { client, connection, list } = await showing(t);
  const renamed = client.renameSession(key, null);
  assert.equal((await list.events.next()).label, undefined);
  connection.refuse(await connection.request("sessions.patch"), { code: "UNAVAILABLE", message: "later" });
  await assert.rejects(renamed, { code: "UNAVAILABLE" });
  assert.deepEqual(list.labels, ["Old", undefined, "Old"]);
});

test("a name that is taken back where a list is told with it", async (t) => {
  const { client, connection, session } = await showing(t);
  client.renameSession(key, "New").catch(() => {});
  await connection.request("sessions.patch");
  const changes = queue();
  const list = client.subscribeSessions({
    onSnapshot({ sessions }) {
      assert.equal(sessions[0].pending, true);
      client.renameSession(key, "Old").catch(() => {});
    },
    onChanged: (event) => changes.push(event),
  });
  await connection.subscribe([session]);
  assert.deepEqual(await changes.next(), { type: "changed", reason: null, session, ts: null });
  assert.deepEqual(list.sessions(), [session]);
});

test("where a cut leaves open what became of it, the list has the last word", async (t) => {
  for (const [label, shown] of [
    ["New", ["Old", "New", "New"]],
    ["Old", ["Old", "New", "New", "Old"]],
  ]) {
    const { gateway, client, connection, list, session } = await showing(t);
    const renamed = client.renameSession(key, "New");
    await list.events.next();
    await connection.request("sessions.patch");
    connection.cut();
    await assert.rejects(renamed, { code: "INTERRUPTED" });
    const again = await gateway.welcome();
    await again.subscribe([{ ...session, label, updatedAt: 300 }], { epoch: "e2" });
    assert.equal((await list.events.next()).label, "New");
    const proof = await again.request("sessions.describe");
    again.answer(proof, { session: null });
    if (shown.length === 4) assert.equal((await list.events.next()).label, "Old");
    assert.deepEqual(list.labels, shown);
    assert.equal(list.subscription.sessions()[0].pending, undefined);
  }
});

test("without a connection nothing shows that was not sent", async (t) => {
  const { gateway, client, connection, list } = await showing(t);
  const gone = queue();
  client.subscribeSessions({ onStatus: ({ state }) => gone.push(state) });
  connection.cut();
  assert.equal(await gone.next(), "disconnected");
  await assert.rejects(client.renameSession(key, "New"), { code: "NOT_CONNECTED" });
  assert.deepEqual(list.labels, ["Old"]);
  await gateway.accept();
});

test("names that are no text are refused here", async (t) => {
  const { client, list } = await showing(t);
  for (const [key, label] of [[1, "x"], [undefined, null], ["a", undefined], ["a", 5], ["a", {}]]) {
    await assert.rejects(client.renameSession(key, label), { name: "TypeError" });
  }
  assert.deepEqual(list.labels, ["Old"]);
});
