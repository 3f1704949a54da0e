// The frame that comes most often, a change of one row, given to the core by its fields: they have been parsed already.

import { isText } from "./check.js";

const IN_ASCII = /^[\0-\x7f]*$/;

/**
 * Tells the core of a frame that changes a row and says nothing else; `false` where this is none, or has fields that the core
 * should judge. `write` writes a text to where the core reads it, and returns how many bytes that takes.
 */
export function tellChange(core, write, frame, text) {
  const { type, event, payload, subscription, prev, cursor, seq } = frame ?? {};
  if (event !== "sessions.changed" || type !== "event" || !isText(subscription) || !isCount(prev) || !payload) return false;
  const { session, sessionKey, change, reason, ts } = payload;
  if (!session || sessionKey != null || change != null) return false;
  const { key, sessionId, lifecycleRevision, label } = session;
  const { pinnedAt, updatedAt, createdAt, lastInteractionAt, lastActivityAt } = session;
  const fits =
    isText(key) &&
    mayBe(isText, reason) &&
    mayBe(isText, sessionId) &&
    mayBe(isText, lifecycleRevision) &&
    mayBe(isText, label) &&
    mayBe(isCount, cursor) &&
    mayBe(isCount, seq) &&
    mayBe(isCount, ts) &&
    mayBe(isCount, pinnedAt) &&
    mayBe(isCount, updatedAt) &&
    mayBe(isCount, createdAt) &&
    mayBe(isCount, lastInteractionAt) &&
    mayBe(isCount, lastActivityAt);
  if (!fits) return false;
  const names = subscription + (reason ?? "") + key + (sessionId ?? "") + (lifecycleRevision ?? "");
  const told = names + (label ?? "") + text;
  const length = write(told);
  const isPlain = length === told.length;
  if (!isPlain && !IN_ASCII.test(names)) return false;
  core.changed(
    length,
    subscription.length,
    reason?.length ?? -1,
    key.length,
    sessionId?.length ?? -1,
    lifecycleRevision?.length ?? -1,
    (isPlain ? label?.length : bytes(label)) ?? -1,
    prev,
    cursor ?? -1,
    seq ?? -1,
    ts ?? -1,
    pinnedAt ?? -1,
    updatedAt ?? -1,
    createdAt ?? -1,
    lastInteractionAt ?? -1,
    lastActivityAt ?? -1,
  );
  return true;
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function mayBe(is, value) {
  return value == null || is(value);
}

/** How many bytes a text takes. */
function bytes(text) {
  if (text == null) return;
  let count = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0);
    count += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return count;
}
