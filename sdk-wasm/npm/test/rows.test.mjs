import assert from "node:assert/strict";
import { test } from "node:test";

import { Rows } from "../src/rows.js";

test("rows stand where an array would have them", () => {
  let seed = 7;
  const below = (end) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % end;
  };
  const expected = Array.from({ length: 5 }, (_, index) => ({ key: `first ${index}` }));
  const rows = new Rows(expected);
  for (let step = 0; step < 5_000; step++) {
    const removed = expected.length > 0 && below(3) > 0 ? below(expected.length) : undefined;
    const row = below(5) > 0 ? { key: `row ${step}` } : undefined;
    if (removed !== undefined) expected.splice(removed, 1);
    const inserted = row && below(expected.length + 1);
    if (row) expected.splice(inserted, 0, row);
    rows.splice(removed, inserted, row);
    assert.deepEqual(rows.toArray(), expected);
    assert.equal(rows.length, expected.length);
    const found = expected[below(expected.length + 1)];
    assert.equal(rows.find(found?.key), found);
  }
  assert.ok(expected.length > 0);
});
