import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, EvictedEvent, LiveListParams, SessionCallbacks, SessionRow } from "sessionwire";
import { PAGE, Sessions } from "../src/state/sessions";
import { row } from "./row";

// Node has no frames: whatever is to be drawn is drawn at once.
globalThis.requestAnimationFrame = (draw) => (draw(0), 0);

/** A subscription whose gateway is the test. */
class List {
  rows: SessionRow[] = [];
  hasMore = false;
  open = true;
  asked = 0;

  constructor(
    readonly callbacks: SessionCallbacks,
    readonly params: LiveListParams,
  ) {}

  sessions = () => [...this.rows];
  loadMore = () => (this.asked += 1);
  unsubscribe = () => (this.open = false);

  snapshot(...rows: SessionRow[]): void {
    this.rows = rows;
    this.callbacks.onSnapshot?.({ type: "snapshot", sessions: rows });
  }

  change(session: SessionRow): void {
    this.rows = [session, ...this.rows.filter(({ key }) => key !== session.key)];
    this.callbacks.onChanged?.({ type: "changed", reason: "patch", session, ts: 1 });
  }

  leave(key: string): void {
    this.rows = this.rows.filter((row) => row.key !== key);
    this.callbacks.onLeft?.({ type: "left", key });
  }

  evict(key: string, reason: EvictedEvent["reason"]): void {
    if (reason === "deleted") this.rows = this.rows.filter((row) => row.key !== key);
    this.callbacks.onEvicted?.({ type: "evicted", key, reason } as EvictedEvent);
  }
}

function following(): [Sessions, List[], string[]] {
  const lists: List[] = [];
  const evicted: string[] = [];
  const sessions = new Sessions({
    evicted: (event, row) => evicted.push(`${event.reason} ${row?.label}`),
    failed: (error) => assert.fail(error),
  });
  sessions.follow({
    subscribeSessions: (callbacks: SessionCallbacks, params: LiveListParams) => {
      const list = new List(callbacks, params);
      lists.push(list);
      return list;
    },
  } as unknown as Client);
  return [sessions, lists, evicted];
}

const search = (query: string) => ({ query, archived: false, agent: null });
const keys = (sessions: Sessions) => sessions.shown.value?.rows.map(({ key }) => key);

test("shows a window of the list as it changes", () => {
  const [sessions, [list], evicted] = following();
  assert.equal(sessions.shown.value, null);
  assert.equal(list!.params.limit, PAGE);
  list!.snapshot(row("a", { label: "A" }), row("b"));
  list!.change(row("c"));
  assert.deepEqual(keys(sessions), ["c", "a", "b"]);
  assert.ok(sessions.changedAt("c") !== undefined);
  list!.leave("b");
  list!.evict("a", "deleted");
  list!.evict("c", "reset");
  assert.deepEqual(keys(sessions), ["c"]);
  assert.deepEqual([sessions.get("a"), sessions.get("b"), sessions.get("c")?.key], [undefined, undefined, "c"]);
  assert.deepEqual(evicted, ["deleted A", "reset undefined"]);
});

test("asks for another list as fast as the gateway answers, and ends with what was typed last", () => {
  const [sessions, lists] = following();
  lists[0]!.snapshot(row("a"));
  for (const typed of ["s", "sh", "shi", "ship"]) sessions.show(search(typed));
  assert.deepEqual(lists.map(({ params }) => params.search), [undefined, "s"]);
  assert.deepEqual([keys(sessions), sessions.searching.value, lists[0]!.open], [["a"], true, true]);

  lists[1]!.snapshot(row("s"));
  assert.deepEqual(lists.map(({ open }) => open), [false, true, true]);
  assert.deepEqual([keys(sessions), sessions.searching.value], [["s"], true]);
  lists[2]!.snapshot(row("ship"));
  assert.equal(lists[2]!.params.search, "ship");
  assert.deepEqual(lists.map(({ open }) => open), [false, false, true]);
  assert.deepEqual([keys(sessions), sessions.searching.value], [["ship"], false]);
  assert.equal(sessions.shown.value?.filter.query, "ship");

  sessions.show(search(" ship "));
  assert.equal(lists.length, 3, "blanks make no other search");
});

test("a search that is taken back while it is on its way does no harm", () => {
  const [sessions, lists] = following();
  lists[0]!.snapshot(row("a"));
  sessions.show(search("x"));
  sessions.show(search(""));
  lists[0]!.change(row("b"));
  assert.deepEqual(keys(sessions), ["b", "a"]);
  lists[1]!.snapshot();
  lists[2]!.snapshot(row("b"), row("a"));
  assert.deepEqual([lists.length, keys(sessions)], [3, ["b", "a"]]);
});

test("more rows are asked for once at a time, and only where there are more", () => {
  const [sessions, [list]] = following();
  sessions.loadMore();
  list!.snapshot(row("a"));
  sessions.loadMore();
  assert.equal(list!.asked, 0);
  list!.hasMore = true;
  list!.change(row("b"));
  assert.equal(sessions.shown.value?.hasMore, true);
  sessions.loadMore();
  sessions.loadMore();
  assert.deepEqual([list!.asked, sessions.loadingMore.value], [1, true]);
  list!.snapshot(row("b"), row("a"), row("c"));
  assert.equal(sessions.loadingMore.value, false);
  sessions.loadMore();
  assert.equal(list!.asked, 2);
});

test("a name that is not confirmed is no news", () => {
  const [sessions, [list]] = following();
  list!.snapshot(row("a"));
  list!.change(row("a", { label: "New", pending: true }));
  assert.equal(sessions.changedAt("a"), undefined);
  list!.change(row("a", { label: "New" }));
  assert.ok(sessions.changedAt("a") !== undefined);
});

test("a former list that is told anew asks for nothing while the next one is on its way", () => {
  const [sessions, lists, evicted] = following();
  lists[0]!.snapshot(row("a"));
  sessions.show(search("ship"));
  lists[0]!.snapshot(row("a"), row("b"));
  assert.deepEqual([keys(sessions), sessions.searching.value], [["a", "b"], true]);
  for (const list of lists.slice(1)) list.snapshot(row("ship"));
  for (const list of lists.filter(({ open }) => open)) list.evict("ship", "deleted");
  assert.deepEqual([keys(sessions), sessions.searching.value, evicted.length], [[], false, 1]);
  assert.deepEqual(lists.map(({ open }) => open), [false, true]);
});
