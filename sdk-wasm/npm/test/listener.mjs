// Who listens to a live list in the tests.

import { queue } from "./gateway.mjs";

/** Callbacks that put every event into one queue. */
export function listener() {
  const events = queue();
  const push = (event) => events.push(event);
  return { events, onSnapshot: push, onChanged: push, onLeft: push, onEvicted: push };
}

/** The rows by the last part of their keys. */
export const keys = (rows) => rows.map((row) => row.key.split(":")[2]).join(" ");
