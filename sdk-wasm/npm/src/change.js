// The frame that comes most often, a change of one row, given to the core by its fields: they have been parsed already.

import { isText } from "./check.js";

/** The core keeps a row that is told so in the text of its frame. */
const LONGEST = 4096;
const IN_ASCII = /^[\0-\x7f]*$/;

/** Tells the core of a frame that changes a row and says nothing else; `false` where the core has to read it itself. */
export function tellChange(core, room, frame, text) {
  const { type, event, payload, subscription, prev, cursor, seq } = frame ?? {};
  if (event !== "sessions.changed" || type !== "event" || prev == null || !payload || text.length > LONGEST) return false;
  const { session, sessionKey, change, reason, ts } = payload;
  if (!session || sessionKey != null || change != null) return false;
  const { key, sessionId, lifecycleRevision, label } = session;
  if (!isText(subscription) || !isText(key)) return false;
  // Nothing is less than none.
  const reasons = length(reason);
  const transcripts = length(sessionId);
  const revisions = length(lifecycleRevision);
  let labels = length(label);
  const before = count(prev);
  const after = count(cursor);
  const number = count(seq);
  const when = count(ts);
  const pinned = count(session.pinnedAt);
  const updated = count(session.updatedAt);
  const created = count(session.createdAt);
  const interacted = count(session.lastInteractionAt);
  const active = count(session.lastActivityAt);
  const all =
    reasons + transcripts + revisions + labels + before + after + number + when + pinned + updated + created + interacted + active;
  if (Number.isNaN(all)) return false;
  const names = subscription + (reason ?? "") + key + (sessionId ?? "") + (lifecycleRevision ?? "");
  const bytes = room.write(text);
  const named = room.name(names + (label ?? ""));
  if (!named) return false;
  const wide = named - names.length - Math.max(labels, 0);
  if (wide > 0) {
    if (!IN_ASCII.test(names)) return false;
    labels += wide;
  }
  core.changed(
    bytes,
    named,
    subscription.length,
    reasons,
    key.length,
    transcripts,
    revisions,
    labels,
    before,
    after,
    number,
    when,
    pinned,
    updated,
    created,
    interacted,
    active,
  );
  return true;
}

/** The length of a text, -1 where there is none, or `NaN`. */
function length(value) {
  return value == null ? -1 : isText(value) ? value.length : NaN;
}

/** A whole number, -1 where there is none, or `NaN`. */
function count(value) {
  return value == null ? -1 : Number.isSafeInteger(value) && value >= 0 ? value : NaN;
}
