// OpenClaw's reference client on this gateway: `node reference.test.mjs node` or `chromium`. The names of the tests are
// those of `tests/conformance/behaviours.json`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { devices, inFront, restart, silence } from "./stage.mjs";

const place = process.argv.at(-1);
const { connect, unknownDevice, close } = await import(`./reference-${place}.mjs`);
const key = "agent:main:reference";
let actor, follower, first;

before(async () => {
  [actor, follower] = [await connect(), await connect()];
});

after(async () => {
  await actor.stop();
  await follower.stop();
  await close();
});

test("connects", async () => {
  await hello(actor);
  first = await hello(follower);
  assert.equal(first.protocol, 4);
  assert.ok(first.features.methods.includes("sessions.list"));
  assert.equal((await actor.request("health", {})).ok, true);
});

test("lists sessions", async () => {
  await actor.request("sessions.create", { key, label: "Made" });
  await actor.request("sessions.create", { key: "other", label: "Other" });
  const { sessions } = await follower.request("sessions.list", { limit: 50, includeDerivedTitles: true });
  assert.deepEqual(
    sessions.map((row) => row.label),
    ["Other", "Made"],
  );
});

test("follows what others change", async () => {
  await follower.request("sessions.subscribe", {});
  await actor.request("sessions.create", { key: "followed", label: "Followed" });
  const { session, reason } = await changed("agent:main:followed");
  assert.deepEqual([session.label, reason], ["Followed", "create"]);
});

test("renames", async () => {
  await actor.request("sessions.patch", { key, label: "Renamed" });
  await changed(key, ({ session }) => session.label === "Renamed");
});

test("pins", async () => {
  await actor.request("sessions.patch", { key, pinned: true });
  await changed(key, ({ session }) => session.pinned === true);
  await actor.request("sessions.patch", { key, pinned: false });
  await changed(key, ({ session }) => !session.pinned);
});

test("archives", async () => {
  const { session } = await actor.request("sessions.describe", { key });
  await actor.request("sessions.patch", { key, archived: true, expectedSessionId: session.sessionId });
  await changed(key, ({ session }) => session.archived === true);
  const { sessions } = await follower.request("sessions.list", {});
  assert.ok(!sessions.some((row) => row.key === key));
  await actor.request("sessions.patch", { key, archived: false, expectedSessionId: session.sessionId });
  await changed(key, ({ session }) => !session.archived);
});

test("opens a session", async () => {
  await follower.request("sessions.messages.subscribe", { key });
  await actor.request("chat.inject", { sessionKey: key, message: "hello from afar" });
  const said = ({ event, payload }) => event === "session.message" && /hello from afar/.test(JSON.stringify(payload.message));
  await follower.news.next(said);
  const { messages } = await follower.request("chat.history", { sessionKey: key, limit: 20 });
  assert.match(JSON.stringify(messages.at(-1)), /hello from afar/);
});

test("sends /name and /goal", async () => {
  for (const [message, shows] of [
    ["/name By command", (row) => row.label === "By command"],
    ["/goal start Ship it", (row) => row.goal?.objective === "Ship it"],
  ]) {
    const idempotencyKey = crypto.randomUUID();
    const sent = await actor.request("chat.send", { sessionKey: key, message, idempotencyKey });
    assert.deepEqual(sent, { runId: idempotencyKey, status: "started" });
    const { reason } = await changed(key, ({ session }) => shows(session));
    // Of changes that follow each other closely OpenClaw's own gateway tells the last.
    if (!inFront) assert.equal(reason, "command-metadata");
    // Nor is it to be reset while an agent is at work.
    const ended = ({ event, payload }) => event === "chat" && payload.runId === idempotencyKey && payload.state !== "delta";
    await actor.news.next(ended);
  }
});

test("resets", async () => {
  await actor.request("sessions.reset", { key });
  const { session } = await changed(key, ({ reason }) => reason === "reset");
  assert.equal(session.label, "By command");
  assert.equal(session.goal, undefined);
});

test("deletes", async () => {
  const { session } = await actor.request("sessions.describe", { key });
  const answer = await actor.request("sessions.delete", { key });
  assert.equal(answer.deleted, true);
  const { sessionId } = await changed(key, ({ reason }) => reason === "delete");
  assert.equal(sessionId, session.sessionId);
});

test("is told of refusals", async () => {
  await assert.rejects(actor.request("sessions.list", { limit: 0 }), (error) => {
    assert.equal(error.gatewayCode, "INVALID_REQUEST");
    return /at \/limit: must be >= 1/.test(error.message);
  });
  const reader = await connect({ scopes: ["operator.read"] });
  await hello(reader);
  await assert.rejects(reader.request("sessions.delete", { key: "other" }), (error) => {
    assert.deepEqual([error.gatewayCode, error.details.missingScope], ["FORBIDDEN", "operator.admin"]);
    return true;
  });
  await reader.stop();
  const stranger = await connect({ token: "another" });
  const { error } = await stranger.news.next((news) => news.type === "refused");
  assert.equal(error.details.code, "AUTH_TOKEN_MISMATCH");
  await stranger.stop();
});

test("waits to be approved and is shown out", async () => {
  const device = await connect(unknownDevice());
  const { error } = await device.news.next((news) => news.type === "refused");
  const { code, reason, requestId, deviceId } = error.details;
  assert.deepEqual([error.gatewayCode, code, reason], ["NOT_PAIRED", "PAIRING_REQUIRED", "not-paired"]);
  await devices("approve", requestId);
  await device.again();
  assert.ok((await hello(device)).auth.deviceToken);
  await devices("revoke", deviceId);
  const closed = await device.news.next((news) => news.type === "close" && news.code !== 1000 && news.code !== 1008);
  assert.equal(closed.code, 4001);
  await device.stop();
});

test("sees no gap", async () => {
  const labels = Array.from({ length: 200 }, (_, index) => `Other ${index}`);
  for (const label of labels) await actor.request("sessions.patch", { key: "other", label });
  await changed("agent:main:other", ({ session }) => session.label === labels.at(-1));
  assert.deepEqual(follower.gaps, []);
});

// What a client is not told of it waits for in vain, and takes the connection for lost.
test("notices silence", { skip: place !== "node" }, async () => {
  const watchful = await connect({ tickWatchTimeoutMs: undefined });
  await hello(watchful);
  await watchful.news.next((news) => news.event === "tick");
  await silence();
  const { code, reason } = await watchful.news.next((news) => news.type === "close");
  assert.deepEqual([code, reason], [4000, "tick timeout"]);
  await hello(watchful);
  await watchful.stop();
});

test("comes back after a restart", async () => {
  await restart();
  const closed = await follower.news.next((news) => news.type === "close");
  assert.deepEqual([closed.code, closed.reason], [1012, "service restart"]);
  await hello(actor);
  const again = await hello(follower);
  assert.notEqual(again.server.bootId, first.server.bootId);
  await follower.request("sessions.subscribe", {});
  const { sessions } = await follower.request("sessions.list", {});
  assert.equal(sessions[0].label, "Other 199");
  await actor.request("sessions.patch", { key: "other", label: "After the restart" });
  await changed("agent:main:other", ({ session }) => session.label === "After the restart");
  assert.deepEqual(follower.gaps, []);
});

async function hello(client) {
  return (await client.news.next((news) => news.type === "hello")).hello;
}

async function changed(of = key, isIt = () => true) {
  const wanted = ({ event, payload }) => event === "sessions.changed" && payload.sessionKey === of && isIt(payload);
  return (await follower.news.next(wanted)).payload;
}
