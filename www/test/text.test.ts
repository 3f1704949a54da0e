import assert from "node:assert/strict";
import { test } from "node:test";
import { completions } from "../src/state/commands";
import { textOf } from "../src/state/transcript";
import { ago, sentence, shortKey, titleOf } from "../src/text";
import { row } from "./row";

test("a session is called by its label, else by what comes next", () => {
  const key = "agent:main:dashboard:0d4f9a3e-8f4c-4a52-9a51-3b1f9a7b2c11";
  assert.equal(titleOf(row(key, { label: "Label", displayName: "Name" })), "Label");
  assert.equal(titleOf(row(key, { displayName: "Name", derivedTitle: "Title" })), "Name");
  assert.equal(titleOf(row(key, { derivedTitle: "Title" })), "Title");
  assert.equal(titleOf(row(key)), "dashboard:0d4f9a3e");
  assert.equal(shortKey("global"), "global");
});

test("times grow coarser", () => {
  const now = new Date(2026, 10, 21, 12).getTime();
  assert.equal(ago(now - 59_000, now), "now");
  assert.equal(ago(now - 61_000, now), "1m");
  assert.equal(ago(now - 3 * 3_600_000, now), "3h");
  assert.equal(ago(now - 3 * 86_400_000, now), "3d");
  assert.equal(ago(new Date(2026, 2, 4).getTime(), now), "4 Mar");
  assert.equal(ago(new Date(2025, 2, 4).getTime(), now), "Mar 25");
});

test("messages of blocks are read as text, with a mark for what is none", () => {
  assert.equal(textOf({ role: "user", content: "plain" }), "plain");
  const content = [{ type: "text", text: "one" }, { type: "image" }, { type: "text", text: "two" }];
  assert.equal(textOf({ role: "assistant", content } as Parameters<typeof textOf>[0]), "one\n\n⟨image⟩\n\ntwo");
});

test("a gateway's message becomes a sentence", () => {
  assert.equal(sentence("label already in use: X"), "Label already in use: X.");
  assert.equal(sentence("Cannot delete it (main)."), "Cannot delete it (main).");
});

test("commands are offered while their name is typed", () => {
  const known = ["name", "new", "goal"].map((name) => ({ name, description: "", takesText: true }));
  const names = (draft: string) => completions(draft, known).map(({ name }) => name);
  assert.deepEqual(names("/"), ["name", "new", "goal"]);
  assert.deepEqual(names("/N"), ["name", "new"]);
  assert.deepEqual(names("/name x"), []);
  assert.deepEqual(names("see /name"), []);
  assert.deepEqual(names("/zebra"), []);
});
