// Compiled, never run: what the declarations promise to whoever writes TypeScript.

import {
  type ChangedEvent,
  type ConnectionStatus,
  type DeviceIdentity,
  type EvictionReason,
  type LiveListParams,
  type MessageEvent,
  type SessionEvent,
  type SessionRow,
  type SessionsListed,
  type SessionwireErrorCode,
  Client,
  MessageSubscription,
  SessionSubscription,
  connect,
  isSessionwireError,
} from "sessionwire";
import { type DeviceFile, deviceFile } from "sessionwire/device-file";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

const client: Client = await connect({
  url: "ws://127.0.0.1:18789",
  token: "secret",
  scopes: ["operator.read"],
  requestTimeoutMs: 5000,
  WebSocket: class {},
  client: { id: "webchat", mode: "webchat", displayName: "Picker", version: "1" },
  onStatus: (status) => same<typeof status, ConnectionStatus>(true),
});
await connect({ url: "ws://127.0.0.1:18789" });
const device: DeviceFile = deviceFile("gateway.device");
await connect({ url: "ws://127.0.0.1:18789", device });
same<ReturnType<typeof device.sign>, string>(true);
// @ts-expect-error: the URL is needed
await connect({ token: "secret" });
// @ts-expect-error: the status is the package's to say
client.status = { state: "connecting", attempt: 1 };
// @ts-expect-error: clients are made by connect()
new Client();

function describeStatus(status: ConnectionStatus): string {
  switch (status.state) {
    case "connecting":
      return `attempt ${status.attempt}`;
    case "connected":
      return `${status.server.version.trim()} ${status.server.connId.trim()} ${status.scopes.join()} ${status.capabilities.join()}`;
    case "disconnected": {
      same<typeof status.retryInMs, number | null>(true);
      return status.error?.code ?? "never connected";
    }
    default:
      return status satisfies never;
  }
}
describeStatus(await client.ready());

const subscription: SessionSubscription = client.subscribeSessions({
  onSnapshot: ({ type, sessions }) => {
    same<typeof type, "snapshot">(true);
    same<typeof sessions, SessionRow[]>(true);
  },
  onChanged: ({ reason, session, ts }: ChangedEvent) => {
    same<typeof reason, string | null>(true);
    same<typeof session, SessionRow>(true);
    same<typeof ts, number | null>(true);
  },
  onLeft: ({ key }) => key.trim(),
  onEvicted: (event) => {
    same<typeof event.reason, EvictionReason>(true);
    same<EvictionReason, "reset" | "new" | "deleted" | "expired" | "unknown">(true);
    same<typeof event.agentId, string | null>(true);
    same<typeof event.sessionId, string | null>(true);
    same<typeof event.inferred, boolean>(true);
    same<typeof event.ts, number | null>(true);
    const revisions: (string | undefined)[] = [event.lifecycleRevision, event.nextLifecycleRevision];
    return [event.key.trim(), revisions];
  },
  onStatus: describeStatus,
  onError: (error) => error.code satisfies SessionwireErrorCode,
});
client.subscribeSessions();
client.subscribeSessions({});
const window: LiveListParams = { limit: 100, search: "tea", agentId: "main", archived: "all", sortBy: "createdAt" };
const latest: SessionSubscription = client.subscribeSessions({}, window);
same<typeof latest.hasMore, boolean>(true);
latest.loadMore();
latest.loadMore(50);
// @ts-expect-error: a live list begins at its top
client.subscribeSessions({}, { offset: 5 });
// @ts-expect-error: sessions would leave it without having changed
client.subscribeSessions({}, { activeMinutes: 5 });
// @ts-expect-error: no such order
client.subscribeSessions({}, { sortBy: "colour" });
// @ts-expect-error: whether there is more is the package's to say
latest.hasMore = true;
// @ts-expect-error: no such callback
client.subscribeSessions({ onChange: () => {} });

function describeEvent(event: SessionEvent): string {
  switch (event.type) {
    case "snapshot":
      return `${event.sessions.length} sessions`;
    case "changed":
      return event.session.label ?? event.session.key;
    case "left":
      return event.key;
    case "evicted":
      return `${event.key}: ${event.reason}`;
    default:
      return event satisfies never;
  }
}
for await (const event of subscription) {
  same<typeof event, SessionEvent>(true);
  describeEvent(event);
}
const iterable: AsyncIterable<SessionEvent> = subscription;
const iterator: AsyncIterableIterator<SessionEvent> = subscription[Symbol.asyncIterator]();
const disposable: Disposable = subscription;
void [iterable, iterator, disposable];

const row = subscription.sessions()[0];
if (row) {
  const known: [string, string] = [row.key, row.kind];
  const updatedAt: number | null | undefined = row.updatedAt;
  const pinned: boolean | undefined = row.pinned;
  same<typeof row.pending, true | undefined>(true);
  const objective: string | undefined = row.goal?.objective;
  const fastMode: boolean | "auto" | undefined = row.fastMode;
  void [known, updatedAt, pinned, objective, fastMode];
  // @ts-expect-error: rows have no such field
  row.name;
}

const messages: MessageSubscription = client.subscribeMessages(
  "agent:main:main",
  (event: MessageEvent) => {
    switch (event.type) {
      case "message":
        return [event.sessionKey, event.messageId, event.messageSeq, event.message.role];
      case "chat":
        return [event.sessionKey, event.runId, event.state, event.deltaText];
      case "evicted":
        return event.reason;
      default:
        return event satisfies never;
    }
  },
  (error) => console(error.message),
);
client.subscribeMessages("agent:main:main", () => {});
messages.unsubscribe();

const listed: SessionsListed = await client.listSessions({ limit: 10, archived: "all", sortBy: "activity" });
same<typeof listed.nextOffset, number | null | undefined>(true);
same<Awaited<ReturnType<typeof client.describeSession>>, SessionRow | null>(true);
const created = await client.createSession({ label: "Tea" });
await client.patchSession({ key: created.key, label: null, pinned: true, thinkingLevel: "high" });
// @ts-expect-error: the key is needed
await client.patchSession({ label: "Tea" });
await client.renameSession(created.key, "Tea");
await client.renameSession(created.key, null);
// @ts-expect-error: `null` takes a name away
await client.renameSession(created.key);
await client.pinSession(created.key, true);
await client.archiveSession(created.key, true);
await client.resetSession({ key: created.key, reason: "new" });
// @ts-expect-error: no such reason
await client.resetSession({ key: created.key, reason: "boredom" });
const deleted: boolean = (await client.deleteSession({ key: created.key, archivedOnly: true })).deleted;
// @ts-expect-error: the key is needed
await client.deleteSession({ archivedOnly: true });
const goal = { key: created.key, message: "/goal drink tea", idempotencyKey: "1" };
const runId: string = (await client.sendMessage(goal)).runId;
const first = (await client.chatHistory({ sessionKey: created.key, limit: 5 })).messages[0];
const names: string[] = (await client.listCommands()).commands.map((command) => command.name);
same<Awaited<ReturnType<typeof client.request>>, unknown>(true);
await client.request("sessions.resolve", { label: "Tea" });
void [deleted, runId, first?.content, names];

try {
  await client.request("nonsense");
} catch (error) {
  same<typeof error, unknown>(true);
  if (isSessionwireError(error)) {
    const parts: [Error, string, boolean, number | undefined] = [error, error.message, error.retryable, error.retryAfterMs];
    void [parts, error.details?.["code"], error.hint satisfies string | undefined];
    switch (error.code) {
      case "INVALID_REQUEST":
      case "FORBIDDEN":
      case "NOT_PAIRED":
      case "APPROVAL_NOT_FOUND":
      case "UNAVAILABLE":
      case "INTERRUPTED":
      case "TIMED_OUT":
      case "NOT_CONNECTED":
      case "LOST":
      case "REVOKED":
      case "NO_DEVICE":
      case "UNREADABLE":
      case "UNSUPPORTED":
      case "CLOSED":
        break;
      default:
        // A plugin's own.
        error.code satisfies string;
    }
  }
}

client.reconnect();
client.close();
subscription.unsubscribe();
{
  const identity: DeviceIdentity = {
    load: () => ({ id: "", publicKey: "" }),
    sign: async (statement: string) => statement,
    keep: (_token: string) => {},
    forget: (_token: string) => {},
  };
  await connect({ url: "ws://127.0.0.1:18789", device: identity });
  await connect({ url: "ws://127.0.0.1:18789", device: null });
  using scoped = await connect({ url: "ws://127.0.0.1:18789" });
  using _ = scoped.subscribeSessions();
}

declare function console(text: string): void;
