/* tslint:disable */
/* eslint-disable */
/**
 * A chat command.
 */
export interface CommandInfo {
    /**
     * Its name, without the slash.
     */
    name: string;
    /**
     * The same, where chat programs have commands of their own.
     */
    nativeName?: string;
    /**
     * What to type, each with its slash.
     */
    textAliases?: string[];
    /**
     * What it does.
     */
    description?: string;
    /**
     * `session`, `options` …
     */
    category?: string;
    /**
     * Who made it: `native`.
     */
    source?: string;
    /**
     * Where it works: `text`, `native` or `both`.
     */
    scope?: string;
    /**
     * Whether something may follow the name.
     */
    acceptsArgs?: boolean;
    /**
     * What that is.
     */
    args?: CommandArg[];
}

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


/**
 * A group: the text that the `category` of its sessions holds.
 */
export interface Group {
    /**
     * Its name.
     */
    name: string;
    /**
     * Its place, from 0.
     */
    position: number;
}

/**
 * A part of a message, told apart by `type`.
 */
export type ContentBlock = { type: string; text?: string } & { [field: string]: unknown };

/**
 * A place in a gateway's journal that outlives the connection.
 */
export interface Cursor {
    /**
     * Names one life of the journal; offsets of different epochs cannot be compared.
     */
    epoch: string;
    /**
     * How many entries of that journal lie before or at this place.
     */
    offset: number;
}

/**
 * A run began; what it says follows as `chat` and `session.message` events.
 */
export interface RunStarted {
    /**
     * The run: the idempotency key of the request.
     */
    runId: string;
    /**
     * `started`; `ok` where the key was used before.
     */
    status: string;
}

/**
 * A session as a gateway stores it, and as answers to changes carry it in `entry`.
 *
 * Unlike a row of the list it holds only what was set, nothing derived, and not its own key.
 */
export type SessionEntry = { sessionId?: string; lifecycleRevision?: string; updatedAt?: Millis; createdAt?: Millis; createdVia?: string; sessionStartedAt?: Millis; label?: string; displayName?: string; derivedTitle?: string; lastMessagePreview?: string; messageCount?: number; category?: string; icon?: string; color?: string; pinnedAt?: Millis; archivedAt?: Millis; markedUnreadAt?: Millis; lastReadAt?: Millis; lastInteractionAt?: Millis; goal?: Goal; parentSessionKey?: string; spawnedBy?: string; spawnDepth?: number; visibility?: string; model?: string } & { [option: string]: unknown };

/**
 * A session as lists show it.
 *
 * Gateways send more fields than these; readers ignore what they do not know. Only `key` and `kind` are
 * certain to be there. A flag that is absent is `false`; in live lists gateways with cursors leave it out then.
 */
export interface SessionRow {
    /**
     * The session's lasting name.
     */
    key: string;
    /**
     * What kind of conversation it is.
     */
    kind: SessionKind;
    /**
     * The agent that it belongs to.
     */
    agentId?: string;
    /**
     * Names the transcript.
     */
    sessionId?: string;
    /**
     * Names the generation: another one after each reset. OpenClaw's gateway does not send it in rows.
     */
    lifecycleRevision?: string;
    /**
     * The name that a person gave it, unique among the sessions of its agent.
     */
    label?: string;
    /**
     * What to call it: the label where there is one.
     */
    displayName?: string;
    /**
     * The label, or a title made from its first message.
     */
    derivedTitle?: string;
    /**
     * The beginning of its newest message.
     */
    lastMessagePreview?: string;
    /**
     * The group that it was put in.
     */
    category?: string;
    /**
     * An icon of the user's choice.
     */
    icon?: string;
    /**
     * A colour of the user's choice.
     */
    color?: string;
    /**
     * What it is for.
     */
    goal?: Goal;
    /**
     * Whether it is the main session of its agent.
     */
    isMain?: boolean;
    /**
     * Who may see it.
     */
    visibility?: string;
    /**
     * When it came to be.
     */
    createdAt?: Millis;
    /**
     * How it came to be: `operator`, `spawn`, `channel` …
     */
    createdVia?: string;
    /**
     * When anything about it last changed.
     */
    updatedAt?: number | null;
    /**
     * When a person last wrote to it.
     */
    lastInteractionAt?: Millis;
    /**
     * Put away: hidden from lists that do not ask for it.
     */
    archived?: boolean;
    /**
     * Since when.
     */
    archivedAt?: Millis;
    /**
     * Kept on top of lists.
     */
    pinned?: boolean;
    /**
     * Since when.
     */
    pinnedAt?: Millis;
    /**
     * Holds something not yet read.
     */
    unread?: boolean;
    /**
     * When it was marked as unread by hand.
     */
    markedUnreadAt?: Millis;
    /**
     * When it was last read.
     */
    lastReadAt?: Millis;
    /**
     * Whether an agent is at work in it.
     */
    hasActiveRun?: boolean;
    /**
     * How its last run ended, or that one runs.
     */
    status?: string;
    /**
     * The session that it was made from.
     */
    parentSessionKey?: string;
    /**
     * The session whose agent started it.
     */
    spawnedBy?: string;
    /**
     * How many agents stand between it and a person.
     */
    spawnDepth?: number;
    /**
     * The model chosen for it.
     */
    model?: string;
    /**
     * Who serves that model.
     */
    modelProvider?: string;
    /**
     * How hard the agent is to think.
     */
    thinkingLevel?: string;
    /**
     * How much the agent is to tell of its work.
     */
    verboseLevel?: string;
    /**
     * What replies tell of their cost.
     */
    responseUsage?: string;
    /**
     * Which face of the session is on top: `chat` or `dashboard`.
     */
    boardFace?: string;
    /**
     * What the agent may do without asking.
     */
    permissionMode?: string;
    /**
     * Whether fast mode is on: `true`, `false` or `auto`.
     */
    fastMode?: boolean | "auto";
}

/**
 * A step in a goal's life.
 */
export type GoalAction = "edit" | "pause" | "resume" | "complete" | "block" | "clear";

/**
 * By what a list is ordered: newest first by a time, or by name.
 */
export type SortBy = "updatedAt" | "lastInteractionAt" | "activity" | "createdAt" | "label";

/**
 * How a goal stands.
 */
export type GoalStatus = "active" | "paused" | "blocked" | "usage_limited" | "budget_limited" | "complete" | "unknown";

/**
 * How a run goes.
 */
export type ChatState = "status" | "delta" | "final" | "error" | "aborted" | "unknown";

/**
 * Loads the package's WebAssembly once, and starts to connect. Resolves at once: how the connection goes is in
 * `options.onStatus`, in {@link Client.status} and in {@link Client.ready}. Rejects where the options are wrong.
 */
export function connect(options: ConnectOptions): Promise<Client>;

declare global {
    interface SymbolConstructor {
        // As in the library `esnext.disposable`, for those who compile without it.
        readonly dispose: unique symbol;
    }
}

/** What {@link connect} takes. */
export interface ConnectOptions extends ConnectSettings {
    /**
     * The constructor of sockets, with the interface of browsers. Where absent, the global `WebSocket`;
     * in Node without one, that of the package `ws`.
     */
    WebSocket?: unknown;
    /**
     * Which device connects. Where absent, pages prove one that the package keeps in IndexedDB, for each gateway one,
     * whose private key nobody can read; programs in Node have none. `null` turns it off.
     */
    device?: DeviceIdentity | null;
    /** Told whenever the connection changes, from the first attempt on. */
    onStatus?: (status: ConnectionStatus) => void;
}

/** The part of {@link ConnectOptions} that is plain data. */
export interface ConnectSettings {
    /** Where the gateway listens: `ws://…` or `wss://…`. */
    url: string;
    /** The gateway's token. */
    token?: string;
    /** What the client wants to do; reading, writing and administering where absent. What it got is in the status. */
    scopes?: string[];
    /** How long a request may take, 30,000 where absent. */
    requestTimeoutMs?: number;
    /** Which program this is. */
    client?: ClientSettings;
}

/** How a client introduces itself. Gateways take the ids and modes of protocol 4 only. */
export interface ClientSettings {
    /** `webchat` in browsers, `gateway-client` in Node where absent. */
    id?: string;
    /** `webchat` in browsers, `backend` in Node where absent. */
    mode?: string;
    /** What to call it. */
    displayName?: string;
    /** The program's version; the package's where absent. */
    version?: string;
}

/**
 * A device identity: an Ed25519 key that proves to a gateway which device connects. Gateways that need none never see
 * it, and then nothing of it is called. What a method throws, or rejects with, is told where the gateway insists on a
 * device.
 */
export interface DeviceIdentity {
    /** Which device this is, with the token that was kept last. */
    load(): Device | Promise<Device>;
    /** Signs a text: the signature as base64url. */
    sign(statement: string): string | Promise<string>;
    /** Keeps the token that the gateway issued, in place of the one before. */
    keep(token: string): void | Promise<void>;
    /** Forgets this token, which the gateway refused; another that was kept meanwhile stays. */
    forget(token: string): void | Promise<void>;
}

/** A device, as gateways know it. */
export interface Device {
    /** SHA-256 of the raw public key, in hexadecimal. */
    id: string;
    /** The raw Ed25519 public key, base64url. */
    publicKey: string;
    /** What {@link DeviceIdentity.keep} got last, for this gateway. */
    token?: string | null;
}


/**
 * Messages of a transcript, oldest first.
 */
export interface Transcript {
    /**
     * The session.
     */
    sessionKey: string;
    /**
     * Names the transcript; absent where there is no such session.
     */
    sessionId?: string;
    /**
     * The messages.
     */
    messages: TranscriptMessage[];
    /**
     * Messages that wait for the agent to take them in.
     */
    pendingInputs?: PendingInputs;
    /**
     * How hard the agent is to think.
     */
    thinkingLevel?: string;
    /**
     * How much the agent is to tell of its work.
     */
    verboseLevel?: string;
    /**
     * Where older ones follow.
     */
    nextOffset?: number;
    /**
     * Whether there are older ones.
     */
    hasMore?: boolean;
    /**
     * How many messages the transcript has.
     */
    totalMessages?: number;
    /**
     * What holds where the session sets nothing.
     */
    defaults?: ListDefaults;
    /**
     * The session's row; with the key only where there is no such session.
     */
    sessionInfo?: SessionRow;
}

/**
 * Messages that wait for an agent; a gateway that runs none has none.
 */
export interface PendingInputs {
    /**
     * The messages.
     */
    items: unknown[];
    /**
     * How many there are.
     */
    total: number;
}

/**
 * Milliseconds since the Unix epoch, as every time on the wire.
 */
export type Millis = number;

/**
 * One message of a transcript.
 */
export interface TranscriptMessage {
    /**
     * `user`, `assistant`, `system` or `toolResult`; an open set.
     */
    role: string;
    /**
     * Plain text, or blocks.
     */
    content: string | ContentBlock[];
    /**
     * When it was written.
     */
    timestamp?: Millis;
    /**
     * Why the agent stopped, on its messages.
     */
    stopReason?: string;
    /**
     * The key under which the message was sent.
     */
    idempotencyKey?: string;
    /**
     * The gateway's own marks: `id` and `seq` of the message in its transcript.
     */
    __openclaw?: MessageMarks;
}

/**
 * One page of the list.
 */
export interface SessionsListed {
    /**
     * When it was made.
     */
    ts: Millis;
    /**
     * Where the sessions are stored.
     */
    path?: string;
    /**
     * How many rows follow.
     */
    count: number;
    /**
     * How many there are without a limit.
     */
    totalCount?: number;
    /**
     * The limit that was used.
     */
    limitApplied?: number;
    /**
     * The offset that was asked for.
     */
    offset?: number;
    /**
     * The offset of the next page, `null` after the last one.
     */
    nextOffset?: number | null;
    /**
     * Whether there is a next page.
     */
    hasMore?: boolean;
    /**
     * People who own sessions; this gateway knows none.
     */
    owners?: unknown[];
    /**
     * What holds for sessions that say nothing else.
     */
    defaults?: ListDefaults;
    /**
     * The rows.
     */
    sessions: SessionRow[];
}

/**
 * One thing that an argument can be.
 */
export interface CommandChoice {
    /**
     * What to type.
     */
    value: string;
    /**
     * What to show.
     */
    label: string;
}

/**
 * One thing that may follow the name of a chat command.
 */
export interface CommandArg {
    /**
     * What to call it.
     */
    name: string;
    /**
     * What it means.
     */
    description?: string;
    /**
     * `string`.
     */
    type?: string;
    /**
     * All that it can be, where that is known.
     */
    choices?: CommandChoice[];
}

/**
 * Payload of `chat`: how a run goes.
 */
export interface ChatEvent {
    /**
     * The run.
     */
    runId: string;
    /**
     * Its session.
     */
    sessionKey: string;
    /**
     * The session's agent.
     */
    agentId?: string;
    /**
     * Counts the events of the run.
     */
    seq?: number;
    /**
     * What happened.
     */
    state: ChatState;
    /**
     * The message so far, or the final one; a run may end without any.
     */
    message?: TranscriptMessage;
    /**
     * What was added to the text.
     */
    deltaText?: string;
    /**
     * What went wrong.
     */
    errorMessage?: string;
}

/**
 * Payload of `session.message`. Plain protocol 4 sends the session's row beside it, as in `sessions.changed`.
 */
export interface SessionMessage {
    /**
     * The session.
     */
    sessionKey: string;
    /**
     * Its agent.
     */
    agentId?: string;
    /**
     * What was added.
     */
    message: TranscriptMessage;
    /**
     * The message's id.
     */
    messageId?: string;
    /**
     * Its place in the transcript, from 1.
     */
    messageSeq?: number;
    /**
     * The run that wrote it.
     */
    runId?: string;
}

/**
 * Result of `commands.list`.
 */
export interface Commands {
    /**
     * The chat commands, in the order of help texts.
     */
    commands: CommandInfo[];
}

/**
 * That an operation on a goal was carried out, and with what outcome.
 */
export interface GoalReceipt {
    /**
     * The caller's id.
     */
    operationId: string;
    /**
     * What was done.
     */
    action: GoalAction;
    /**
     * The session's transcript.
     */
    sessionId: string;
    /**
     * The goal.
     */
    goalId: string;
    /**
     * The goal after it; absent after a clear.
     */
    goal?: Goal;
    /**
     * `updated`, `cleared`, or `started` where a run of the agent followed.
     */
    status: string;
    /**
     * The operation had been carried out before, and was not again.
     */
    replayed?: boolean;
}

/**
 * The groups in their order.
 */
export interface Groups {
    /**
     * The groups.
     */
    groups: Group[];
    /**
     * The order of the sections around them, as the client put it.
     */
    sectionOrder?: string[];
}

/**
 * The lasting name of a session: `agent:<agent id>:<rest>`, or one of the sentinels `global` and `unknown`.
 *
 * Two keys are the same session exactly when they are equal; a gateway makes them canonical, and nobody
 * else has to. Cloning shares the text.
 */
export type SessionKey = string;

/**
 * The row, or `null` where there is no such session.
 */
export interface SessionsDescribed {
    /**
     * The row.
     */
    session: SessionRow | null;
}

/**
 * The session as changed.
 */
export interface SessionsPatched {
    /**
     * Always `true`.
     */
    ok: boolean;
    /**
     * Where the session is stored.
     */
    path?: string;
    /**
     * Its canonical key.
     */
    key: string;
    /**
     * As stored.
     */
    entry: SessionEntry;
    /**
     * What its options come to.
     */
    resolved?: Resolved;
}

/**
 * The session stands.
 */
export interface SessionsCreated {
    /**
     * Always `true`.
     */
    ok: boolean;
    /**
     * Its canonical key.
     */
    key: string;
    /**
     * Names its transcript; absent where a session was adopted.
     */
    sessionId?: string;
    /**
     * As stored.
     */
    entry: SessionEntry;
    /**
     * Whether a first message was sent.
     */
    runStarted?: boolean;
    /**
     * The run of the first message.
     */
    runId?: string;
    /**
     * What its options come to.
     */
    resolved?: Resolved;
}

/**
 * What a connection may do. An open set: unknown scopes are kept and match themselves only.
 */
export type Scope = string;

/**
 * What a person has to do with a session.
 */
export interface ProfileRelation {
    /**
     * The person.
     */
    profileId: string;
    /**
     * `owned`, `created` or `involving`.
     */
    relationship: string;
}

/**
 * What a session is to reach. A session has at most one goal; a reset clears it.
 */
export interface Goal {
    /**
     * The shape of this object, 1.
     */
    schemaVersion: number;
    /**
     * Tells this goal from the session's earlier ones.
     */
    id: string;
    /**
     * In the user's words, at most 16,000 characters.
     */
    objective: string;
    /**
     * How it stands.
     */
    status: GoalStatus;
    /**
     * When it was set.
     */
    createdAt: Millis;
    /**
     * When it last changed.
     */
    updatedAt: Millis;
    /**
     * The session's token count when the goal was set.
     */
    tokenStart: number;
    /**
     * Whether that count was known then.
     */
    tokenStartFresh?: boolean;
    /**
     * Tokens spent on it since.
     */
    tokensUsed: number;
    /**
     * Turns that the agent took on its own.
     */
    continuationTurns: number;
    /**
     * The note given with the last change of status.
     */
    lastStatusNote?: string;
    /**
     * When it was last paused.
     */
    pausedAt?: Millis;
    /**
     * When it was last blocked.
     */
    blockedAt?: Millis;
    /**
     * When it was reached.
     */
    completedAt?: Millis;
}

/**
 * What became of it.
 */
export interface SessionsDeleted {
    /**
     * Always `true`.
     */
    ok: boolean;
    /**
     * The canonical key.
     */
    key: string;
    /**
     * Whether there was a session to delete.
     */
    deleted: boolean;
    /**
     * Files that the transcript was moved to; this gateway moves none.
     */
    archived?: string[];
}

/**
 * What holds for sessions that say nothing else; `null` where the gateway runs no model.
 */
export interface ListDefaults {
    /**
     * Who serves the model.
     */
    modelProvider?: string | null;
    /**
     * The model.
     */
    model?: string | null;
    /**
     * How many tokens fit into its context.
     */
    contextTokens?: number | null;
}

/**
 * What kind of conversation a session is.
 */
export type SessionKind = "direct" | "group" | "global" | "unknown";

/**
 * What the options of a session come to; a gateway that runs no model has only what was chosen.
 */
export interface Resolved {
    /**
     * Who serves the model.
     */
    modelProvider?: string;
    /**
     * The model.
     */
    model?: string;
}

/**
 * What to change: absent fields stay, `null` clears.
 */
export type SessionPatch = { label?: string | null; category?: string | null; icon?: string | null; color?: string | null; pinned?: boolean; archived?: boolean; unread?: boolean; model?: string | null } & { [option: string]: unknown };

/**
 * What to do with the goal.
 */
export interface GoalUpdateParams {
    /**
     * The session.
     */
    sessionKey: string;
    /**
     * The goal that the caller has seen; another one in its place refuses the change.
     */
    goalId: string;
    /**
     * Chosen by the caller, at most 128 characters: a repeated operation answers with the first receipt.
     */
    operationId: string;
    /**
     * When the caller asked.
     */
    issuedAtMs: Millis;
    /**
     * What to do.
     */
    action: GoalAction;
    /**
     * The new objective, for the action `edit`.
     */
    objective?: string;
    /**
     * A note for the other actions, at most 2,000 characters.
     */
    note?: string;
    /**
     * The transcript that the caller has seen; another one in its place refuses the change.
     */
    sessionId?: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
}

/**
 * What to make.
 */
export interface SessionsCreateParams {
    /**
     * The key; `agent:<agent>:dashboard:<uuid>` where absent.
     */
    key?: string;
    /**
     * The agent; the default one where absent.
     */
    agentId?: string;
    /**
     * A name of its own, at most 512 characters.
     */
    label?: string;
    /**
     * A title that need not be unique.
     */
    displayName?: string;
    /**
     * The group to put it in.
     */
    category?: string;
    /**
     * The model.
     */
    model?: string;
    /**
     * How hard the agent is to think.
     */
    thinkingLevel?: string;
    /**
     * Whether fast mode is on.
     */
    fastMode?: boolean | "auto";
    /**
     * What the agent may do without asking; `full` needs `operator.admin`.
     */
    permissionMode?: string;
    /**
     * The session that it is made from.
     */
    parentSessionKey?: string;
    /**
     * How many agents stand between it and a person.
     */
    spawnDepth?: number;
    /**
     * Who may see it.
     */
    visibility?: string;
    /**
     * Its first message.
     */
    message?: string;
    /**
     * The same, by its older name.
     */
    task?: string;
    /**
     * Names the run of the first message.
     */
    idempotencyKey?: string;
}

/**
 * What to send.
 */
export interface SessionsSendParams {
    /**
     * The session.
     */
    key?: string;
    /**
     * The text; with a leading slash a chat command.
     */
    message?: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
    /**
     * Names the run; a repeated key sends nothing twice.
     */
    idempotencyKey?: string;
    /**
     * Files for the agent.
     */
    attachments?: unknown[];
}

/**
 * Where a message stands in its transcript.
 */
export interface MessageMarks {
    /**
     * The message's id.
     */
    id?: string;
    /**
     * Its place, from 1.
     */
    seq?: number;
}

/**
 * Which gateway answers.
 */
export interface ServerInfo {
    /**
     * Its version.
     */
    version?: string;
    /**
     * Names this connection.
     */
    connId?: string;
    /**
     * Names this run of the gateway.
     */
    bootId?: string;
    /**
     * Where its web UI comes from: `bundled` with it, or `configured`; clients reload a bundled one of another version.
     */
    controlUiBuildSource?: string;
}

/**
 * Which goal to take away.
 */
export interface GoalClearParams {
    /**
     * The session.
     */
    sessionKey: string;
    /**
     * The goal that the caller has seen.
     */
    goalId: string;
    /**
     * As in `sessions.goal.update`.
     */
    operationId: string;
    /**
     * When the caller asked.
     */
    issuedAtMs: Millis;
    /**
     * As in `sessions.goal.update`.
     */
    sessionId?: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
}

/**
 * Which messages.
 */
export interface ChatHistoryParams {
    /**
     * The session.
     */
    sessionKey: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
    /**
     * At most so many, 200 where absent.
     */
    limit?: number;
    /**
     * Leaves out so many of the newest ones.
     */
    offset?: number;
    /**
     * Leaves out the oldest ones that do not fit into so many bytes.
     */
    maxBytes?: number;
}

/**
 * Which session, what to change, and what must hold for it.
 */
export interface SessionsPatchParams extends SessionPatch {
    /**
     * The session.
     */
    key?: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
    /**
     * Refuses the change if another transcript has taken this one's place; needed with `archived`.
     */
    expectedSessionId?: string;
    /**
     * Refuses the change if another generation has taken this one's place.
     */
    expectedLifecycleRevision?: string;
    /**
     * Refuses the change if the unread mark is another one.
     */
    expectedMarkedUnreadAt?: number | null;
}

/**
 * Which session.
 */
export interface SessionsResetParams {
    /**
     * The session.
     */
    key?: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
    /**
     * `reset` or `new`; `reset` where absent.
     */
    reason?: "reset" | "new";
    /**
     * Refuses the reset if another transcript has taken this one's place.
     */
    expectedSessionId?: string;
}

/**
 * Which session. Needs `operator.admin`, or `operator.write` with `archived_only`.
 */
export interface SessionsDeleteParams {
    /**
     * The session.
     */
    key?: string;
    /**
     * The agent, for keys that do not name one.
     */
    agentId?: string;
    /**
     * Whether the transcript goes too; `true` where absent.
     */
    deleteTranscript?: boolean;
    /**
     * Refuses if another transcript has taken this one's place.
     */
    expectedSessionId?: string;
    /**
     * Refuses if another generation has taken this one's place.
     */
    expectedLifecycleRevision?: string;
    /**
     * Refuses if the session has changed since.
     */
    expectedSessionUpdatedAt?: Millis;
    /**
     * Refuses unless the session is archived.
     */
    archivedOnly?: boolean;
}

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


/**
 * Which sessions, in which order.
 */
export interface SessionsListParams {
    /**
     * At most so many, 100 where absent.
     */
    limit?: number;
    /**
     * Leaves out so many first.
     */
    offset?: number;
    /**
     * Text that the key, a name, the group, the model, the state or the goal of the session contains, in any case.
     */
    search?: string;
    /**
     * Exactly this label.
     */
    label?: string;
    /**
     * Of this agent; with `includeGlobal` also the sentinel `global`.
     */
    agentId?: string;
    /**
     * Started by the agent of this session, or made from it, as long as that is of interest: a list that is asked for
     * shows them half an hour after their run has ended, or an hour after they last changed. A live list keeps them.
     */
    spawnedBy?: string;
    /**
     * Changed within so many minutes.
     */
    activeMinutes?: number;
    /**
     * With a run in progress.
     */
    activeOnly?: boolean;
    /**
     * Archived ones: not, only, or too.
     */
    archived?: boolean | "all";
    /**
     * Also the sentinel `global`.
     */
    includeGlobal?: boolean;
    /**
     * Also the sentinel `unknown`.
     */
    includeUnknown?: boolean;
    /**
     * Without those started by agents, unless they stand in a group or are dashboards.
     */
    excludeSubagents?: boolean;
    /**
     * Without those of timed jobs. The sessions of single runs of such jobs are never listed.
     */
    excludeCron?: boolean;
    /**
     * With `derivedTitle` in the rows.
     */
    includeDerivedTitles?: boolean;
    /**
     * With `lastMessagePreview` in the rows.
     */
    includeLastMessage?: boolean;
    /**
     * The order; what is pinned stands first by `updatedAt`, `createdAt` and `label`.
     */
    sortBy?: SortBy;
    /**
     * Only those that a person wrote to.
     */
    requireLastInteraction?: boolean;
    /**
     * In this group; empty: in none.
     */
    group?: string;
    /**
     * Pinned or not.
     */
    pinned?: boolean;
    /**
     * With this face on top.
     */
    boardFace?: string;
    /**
     * Without those that programs made for themselves.
     */
    excludeSystem?: boolean;
    /**
     * Only those of agents that the gateway is configured with.
     */
    configuredAgentsOnly?: boolean;
    /**
     * Of this project.
     */
    projectId?: string;
    /**
     * At work in this folder.
     */
    workspaceDir?: string;
    /**
     * With a board or without.
     */
    hasBoard?: boolean;
    /**
     * Made by this person.
     */
    creatorId?: string;
    /**
     * Owned by this person.
     */
    ownerId?: string;
    /**
     * That involve whoever asks.
     */
    involvingMe?: boolean;
    /**
     * That involve this person.
     */
    involvingProfileId?: string;
    /**
     * With which a person has to do in this way.
     */
    profileRelation?: ProfileRelation;
    /**
     * With those of whoever asks before all others.
     */
    ownerFirst?: boolean;
    /**
     * With `activitySummary` in the rows.
     */
    includeActivitySummary?: boolean;
    /**
     * With `people` beside the rows.
     */
    includePeople?: boolean;
}

/**
 * Why a generation of a session was evicted.
 */
export type EvictionReason = "reset" | "new" | "deleted" | "expired" | "unknown";

/**
 * Why a request failed, or a connection ended. Rejected promises have no static type:
 * {@link isSessionwireError} tells this error from others.
 */
export interface SessionwireError extends Error, ErrorFields {
    name: "SessionwireError";
}

/** Whether a value is an error of this package. */
export function isSessionwireError(value: unknown): value is SessionwireError;

/** The codes of protocol 4, and any other: plugins of OpenClaw's gateway have their own. */
export type ErrorCode =
    | "INVALID_REQUEST"
    | "FORBIDDEN"
    | "NOT_PAIRED"
    | "APPROVAL_NOT_FOUND"
    | "UNAVAILABLE"
    | (string & {});

/** The code of a {@link SessionwireError}: one of the gateway's, or one of the client's own. */
export type SessionwireErrorCode = ErrorCode | ClientErrorCode;

/** Why there was no answer. */
export type ClientErrorCode = "INTERRUPTED" | "TIMED_OUT" | "NOT_CONNECTED" | "LOST" | "REVOKED" | "NO_DEVICE" | "UNREADABLE" | "UNSUPPORTED" | "CLOSED";

/** What a {@link SessionwireError} tells beside its message. */
export interface ErrorFields {
    /** For programs. */
    code: SessionwireErrorCode;
    /** What is particular to the code; `details.code` and `details.reason` tell refusals apart further. */
    details?: Record<string, unknown>;
    /** What people can do about it, in the gateway's words. */
    hint?: string;
    /** Whether the same request may succeed later. */
    retryable: boolean;
    /** How long to wait before that. */
    retryAfterMs?: number;
}


/**
 * Why a request was refused, as sent in a response with `ok: false`.
 */
export interface ErrorBody {
    /**
     * For programs; told apart further by `details.code` or `details.reason`.
     */
    code: ErrorCode;
    /**
     * For people.
     */
    message: string;
    /**
     * What is particular to the code.
     */
    details?: Record<string, unknown>;
    /**
     * The same request may succeed later.
     */
    retryable?: boolean;
    /**
     * How long to wait before that, in milliseconds.
     */
    retryAfterMs?: number;
}

/**
 * Why a row of the list changed. An open set: any text is a reason, the constants are those in use here.
 */
export type ChangeReason = string;

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


