/**
 * Which sessions a live list shows, in which order. Without any of these it is every session, archived ones and
 * sentinels included; with any it is what {@link Client.listSessions} answers to the same ones.
 */
export interface LiveListParams
    extends Omit<
        SessionsListParams,
        | "limit"
        | "offset"
        | "activeMinutes"
        | "configuredAgentsOnly"
        | "creatorId"
        | "hasBoard"
        | "includePeople"
        | "involvingMe"
        | "involvingProfileId"
        | "ownerFirst"
        | "ownerId"
        | "profileRelation"
        | "projectId"
        | "workspaceDir"
    > {
    /** A window of so many rows from the top, which {@link SessionSubscription.loadMore} grows; all where absent. */
    limit?: number;
}

/**
 * Who listens to a subscription to the list. All are optional, and none is called from inside a call to the
 * client; each may call any method of it. What one throws is reported as an uncaught error and changes nothing.
 */
export interface SessionCallbacks {
    /** The whole list: first of all, and whenever what was missed cannot be told one by one. */
    onSnapshot?: (event: SnapshotEvent) => void;
    /** A session is new, or its row differs. */
    onChanged?: (event: ChangedEvent) => void;
    /** A session exists, but no longer in the view of this subscription. */
    onLeft?: (event: LeftEvent) => void;
    /** A generation of a session is gone: reset, deleted or expired. */
    onEvicted?: (event: EvictedEvent) => void;
    /** The connection changed. */
    onStatus?: (status: ConnectionStatus) => void;
    /** The gateway refuses the subscription. Without it, and without an iterator, the error is reported as uncaught. */
    onError?: (error: SessionwireError) => void;
}
