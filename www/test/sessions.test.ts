import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, SessionList } from "../src/state/sessions";
import { row } from "./row";

const keys = (list: SessionList) => list.rows.map(({ key }) => key);

test("pinned first, then the most recent, then by key", () => {
  const list = new SessionList();
  list.replace([
    row("b", { updatedAt: 5 }),
    row("a", { updatedAt: 5 }),
    row("new", { updatedAt: 9 }),
    row("never", { updatedAt: null }),
    row("pinned", { updatedAt: 1, pinned: true }),
  ]);
  assert.deepEqual(keys(list), ["pinned", "new", "a", "b", "never"]);
});

test("changes one by one give the order that sorting gives", () => {
  const list = new SessionList();
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let step = 0; step < 3_000; step += 1) {
    const key = `s${random(60)}`;
    if (random(5) === 0) list.remove(key);
    else list.upsert(row(key, { updatedAt: random(40), pinned: random(4) === 0 }));
    if (random(9) === 0) list.wish(`s${random(60)}`, { pinned: random(2) === 0 });
  }
  assert.deepEqual(list.rows, [...list.rows].sort(compare));
  assert.equal(new Set(keys(list)).size, list.rows.length);
});

test("a wish shows at once and lasts until it is answered", () => {
  const list = new SessionList();
  list.replace([row("a", { label: "old" })]);
  const end = list.wish("a", { label: "wanted" });
  assert.equal(list.get("a")?.label, "wanted");
  list.upsert(row("a", { label: "old", unread: true }));
  assert.equal(list.get("a")?.label, "wanted");
  assert.equal(list.get("a")?.unread, true);
  list.upsert(row("a", { label: "wanted" }));
  end();
  assert.equal(list.get("a")?.label, "wanted");
});

test("a refused wish leaves what was there, and other wishes", () => {
  const list = new SessionList();
  list.replace([row("a", { label: "old" })]);
  const end = list.wish("a", { label: "refused" });
  list.wish("a", { pinned: true });
  end();
  assert.equal(list.get("a")?.label, "old");
  assert.equal(list.get("a")?.pinned, true);
});

test("a wish for a session that went does not bring it back", () => {
  const list = new SessionList();
  list.replace([row("a")]);
  const end = list.wish("a", { label: "wanted" });
  assert.equal(list.remove("a")?.label, "wanted");
  end();
  assert.deepEqual(keys(list), []);
  assert.equal(list.remove("a"), undefined);
});
