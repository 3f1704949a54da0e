// The npm package in Node against a real gateway.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { connect, isSessionwireError } from "sessionwire";
import { Told, connected, gateway, http } from "./gateway.mjs";
import { becomesEqual, change, windowsOf } from "./lists.mjs";
import { whole } from "./memory.mjs";

let actor, watcher, told;
const name = () => `agent:main:${randomUUID()}`;

before(async () => {
  [actor, watcher] = [await connected(), await connected(["operator.read"])];
  told = new Told(watcher);
  await told.next((event) => event.type === "snapshot");
});

after(() => {
  actor.close();
  watcher.close();
});

test("a change by any way reaches a subscriber with the row that the list shows", async () => {
  const key = name();
  const ways = [
    ["create", () => actor.createSession({ key, label: `made ${key}` })],
    ["patch", () => actor.patchSession({ key, pinned: true })],
    ["command-metadata", () => actor.sendMessage({ key, message: `/name named ${key}` })],
    ["command-metadata", () => actor.sendMessage({ key, message: "/goal start Ship it" })],
    ["send", () => actor.sendMessage({ key, message: "hello" })],
    ["patch", () => http("PATCH", `/v1/chat/sessions/${encodeURIComponent(key)}`, { category: "by http" })],
  ];
  for (const [reason, change] of ways) {
    await change();
    const event = await told.changed(key, reason);
    const described = await actor.request("sessions.describe", {
      key,
      includeDerivedTitles: true,
      includeLastMessage: true,
    });
    assert.deepEqual(whole(event.session), described.session, reason);
    assert.deepEqual(
      watcher.status.state === "connected" && whole(told.subscription.sessions().find((row) => row.key === key)),
      described.session,
      `${reason}: the live copy`,
    );
  }
  const row = told.subscription.sessions().find((row) => row.key === key);
  assert.equal(row.label, `named ${key}`);
  assert.equal(row.goal.objective, "Ship it");
  assert.equal(row.category, "by http");
  assert.equal(told.subscription.sessions()[0].key, key, "pinned rows come first");
});

test("evictions tell who went and why", async () => {
  const key = name();
  const made = await actor.createSession({ key });
  await actor.resetSession({ key });
  const reset = await told.evicted(key);
  assert.deepEqual(
    [reset.reason, reset.sessionId, reset.lifecycleRevision, reset.inferred],
    ["reset", made.sessionId, made.entry.lifecycleRevision, false],
  );
  await told.changed(key, "reset");
  await actor.sendMessage({ key, message: "/new" });
  assert.equal((await told.evicted(key)).reason, "new");
  await actor.deleteSession({ key });
  assert.equal((await told.evicted(key)).reason, "deleted");
  assert.ok(!told.subscription.sessions().some((row) => row.key === key));
  const gone = await http("GET", `/v1/chat/sessions/${encodeURIComponent(key)}`);
  assert.equal(gone.status, 410);
});

test("a caller is told of its change before it is answered", async () => {
  const own = new Told(actor);
  await own.next((event) => event.type === "snapshot");
  const key = name();
  await actor.createSession({ key });
  assert.ok(own.events.some((event) => event.type === "changed" && event.session.key === key));
  own.subscription.unsubscribe();
});

test("messages of a followed session go on through a reset", async () => {
  const key = name();
  await actor.createSession({ key });
  const heard = [];
  let next = () => {};
  const subscription = watcher.subscribeMessages(key, (event) => {
    heard.push(event.type === "message" ? `${event.message.role}: ${text(event.message)}` : event.type);
    next();
  });
  const until = async (count) => {
    while (heard.length < count) await new Promise((resolve) => (next = resolve));
  };
  await watcher.request("sessions.describe", { key });
  await actor.sendMessage({ key, message: "before" });
  await until(2);
  await actor.resetSession({ key });
  await actor.sendMessage({ key, message: "behind" });
  await until(5);
  assert.deepEqual(heard, ["user: before", "chat", "evicted", "user: behind", "chat"]);
  const transcript = await actor.chatHistory({ sessionKey: key });
  assert.deepEqual(transcript.messages.map(text), ["behind"]);
  subscription.unsubscribe();
});

test("an iterator tells the same events", async () => {
  const subscription = watcher.subscribeSessions({});
  const key = name();
  const types = [];
  for await (const event of subscription) {
    if (event.type === "snapshot") await actor.createSession({ key });
    if (event.type === "changed" && event.session.key === key) await actor.deleteSession({ key });
    if (event.type === "evicted" && event.key === key) break;
    types.push(event.type);
  }
  assert.equal(types[0], "snapshot");
  assert.ok(types.includes("changed"));
});

test("windows stay equal to what sessions.list answers, whatever another client does", async () => {
  const mark = randomUUID().slice(0, 8);
  const lists = windowsOf(mark).map((params) => ({ params, list: watcher.subscribeSessions({}, params) }));
  await change(actor, mark, 3, async (round) => {
    for (const { params, list } of lists) {
      if (round === 12 && params.limit) {
        params.limit += 3;
        list.loadMore(3);
      }
      const compare = async () => {
        const { sessions } = await watcher.listSessions(params);
        return [list.sessions(), sessions];
      };
      await becomesEqual(compare, `round ${round}: ${JSON.stringify(params)}`);
    }
  });
  for (const { list } of lists) list.unsubscribe();
});

test("a name shows before the gateway has answered, and one that is taken is taken back", async () => {
  const [taken, key] = [name(), name()];
  await actor.createSession({ key: taken, label: `taken ${taken}` });
  await actor.createSession({ key, label: `old ${key}` });
  const own = new Told(actor, { search: key });
  await own.next((event) => event.type === "snapshot");
  const shown = () => own.subscription.sessions().map(({ label, pending }) => [label, pending ?? false]);

  const renamed = actor.renameSession(key, `new ${key}`);
  await own.next((event) => event.type === "changed");
  assert.deepEqual(shown(), [[`new ${key}`, true]]);
  await renamed;
  assert.deepEqual(shown(), [[`new ${key}`, false]]);

  const error = await actor.renameSession(key, `taken ${taken}`).catch((error) => error);
  assert.deepEqual([error.code, error.message], ["INVALID_REQUEST", `label already in use: taken ${taken}`]);
  assert.deepEqual(shown(), [[`new ${key}`, false]]);
  const labels = own.events.filter(({ type }) => type === "changed").map(({ session }) => session.label);
  assert.deepEqual(labels, [`new ${key}`, `taken ${taken}`, `new ${key}`]);
  own.subscription.unsubscribe();
});

test("refusals are typed", async () => {
  const refused = await actor.patchSession({ key: "x", label: "   " }).catch((error) => error);
  assert.ok(isSessionwireError(refused));
  assert.deepEqual([refused.code, refused.message], ["INVALID_REQUEST", "invalid label: empty"]);
  const forbidden = await watcher.deleteSession({ key: "x" }).catch((error) => error);
  assert.deepEqual([forbidden.code, forbidden.details.missingScope], ["FORBIDDEN", "operator.admin"]);
  const blind = await connected([]);
  const error = (await new Told(blind).next((event) => event.type === "error")).error;
  assert.equal(error.code, "FORBIDDEN");
  blind.close();
  const stranger = await connect({ url: gateway.url, token: "another" });
  const unauthorized = await stranger.ready().catch((error) => error);
  assert.equal(unauthorized.details.code, "AUTH_TOKEN_MISMATCH");
  assert.equal(stranger.status.retryInMs, null, "a wrong token is not tried again");
  stranger.close();
});

function text({ content }) {
  return typeof content === "string" ? content : content.map((block) => block.text).join("\n");
}
