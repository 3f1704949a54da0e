// Lists that are kept live, while another client changes the sessions in them.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { whole } from "./memory.mjs";

const rows = { includeDerivedTitles: true, includeLastMessage: true };

/** Windows of the sessions whose keys contain `mark`, in every order that `sessions.list` knows. */
export const windowsOf = (mark) => [
  { ...rows, search: mark, limit: 5 },
  { ...rows, search: mark, limit: 4, sortBy: "lastInteractionAt", archived: "all" },
  { ...rows, search: mark, limit: 6, sortBy: "activity", archived: true },
  { ...rows, search: mark, pinned: false, requireLastInteraction: true },
];

/**
 * Waits until a copy equals what is listed, as `compare` finds them. Each look is a request of its own; between a
 * change and its event there are only a few.
 */
export async function becomesEqual(compare, what) {
  let found;
  for (let look = 0; look < 100; look += 1) {
    found = (await compare()).map((list) => list.map(whole));
    if (isDeepStrictEqual(...found)) return;
  }
  assert.deepEqual(...found, what);
}

/**
 * Changes sessions whose keys contain `mark`, and now and then calls `compare`, while nothing changes. What happens
 * is drawn from `seed`, so it is the same each time.
 */
export async function change(actor, mark, seed, compare) {
  const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const keys = Array.from({ length: 14 }, (_, index) => `agent:main:${mark}-${index}`);
  let text = 0;
  const ways = [
    (key) => actor.createSession({ key, label: `${key} ${(text += 1)}` }),
    (key) => actor.renameSession(key, `${key} ${(text += 1)}`),
    (key) => actor.pinSession(key, random(3) === 0),
    (key) => actor.sendMessage({ key, message: `words ${(text += 1)}` }),
    (key) => actor.archiveSession(key, random(2) === 0),
    (key) => actor.resetSession({ key }),
    (key) => actor.deleteSession({ key }),
  ];
  let done = 0;
  for (let round = 0; round < 24; round += 1) {
    const changes = Array.from({ length: 1 + random(6) }, () => ways[random(ways.length)](keys[random(keys.length)]));
    const settled = await Promise.allSettled(changes);
    done += settled.filter(({ status }) => status === "fulfilled").length;
    await compare(round);
  }
  assert.ok(done > 30, `only ${done} changes were made`);
}
