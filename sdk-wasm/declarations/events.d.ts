/** How the connection is. */
export type ConnectionStatus = { state: "connecting"; attempt: number } | { state: "connected"; server: { version: string; connId: string; bootId?: string }; scopes: string[]; capabilities: string[] } | { state: "disconnected"; retryInMs: number | null; error: SessionwireError | null };

/** The whole list: first of all, and whenever what was missed cannot be told one by one. */
export interface SnapshotEvent {
    /** Tells the events apart. */
    type: "snapshot";
    /** The rows in the order of the list. */
    sessions: SessionRow[];
}

/**
 * A session is new, or its row differs. Also told when a name that was given here shows before the gateway has
 * confirmed it, and when it is taken back because the gateway refused: `reason` and `ts` are `null` then.
 */
export interface ChangedEvent {
    /** Tells the events apart. */
    type: "changed";
    /** Why, where the gateway says so: `create`, `patch`, `command-metadata` … */
    reason: ChangeReason | null;
    /** The row after the change. */
    session: SessionRow;
    /** When, by the gateway's clock. */
    ts: number | null;
}

/** A session exists, but no longer in the view of this subscription. */
export interface LeftEvent {
    /** Tells the events apart. */
    type: "left";
    /** The session. */
    key: string;
}

/**
 * A generation of a session is gone.
 *
 * After `reset` and `new` the session lives on under its key and its next row follows; else it is gone.
 */
export interface EvictedEvent {
    /** Tells the events apart. */
    type: "evicted";
    /** The session. */
    key: string;
    /** Its agent. */
    agentId: string | null;
    /** The transcript that the evicted generation had. */
    sessionId: string | null;
    /** The evicted generation. */
    lifecycleRevision?: string;
    /** The generation that takes its place. */
    nextLifecycleRevision?: string;
    /** Why. */
    reason: EvictionReason;
    /** Found by comparing lists, not told by the gateway; `reason` and `ts` are not known then. */
    inferred: boolean;
    /** When, by the gateway's clock. */
    ts: number | null;
}

export interface SessionRow {
    /**
     * Only in live lists: the row shows a name that was given by {@link Client.renameSession} and that the gateway
     * has not confirmed yet.
     */
    pending?: true;
}

/** What a subscription to the list tells. */
export type SessionEvent = SnapshotEvent | ChangedEvent | LeftEvent | EvictedEvent;

/** What a subscription to the messages of a session tells. */
export type MessageEvent =
    | ({ type: "message" } & SessionMessage)
    | ({ type: "chat" } & ChatEvent)
    | EvictedEvent;
