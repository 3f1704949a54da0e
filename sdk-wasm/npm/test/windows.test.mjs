import assert from "node:assert/strict";
import { test } from "node:test";

import { drained, left, queue, row, upserted } from "./gateway.mjs";
import { keys, listener } from "./listener.mjs";
import { startConnected } from "./start.mjs";

const brief = (event) => `${event.type} ${(event.key ?? event.session?.key ?? "").split(":")[2] ?? ""}`.trim();

/** A subscription with these params and rows, after its snapshot. */
async function subscribed(t, params, rows) {
  const { gateway, client, connection } = await startConnected(t);
  const { events, ...callbacks } = listener();
  const subscription = client.subscribeSessions(callbacks, params);
  const request = await connection.subscribe(rows);
  assert.equal(brief(await events.next()), "snapshot");
  return { gateway, client, connection, subscription, events, request };
}

test("the params of a list go to the gateway, and only those", async (t) => {
  const params = {
    limit: 3,
    search: 'ship "it"',
    label: "Tea",
    agentId: "main",
    spawnedBy: "agent:main:main",
    activeOnly: true,
    archived: "all",
    includeGlobal: true,
    includeUnknown: false,
    excludeSubagents: true,
    excludeCron: false,
    includeDerivedTitles: true,
    includeLastMessage: true,
    sortBy: "createdAt",
    requireLastInteraction: false,
    group: "work",
    pinned: false,
    boardFace: "chat",
    excludeSystem: true,
    includeActivitySummary: true,
  };
  const { request } = await subscribed(t, params, []);
  assert.deepEqual(request.params, { subscription: "1", ...params });
});

test("params that lists do not take are refused at once", async (t) => {
  const { client } = await startConnected(t);
  const refused = (params, message) => {
    assert.throws(() => client.subscribeSessions({}, params), { name: "TypeError", message }, JSON.stringify(params));
  };
  refused({ archive: true }, "params.archive is nothing that a list takes");
  for (const limit of [null, -1, 0, 1.5, 1e20, "10"]) refused({ limit }, "params.limit is not a whole number above 0");
  refused({ search: 5 }, "params.search is not a string");
  refused({ pinned: 1 }, "params.pinned is not a boolean");
  refused({ sortBy: "colour" }, "params.sortBy is no order of lists");
  refused({ profileRelation: "p" }, "params.profileRelation is not an object with the texts profileId and relationship");
  refused({ archived: "some" }, 'params.archived is neither a boolean nor "all"');
  refused("search", "params is not an object");
  assert.throws(() => client.subscribeSessions({}, { get label() { throw new Error("no"); } }), /no/);
  client.subscribeSessions({}, null).unsubscribe();
  client.subscribeSessions({}, { limit: undefined }).unsubscribe();
});

test("params that only a single list makes sense of fail the subscription", async (t) => {
  const { client } = await startConnected(t);
  const params = {
    offset: 5,
    activeMinutes: 5,
    configuredAgentsOnly: true,
    creatorId: "p",
    hasBoard: false,
    includePeople: true,
    involvingMe: true,
    involvingProfileId: "p",
    ownerFirst: true,
    ownerId: "p",
    profileRelation: { profileId: "p", relationship: "owned" },
    projectId: "p",
    workspaceDir: "/tmp",
  };
  for (const [param, value] of Object.entries(params)) {
    const errors = queue();
    client.subscribeSessions({ onError: (error) => errors.push(error) }, { [param]: value });
    const { name, code, message, retryable } = await errors.next();
    assert.deepEqual(
      [name, code, message, retryable],
      ["SessionwireError", "UNSUPPORTED", `a live list takes no ${param}`, false],
    );
  }
});

test("the copy stands in the order that was asked for", async (t) => {
  const rows = [
    row("a", { label: "zebra", createdAt: 1, lastInteractionAt: 5, updatedAt: 7 }),
    row("b", { label: "Apple", createdAt: 2, updatedAt: 9 }),
    row("c", { createdAt: 3, lastInteractionAt: 8, updatedAt: 8 }),
    row("top", { label: "mid", createdAt: 0, pinnedAt: 1 }),
  ];
  for (const [sortBy, before, after] of [
    ["label", "top b a c", "top b a c"],
    ["createdAt", "top c b a", "top c b a"],
    ["lastInteractionAt", "c a b top", "b c a top"],
    ["activity", "top b c a", "top b c a"],
    ["updatedAt", "top b c a", "top b c a"],
  ]) {
    const { connection, subscription, events } = await subscribed(t, { sortBy }, rows);
    assert.equal(keys(subscription.sessions()), before, sortBy);
    connection.upsert({ ...rows[1], lastInteractionAt: 20, updatedAt: 20 });
    await events.next();
    assert.equal(keys(subscription.sessions()), after, sortBy);
  }
});

test("what enters and what it pushes out are applied as one", async (t) => {
  const rows = [row("a", { updatedAt: 9 }), row("b", { updatedAt: 8 }), row("c", { updatedAt: 7 })];
  const { connection, subscription, events } = await subscribed(t, { limit: 3 }, rows);
  const seen = [];
  connection.step(left(rows[2]), upserted(row("d", { updatedAt: 10 }), "create"));
  for (const expected of ["left c", "changed d"]) {
    assert.equal(brief(await events.next()), expected);
    seen.push(subscription.sessions().length);
  }
  assert.equal(keys(subscription.sessions()), "d a b");

  connection.step(drained(rows[0], "deleted"), upserted(rows[2], null));
  assert.equal(brief(await events.next()), "evicted a");
  assert.equal(brief(await events.next()), "changed c");
  assert.equal(keys(subscription.sessions()), "d b c");
});

test("half of a step that a cut took the rest of changes nothing", async (t) => {
  const rows = [row("a", { updatedAt: 9 }), row("b", { updatedAt: 8 })];
  const { gateway, connection, subscription, events } = await subscribed(t, { limit: 2 }, rows);
  const whole = [left(rows[1]), upserted(row("c", { updatedAt: 10 }), "create")];
  connection.send({
    type: "event",
    event: whole[0][0],
    payload: whole[0][1],
    subscription: "1",
    prev: 1,
    cursor: 1,
  });
  connection.cut();
  const again = await gateway.welcome();
  const { params } = await again.subscribe([], { offset: 1, resumed: true });
  assert.deepEqual([params.since, params.limit], [{ epoch: "e1", offset: 1 }, 2]);
  assert.equal(keys(subscription.sessions()), "a b");
  again.step(...whole);
  assert.equal(brief(await events.next()), "left b");
  assert.equal(brief(await events.next()), "changed c");
  assert.equal(keys(subscription.sessions()), "c a");
  assert.deepEqual(events.rest, []);
});

test("a window grows by loadMore, and what happens meanwhile is not lost", async (t) => {
  const rows = ["a", "b", "c", "d", "e"].map((name, index) => row(name, { updatedAt: 50 - index }));
  const { connection, subscription, events } = await subscribed(t, { limit: 2 }, rows.slice(0, 2));
  assert.equal(subscription.hasMore, true);
  subscription.loadMore();
  assert.equal(subscription.hasMore, true, "while more are on their way");
  const [, evicted] = drained(rows[0], "deleted");
  const request = await connection.subscribe(rows.slice(1, 5), { offset: 2, evicted: [evicted] });
  assert.deepEqual([request.params.subscription, request.params.limit], ["1", 4]);
  assert.equal(request.params.since.epoch, "e1");
  assert.equal(brief(await events.next()), "evicted a");
  assert.equal(brief(await events.next()), "snapshot");
  assert.equal(keys(subscription.sessions()), "b c d e");
  assert.equal(subscription.hasMore, true, "a full window may have more behind it");

  subscription.loadMore(10);
  await connection.subscribe(rows.slice(1, 5), { offset: 3 });
  assert.equal(brief(await events.next()), "snapshot");
  assert.equal(subscription.hasMore, false);
  for (const count of [0, -1, 1.5, NaN, "2", null]) {
    assert.throws(() => subscription.loadMore(count), { name: "TypeError" }, String(count));
  }
});

test("whether a session that a window lost was evicted is found out", async (t) => {
  const rows = [row("a"), row("b"), row("c")];
  const { gateway, connection, subscription, events } = await subscribed(t, { limit: 3 }, rows);
  connection.cut();
  const again = await gateway.welcome();
  await again.subscribe([rows[2]], { epoch: "e2" });
  assert.equal(brief(await events.next()), "snapshot");
  assert.equal(keys(subscription.sessions()), "c");
  for (const [key, session] of [["agent:main:a", null], ["agent:main:b", rows[1]]]) {
    const request = await again.request("sessions.describe");
    assert.equal(request.params.key, key);
    again.answer(request, { session });
  }
  const { type, key, inferred, reason } = await events.next();
  assert.deepEqual([type, key, inferred, reason], ["evicted", "agent:main:a", true, "unknown"]);
  again.upsert(row("d"), "create");
  assert.equal(brief(await events.next()), "changed d", "the other one has only left");
});

test("a list without a limit has no more to load", async (t) => {
  const { client, connection, subscription } = await subscribed(t, {}, [row("a")]);
  assert.equal(subscription.hasMore, false);
  subscription.loadMore();
  const asked = client.request("health");
  const next = await connection.request();
  assert.equal(next.method, "health");
  connection.answer(next, {});
  await asked;
});
