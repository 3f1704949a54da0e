import type { SessionRow } from "sessionwire";

/** A row with as little in it as a gateway may send. */
export function row(key: string, rest: Partial<SessionRow> = {}): SessionRow {
  return {
    key,
    kind: "direct",
    agentId: "main",
    isMain: false,
    archived: false,
    pinned: false,
    unread: false,
    updatedAt: 1_000,
    ...rest,
  } as SessionRow;
}
