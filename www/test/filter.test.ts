import assert from "node:assert/strict";
import { test } from "node:test";
import { narrows, paramsOf, same } from "../src/state/filter";

const all = { query: "", archived: false, agent: null };
const sentinels = { includeGlobal: true, includeUnknown: true };

test("the gateway is asked for no more than the user wants", () => {
  assert.deepEqual(paramsOf(all), sentinels);
  assert.deepEqual(paramsOf({ query: "  ", archived: true, agent: null }), { ...sentinels, archived: "all" });
  assert.deepEqual(paramsOf({ query: " ship it ", archived: false, agent: "ops" }), {
    ...sentinels,
    agentId: "ops",
    search: "ship it",
  });
});

test("showing the archive too narrows nothing", () => {
  assert.equal(narrows({ ...all, archived: true }), false);
  assert.equal(narrows({ ...all, query: " " }), false);
  assert.equal(narrows({ ...all, query: "x" }), true);
  assert.equal(narrows({ ...all, agent: "ops" }), true);
});

test("blanks around a query make no other filter", () => {
  assert.ok(same(all, { ...all, query: "  " }));
  assert.ok(!same(all, { ...all, archived: true }));
  assert.ok(!same(all, { ...all, agent: "main" }));
});
