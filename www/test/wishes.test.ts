import assert from "node:assert/strict";
import { test } from "node:test";
import { Wishes } from "../src/state/wishes";
import { row } from "./row";

test("a wish lies over the gateway's rows until it is answered", () => {
  const wishes = new Wishes();
  const end = wishes.add("a", { pinned: true });
  assert.equal(wishes.over(row("a")).pinned, true);
  assert.equal(wishes.over(row("a", { unread: true })).unread, true, "what else changes shows");
  assert.equal(wishes.over(row("b")).pinned, false);
  end();
  assert.equal(wishes.over(row("a")).pinned, false);
});

test("a refused wish leaves the others, and the later one counts", () => {
  const wishes = new Wishes();
  const refused = wishes.add("a", { pinned: true });
  wishes.add("a", { archived: true });
  const last = wishes.add("a", { archived: false });
  refused();
  assert.deepEqual(shown(wishes), [false, false]);
  last();
  assert.deepEqual(shown(wishes), [false, true]);
});

test("a row without wishes is the row itself", () => {
  const wishes = new Wishes();
  const end = wishes.add("a", { pinned: true });
  end();
  end();
  const plain = row("a");
  assert.equal(wishes.over(plain), plain);
});

function shown(wishes: Wishes): unknown[] {
  const { pinned, archived } = wishes.over(row("a"));
  return [pinned, archived];
}
