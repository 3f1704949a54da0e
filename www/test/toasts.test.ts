import assert from "node:assert/strict";
import { test } from "node:test";
import { Toasts } from "../src/state/toasts";

const titles = (toasts: Toasts) => toasts.shown.value.map(({ title }) => title);

test("an eviction is told with its reason", () => {
  const toasts = new Toasts();
  toasts.evicted("A", "expired", false);
  toasts.evicted("B", "deleted", true);
  assert.deepEqual(titles(toasts), ["“A” expired", "“B” was deleted while you were away"]);
  assert.match(toasts.shown.value[0]?.detail ?? "", /policy/);
});

test("evictions that come together share a toast by reason", (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const toasts = new Toasts();
  for (const name of ["A", "B", "C", "D", "E"]) toasts.evicted(name, "deleted", false);
  toasts.evicted("F", "reset", false);
  assert.deepEqual(titles(toasts), ["5 sessions were deleted", "“F” was reset"]);
  assert.equal(toasts.shown.value[0]?.detail, "“A”, “B”, “C” and 2 more");
  t.mock.timers.tick(5_000);
  toasts.evicted("G", "deleted", false);
  assert.deepEqual(titles(toasts), ["5 sessions were deleted", "“F” was reset", "“G” was deleted"]);
});

test("the oldest notice makes room", () => {
  const toasts = new Toasts();
  for (const title of ["1", "2", "3", "4", "5"]) toasts.notice(title);
  assert.deepEqual(titles(toasts), ["2", "3", "4", "5"]);
  toasts.dismiss(toasts.shown.value[0]!.id);
  assert.deepEqual(titles(toasts), ["3", "4", "5"]);
});
