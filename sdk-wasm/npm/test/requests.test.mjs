import assert from "node:assert/strict";
import { test } from "node:test";

import { isSessionwireError } from "sessionwire";
import { listed, queue, row } from "./gateway.mjs";
import { listen, start, startConnected } from "./start.mjs";

const key = "agent:main:a";

test("each method asks for what it says", async (t) => {
  const { client, connection } = await startConnected(t);
  const asked = async (call, method, params) => {
    const request = await connection.request(method);
    assert.deepEqual(request.params, params);
    connection.answer(request, { method });
    assert.deepEqual(await call, { method });
  };
  await asked(client.listSessions(), "sessions.list", undefined);
  await asked(client.listSessions({ limit: 5, archived: "all" }), "sessions.list", { limit: 5, archived: "all" });
  await asked(client.createSession(), "sessions.create", undefined);
  await asked(client.createSession({ label: "Tea" }), "sessions.create", { label: "Tea" });
  await asked(client.patchSession({ key, icon: null }), "sessions.patch", { key, icon: null });
  await asked(client.renameSession(key, "Tea"), "sessions.patch", { key, label: "Tea" });
  await asked(client.renameSession(key, null), "sessions.patch", { key, label: null });
  await asked(client.pinSession(key, false), "sessions.patch", { key, pinned: false });
  await asked(client.resetSession({ key }), "sessions.reset", { key });
  await asked(client.resetSession({ key, reason: "new" }), "sessions.reset", { key, reason: "new" });
  await asked(client.deleteSession({ key }), "sessions.delete", { key });
  await asked(client.deleteSession({ key, archivedOnly: true }), "sessions.delete", { key, archivedOnly: true });
  await asked(client.sendMessage({ key, message: "/name Tea" }), "sessions.send", { key, message: "/name Tea" });
  await asked(client.chatHistory({ sessionKey: key, limit: 5 }), "chat.history", { sessionKey: key, limit: 5 });
  await asked(client.listCommands(), "commands.list", undefined);
  await asked(client.request("health"), "health", undefined);
  await asked(client.request("sessions.resolve", { label: "Tea" }), "sessions.resolve", { label: "Tea" });
});

test("describing gives the row, or null", async (t) => {
  const { client, connection } = await startConnected(t);
  for (const session of [row("a"), null]) {
    const described = client.describeSession(key);
    const request = await connection.request("sessions.describe");
    assert.deepEqual(request.params, { key });
    connection.answer(request, { session });
    assert.deepEqual(await described, session);
  }
});

test("archiving names the transcript of the live copy", async (t) => {
  const { client, connection } = await startConnected(t);
  const snapshots = queue();
  client.subscribeSessions({ onSnapshot: (event) => snapshots.push(event) });
  await connection.subscribe([row("a")]);
  await snapshots.next();
  const archived = client.archiveSession(key, true);
  const request = await connection.request("sessions.patch");
  assert.deepEqual(request.params, { key, archived: true, expectedSessionId: "transcript-a" });
  connection.answer(request, { ok: true });
  assert.deepEqual(await archived, { ok: true });
});

test("archiving asks the gateway for the transcript where there is no copy", async (t) => {
  const { client, connection } = await startConnected(t);
  const archived = client.archiveSession(key, false);
  connection.answer(await connection.request("sessions.describe"), { session: row("a") });
  const request = await connection.request("sessions.patch");
  assert.deepEqual(request.params, { key, archived: false, expectedSessionId: "transcript-a" });
  connection.answer(request, { ok: true });
  await archived;

  const missing = client.archiveSession(key, true);
  connection.answer(await connection.request("sessions.describe"), { session: null });
  const refused = await connection.request("sessions.patch");
  assert.deepEqual(refused.params, { key, archived: true });
  connection.refuse(refused, { code: "INVALID_REQUEST", message: "expectedSessionId is missing" });
  await assert.rejects(missing, { code: "INVALID_REQUEST" });

  const failed = client.archiveSession(key, true);
  connection.refuse(await connection.request("sessions.describe"), { code: "FORBIDDEN", message: "no" });
  await assert.rejects(failed, { code: "FORBIDDEN" });
});

test("answers come to whom they belong, in any order", async (t) => {
  const { client, connection } = await startConnected(t);
  const calls = [client.request("one"), client.request("two"), client.request("three")];
  const requests = [];
  for (const _ of calls) requests.push(await connection.request());
  for (const request of requests.reverse()) connection.answer(request, request.method);
  assert.deepEqual(await Promise.all(calls), ["one", "two", "three"]);
});

test("a refusal rejects with the gateway's code, message and details", async (t) => {
  const { client, connection } = await startConnected(t);
  const call = client.renameSession(key, "Tea");
  connection.refuse(await connection.request(), {
    code: "UNAVAILABLE",
    message: "the server is busy",
    details: { reason: "busy", nested: [1.5] },
    retryable: true,
    retryAfterMs: 250,
  });
  const error = await call.catch((error) => error);
  assert.ok(isSessionwireError(error));
  const { name, message, code, details, retryable, retryAfterMs } = error;
  assert.deepEqual([name, message, code], ["SessionwireError", "the server is busy", "UNAVAILABLE"]);
  assert.deepEqual([details, retryable, retryAfterMs], [{ reason: "busy", nested: [1.5] }, true, 250]);

  const odd = client.request("odd");
  connection.refuse(await connection.request(), { code: "TEAPOT", message: "short and stout" });
  await assert.rejects(odd, { code: "TEAPOT", message: "short and stout", retryable: false });
  assert.equal(isSessionwireError(new Error("other")), false);
  assert.equal(isSessionwireError({ name: "SessionwireError" }), false);
});

test("a refusal may hold whatever JSON holds", async (t) => {
  const { client, connection } = await startConnected(t);
  const call = client.request("odd");
  const details = JSON.parse('{"large":9007199254740994,"__proto__":{"polluted":true},"null":null}');
  const retryAfterMs = 9007199254740994;
  connection.refuse(await connection.request(), { code: "UNAVAILABLE", message: "no", details, retryAfterMs });
  const error = await call.catch((error) => error);
  assert.deepEqual([error.details, error.retryAfterMs], [details, retryAfterMs]);
  assert.equal(error.details.polluted, undefined);
});

test("a request that is not answered in time rejects, and its late answer is ignored", async (t) => {
  const { client, connection } = await startConnected(t, { requestTimeoutMs: 50 });
  const call = client.request("slow");
  const request = await connection.request("slow");
  await assert.rejects(call, { code: "TIMED_OUT", retryable: true });
  connection.answer(request, "late");
  const next = client.request("quick");
  connection.answer(await connection.request("quick"), "ok");
  assert.equal(await next, "ok");
});

test("a cut rejects what was sent, and what is asked for before the next hello", async (t) => {
  const statuses = queue();
  const { client, connection } = await startConnected(t, { onStatus: (status) => statuses.push(status.state) });
  statuses.clear();
  const call = client.request("health");
  await connection.request("health");
  connection.cut();
  await assert.rejects(call, { code: "INTERRUPTED", retryable: true });
  await statuses.next();
  await assert.rejects(client.request("health"), { code: "NOT_CONNECTED", retryable: true });
});

test("requests made before the first hello wait for it", async (t) => {
  const gateway = await listen(t);
  const client = await start(t, gateway);
  const call = client.listSessions();
  const connection = await gateway.welcome();
  connection.answer(await connection.request("sessions.list"), listed([]));
  assert.equal((await call).count, 0);
});

test("params that are no JSON reject and send nothing", async (t) => {
  const { client, connection } = await startConnected(t);
  const cycle = {};
  cycle.self = cycle;
  await assert.rejects(client.request("a", cycle), TypeError);
  await assert.rejects(client.request("b", { size: 1n }), TypeError);
  await assert.rejects(client.resetSession({ key, get reason() { throw new Error("no"); } }), /no/);
  await assert.rejects(client.request(17), TypeError);
  await assert.rejects(client.request(), /method is not a string/);
  const call = client.request("c", { skipped: undefined, date: new Date(0) });
  const { params } = await connection.request("c");
  assert.deepEqual(params, { date: "1970-01-01T00:00:00.000Z" });
  client.close();
  await assert.rejects(call, { code: "CLOSED" });
});
