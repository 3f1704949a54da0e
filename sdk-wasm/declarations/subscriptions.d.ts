/** A live list: its events, and a copy that they keep current. */
export class SessionSubscription {
    private constructor();
    /**
     * The list as of the last event, in its order.
     *
     * The array is the caller's own; the rows in it are shared and not to be changed.
     */
    sessions(): SessionRow[];
    /** Whether there may be sessions behind those of the window: it is full. `false` in a list without a limit. */
    readonly hasMore: boolean;
    /**
     * Makes the window of a list with a limit larger: by so many rows, or else by as many as it began with. A
     * snapshot follows; what happens before it comes is not lost. A list without a limit shows all there is.
     */
    loadMore(count?: number): void;
    /** Ends the subscription: nothing more is told, and iterators end. Harmless when repeated. */
    unsubscribe(): void;
    /**
     * Reads the events one after the other, beginning with a snapshot. Each call makes a reader of its own;
     * leaving the loop of one ends the subscription.
     */
    [Symbol.asyncIterator](): SessionEvents;
    /** The same as {@link SessionSubscription.unsubscribe}, for `using`. */
    [Symbol.dispose](): void;
}

/** A subscription to the messages of one session. */
export class MessageSubscription {
    private constructor();
    /** Ends the subscription: nothing more is told. Harmless when repeated. */
    unsubscribe(): void;
    /** The same as {@link MessageSubscription.unsubscribe}, for `using`. */
    [Symbol.dispose](): void;
}

/**
 * The events of a subscription, one after the other, as `for await` reads them.
 *
 * What is not read yet is kept in order, but of several unread states of a session only the newest; a
 * snapshot takes the place of all unread states. Evictions are never left out.
 */
export class SessionEvents {
    private constructor();
    /** The next event, as soon as there is one. Rejects where the subscription failed. */
    next(): Promise<IteratorResult<SessionEvent, undefined>>;
    /** Ends the subscription, as leaving a `for await` does. */
    return(): Promise<IteratorResult<SessionEvent, undefined>>;
    /** The iterator itself. */
    [Symbol.asyncIterator](): SessionEvents;
    /** The same as {@link SessionEvents.return}, for `using`. */
    [Symbol.dispose](): void;
}
