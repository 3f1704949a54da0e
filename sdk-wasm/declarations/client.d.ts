/**
 * A connection to a gateway that mends itself. Made by {@link connect}.
 *
 * Requests reject with a {@link SessionwireError}. No listener is called from inside a call to the client.
 */
export class Client {
    private constructor();
    /** How the connection is. */
    readonly status: ConnectionStatus;
    /**
     * Resolves once the gateway has said hello, at once where it has. Rejects where it refuses the client, or
     * the client is closed.
     */
    ready(): Promise<Extract<ConnectionStatus, { state: "connected" }>>;
    /** Follows a list of sessions: through callbacks, through the subscription's async iterator, or both. */
    subscribeSessions(callbacks?: SessionCallbacks, params?: LiveListParams): SessionSubscription;
    /**
     * Follows the messages of a session, which need not exist yet. Where the gateway refuses that and there is
     * no `onError`, the error is reported as uncaught.
     */
    subscribeMessages(key: string, listener: (event: MessageEvent) => void, onError?: (error: SessionwireError) => void): MessageSubscription;
    /** Lists sessions once, filtered and in pages. */
    listSessions(params?: SessionsListParams): Promise<SessionsListed>;
    /** The row of a session; `null` where there is none. */
    describeSession(key: string): Promise<SessionRow | null>;
    /** Makes a session, or adopts the one that exists under the key. */
    createSession(params?: SessionsCreateParams): Promise<SessionsCreated>;
    /** Changes what is said about a session; absent fields stay, `null` clears. */
    patchSession(params: SessionsPatchParams & { key: string }): Promise<SessionsPatched>;
    /**
     * Gives a session a name; `null` takes it away. Every live list shows that at once, in a row that is
     * {@link SessionRow.pending}, and the true row again where the gateway refuses.
     */
    renameSession(key: string, label: string | null): Promise<SessionsPatched>;
    /** Keeps a session on top of the list, or no longer. */
    pinSession(key: string, pinned: boolean): Promise<SessionsPatched>;
    /**
     * Puts a session away, or takes it back. Refused where another transcript has taken the place of the one
     * that the caller sees: that of a live copy, or else the gateway's.
     */
    archiveSession(key: string, archived: boolean): Promise<SessionsPatched>;
    /** Destroys the context of a session; its key, name and pins stay. */
    resetSession(params: SessionsResetParams & { key: string }): Promise<SessionsPatched>;
    /** Removes a session. */
    deleteSession(params: SessionsDeleteParams & { key: string }): Promise<SessionsDeleted>;
    /** Sends a message to a session, or carries out the chat command that it is. */
    sendMessage(params: SessionsSendParams & { key: string; message: string }): Promise<RunStarted>;
    /** The newest messages of a session. */
    chatHistory(params: ChatHistoryParams): Promise<Transcript>;
    /** The chat commands that the gateway knows. */
    listCommands(): Promise<Commands>;
    /** Any method of the gateway. */
    request(method: string, params?: object): Promise<unknown>;
    /** Connects at once, instead of when the next attempt is due. */
    reconnect(): void;
    /** Closes the connection for good: open requests reject, subscriptions and iterators end. */
    close(): void;
    /** The same as {@link Client.close}, for `using`. */
    [Symbol.dispose](): void;
}
