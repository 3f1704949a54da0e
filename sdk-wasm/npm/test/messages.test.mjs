import assert from "node:assert/strict";
import { test } from "node:test";

import { queue, row } from "./gateway.mjs";
import { startConnected } from "./start.mjs";

const key = "agent:main:a";

async function subscribe(t) {
  const { gateway, client, connection } = await startConnected(t);
  const events = queue();
  const subscription = client.subscribeMessages("a", (event) => events.push(event));
  const request = await connection.request("sessions.messages.subscribe");
  assert.deepEqual(request.params, { key: "a" });
  connection.answer(request, { subscribed: true, key });
  return { gateway, client, connection, events, subscription };
}

test("tells messages, runs and evictions of one session", async (t) => {
  const { connection, events } = await subscribe(t);
  const message = { sessionKey: key, messageId: "m1", messageSeq: 1, message: { role: "user", content: "hi" } };
  connection.event("session.message", { ...message, sessionKey: "agent:main:other" });
  connection.event("session.message", { ...message, type: "shadowed" });
  assert.deepEqual(await events.next(), { ...message, type: "message" });
  const run = { runId: "r", sessionKey: key, seq: 1, state: "delta", deltaText: "h" };
  connection.event("chat", run);
  assert.deepEqual(await events.next(), { ...run, type: "chat" });
  connection.event("session.message", 17);
  connection.event("session.message", { sessionKey: 17 });
  connection.event("socket.drain", {
    sessionKey: key,
    agentId: "main",
    sessionId: "transcript-a",
    lifecycleRevision: "g1",
    nextLifecycleRevision: "g2",
    reason: "new",
    ts: 6,
  });
  assert.deepEqual(await events.next(), {
    type: "evicted",
    key,
    agentId: "main",
    sessionId: "transcript-a",
    lifecycleRevision: "g1",
    nextLifecycleRevision: "g2",
    reason: "new",
    inferred: false,
    ts: 6,
  });
  assert.deepEqual(events.rest, []);
});

test("goes on after a cut", async (t) => {
  const { gateway, connection, events } = await subscribe(t);
  connection.cut();
  const again = await gateway.welcome();
  again.answer(await again.request("sessions.messages.subscribe"), { subscribed: true, key });
  again.event("chat", { runId: "r", sessionKey: key, seq: 1, state: "final" });
  assert.equal((await events.next()).state, "final");
});

test("after unsubscribe() nothing is told", async (t) => {
  const { client, connection, events, subscription } = await subscribe(t);
  subscription.unsubscribe();
  subscription.unsubscribe();
  const request = await connection.request("sessions.messages.unsubscribe");
  assert.deepEqual(request.params, { key });
  connection.event("chat", { runId: "r", sessionKey: key, seq: 1, state: "final" });
  const call = client.request("after");
  connection.answer(await connection.request("after"), row("a"));
  await call;
  assert.deepEqual(events.rest, []);
});

test("a refused subscription is told to onError", async (t) => {
  const { client, connection } = await startConnected(t);
  const errors = queue();
  client.subscribeMessages("a", () => {}, (error) => errors.push(error));
  connection.refuse(await connection.request(), { code: "FORBIDDEN", message: "missing scope: operator.read" });
  assert.equal((await errors.next()).code, "FORBIDDEN");
});

test("arguments of the wrong type are refused at once", async (t) => {
  const { client } = await startConnected(t);
  assert.throws(() => client.subscribeMessages("a", undefined), TypeError);
  assert.throws(() => client.subscribeMessages("a", () => {}, "later"), TypeError);
  assert.throws(() => client.subscribeMessages(17, () => {}), /key is not a string/);
});
