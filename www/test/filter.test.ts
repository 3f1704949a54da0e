import assert from "node:assert/strict";
import { test } from "node:test";
import { agentsOf, select } from "../src/state/filter";
import { row } from "./row";

const all = [
  row("agent:main:one", { label: "Fix the resume test", category: "work" }),
  row("agent:ops:two", { agentId: "ops", lastMessagePreview: "All tests pass" }),
  row("agent:main:three", { label: "Old tests", archived: true }),
  row("agent:main:four", {
    goal: { id: "g", objective: "Ship it", status: "active" } as NonNullable<ReturnType<typeof row>["goal"]>,
  }),
];
const found = (query: string, rest = {}) =>
  select(all, { query, archived: false, agent: null, ...rest }).rows.map(({ key }) => key.split(":")[2]);

test("looks at name, key, goal, category and last message, whatever the case", () => {
  assert.deepEqual(found("TEST"), ["one", "two"]);
  assert.deepEqual(found("ops:tw"), ["two"]);
  assert.deepEqual(found("ship"), ["four"]);
  assert.deepEqual(found("work"), ["one"]);
  assert.deepEqual(found("test resume"), ["one"]);
  assert.deepEqual(found("zebra"), []);
  assert.deepEqual(found("  "), ["one", "two", "four"]);
});

test("counts what the archive holds back and what there is without the query", () => {
  assert.deepEqual(
    select(all, { query: "tests", archived: false, agent: null }).heldBack,
    1,
  );
  assert.equal(select(all, { query: "ship", archived: false, agent: null }).outOf, 3);
  assert.equal(select(all, { query: "ship", archived: true, agent: null }).outOf, 4);
  assert.deepEqual(found("tests", { archived: true }), ["two", "three"]);
});

test("filters by agent", () => {
  assert.deepEqual(agentsOf(all), ["main", "ops"]);
  assert.deepEqual(found("", { agent: "ops" }), ["two"]);
});
