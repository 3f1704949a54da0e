import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Client,
  EvictedEvent,
  LiveListParams,
  MessageEvent,
  SessionCallbacks,
  SessionRow,
  TranscriptMessage,
} from "sessionwire";
import { Conversation } from "../src/state/conversation";
import { row } from "./row";

const KEY = "agent:main:one";

/** A gateway with one session, whose answers the test gives. */
class Gateway {
  listening = true;
  readonly histories: ((messages: TranscriptMessage[]) => void)[] = [];
  readonly sent: { message: string; idempotencyKey?: string; refuse: (error: Error) => void }[] = [];
  tell: (event: MessageEvent) => void = () => assert.fail("nobody listens");

  tellRow: (row: SessionRow) => void = () => assert.fail("nobody follows the row");

  readonly client = {
    subscribeSessions: (callbacks: SessionCallbacks, params: LiveListParams) => {
      assert.equal(params.search, KEY);
      this.tellRow = (session) => callbacks.onChanged?.({ type: "changed", reason: null, session, ts: null });
      return { unsubscribe: () => (this.tellRow = () => assert.fail("it was unsubscribed")) };
    },
    subscribeMessages: (_key: string, listener: (event: MessageEvent) => void) => {
      this.tell = listener;
      return { unsubscribe: () => (this.listening = false) };
    },
    chatHistory: () =>
      new Promise((resolve) => this.histories.push((messages) => resolve({ sessionKey: KEY, messages, hasMore: false }))),
    sendMessage: (params: { message: string; idempotencyKey?: string }) =>
      new Promise((_, refuse) => this.sent.push({ ...params, refuse })),
  } as unknown as Client;

  async answerHistory(messages: TranscriptMessage[]): Promise<void> {
    this.histories.shift()?.(messages);
    await settled();
  }

  say(role: string, text: string, seq: number, idempotencyKey?: string): void {
    const message = said(role, text, seq, idempotencyKey);
    this.tell({ type: "message", sessionKey: KEY, messageId: `m${seq}`, messageSeq: seq, message } as MessageEvent);
  }

  chat(state: string, rest = {}): void {
    this.tell({ type: "chat", runId: "r", sessionKey: KEY, state, ...rest } as MessageEvent);
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const said = (role: string, content: string, seq: number, idempotencyKey?: string) =>
  ({ role, content, timestamp: seq, idempotencyKey, __openclaw: { id: `m${seq}`, seq } }) as TranscriptMessage;
const eviction = (reason: EvictedEvent["reason"]) =>
  ({ type: "evicted", key: KEY, agentId: "main", sessionId: "s", lifecycleRevision: "l1", reason, inferred: false, ts: 1 }) as EvictedEvent;
const texts = (conversation: Conversation) => conversation.entries.value.map(({ text }) => text);

async function opened(history: TranscriptMessage[] = []): Promise<[Conversation, Gateway]> {
  const gateway = new Gateway();
  const conversation = new Conversation(gateway.client, KEY, undefined, false);
  await gateway.answerHistory(history);
  return [conversation, gateway];
}

test("messages heard before the history arrive once and in order", async () => {
  const gateway = new Gateway();
  const conversation = new Conversation(gateway.client, KEY, undefined, false);
  gateway.say("assistant", "three", 3);
  await gateway.answerHistory([said("user", "one", 1), said("assistant", "two", 2), said("assistant", "three", 3)]);
  assert.deepEqual(texts(conversation), ["one", "two", "three"]);
  assert.equal(conversation.loading.value.state, "ready");
});

test("a sent message is shown until the gateway tells of it", async () => {
  const [conversation, gateway] = await opened();
  void conversation.send("hello");
  assert.deepEqual(conversation.outgoing.value.map(({ text }) => text), ["hello"]);
  gateway.say("user", "from another tab", 1, "other:user");
  assert.equal(conversation.outgoing.value.length, 1);
  gateway.say("user", "hello", 2, `${gateway.sent[0]?.idempotencyKey}:user`);
  assert.deepEqual(conversation.outgoing.value, []);
  assert.deepEqual(texts(conversation), ["from another tab", "hello"]);
});

test("a message that was not sent says why, and is sent again under its own id", async () => {
  const [conversation, gateway] = await opened();
  void conversation.send("hello");
  gateway.sent[0]?.refuse(new Error("not connected"));
  await settled();
  const [failed] = conversation.outgoing.value;
  assert.equal(failed?.failure, "not connected");
  void conversation.send(failed!.text, failed!.id);
  assert.equal(conversation.outgoing.value[0]?.failure, null);
  assert.equal(gateway.sent[1]?.idempotencyKey, gateway.sent[0]?.idempotencyKey);
});

test("an answer grows, and its message takes its place", async () => {
  const [conversation, gateway] = await opened();
  gateway.chat("status");
  assert.equal(conversation.run.value?.text, "");
  gateway.chat("delta", { deltaText: "Hel" });
  gateway.chat("delta", { deltaText: "lo" });
  gateway.chat("final");
  assert.equal(conversation.run.value?.text, "Hello");
  gateway.say("assistant", "Hello", 1);
  assert.equal(conversation.run.value, null);
  assert.deepEqual(texts(conversation), ["Hello"]);
});

test("a reset empties the conversation and goes on listening", async () => {
  const [conversation, gateway] = await opened([said("user", "old", 1)]);
  void conversation.load();
  conversation.evict(eviction("reset"));
  conversation.evict(eviction("reset"));
  assert.deepEqual(texts(conversation), []);
  await gateway.answerHistory([said("user", "old", 1)]);
  assert.deepEqual(texts(conversation), [], "an answer about the old generation is dropped");
  await gateway.answerHistory([]);
  assert.equal(gateway.histories.length, 0, "told twice, read once");
  gateway.say("user", "new", 1);
  assert.deepEqual(texts(conversation), ["new"]);
  assert.equal(conversation.restarted.value?.reason, "reset");
  assert.ok(gateway.listening);
});

test("its row follows, and no other of the same words", async () => {
  const [conversation, gateway] = await opened();
  assert.equal(conversation.name, "one");
  gateway.tellRow(row(KEY, { label: "Tea" }));
  gateway.tellRow(row(`${KEY}-and-more`, { label: "Coffee" }));
  assert.equal(conversation.name, "Tea");
  assert.equal(conversation.row.value?.key, KEY);
});

test("a deletion ends it", async () => {
  const [conversation, gateway] = await opened([said("user", "old", 1)]);
  gateway.tell(eviction("deleted"));
  assert.equal(conversation.ended.value?.reason, "deleted");
  assert.deepEqual(texts(conversation), []);
  assert.ok(!gateway.listening);
});

test("a message whose answer got lost is sent where the history shows it", async () => {
  const [conversation, gateway] = await opened();
  void conversation.send("hello");
  void conversation.send("and");
  gateway.sent[0]!.refuse(new Error("the connection was lost"));
  gateway.sent[1]!.refuse(new Error("the connection was lost"));
  await settled();
  void conversation.load();
  await gateway.answerHistory([said("user", "hello", 1, `${gateway.sent[0]!.idempotencyKey}:user`)]);
  assert.deepEqual(conversation.outgoing.value.map(({ text }) => text), ["and"]);
  assert.deepEqual(texts(conversation), ["hello"]);
});

test("a run tells what it has said so far, also to who comes later", async () => {
  const [conversation, gateway] = await opened();
  gateway.chat("delta", { deltaText: " world", message: { role: "assistant", content: "Hello world" } });
  assert.equal(conversation.run.value?.text, "Hello world");
  gateway.chat("delta", { deltaText: "!" });
  assert.equal(conversation.run.value?.text, "Hello world!");
});

test("a run of which the end was missed is not shown for ever", async () => {
  const [conversation, gateway] = await opened();
  gateway.chat("delta", { deltaText: "Hel" });
  void conversation.load();
  await gateway.answerHistory([said("assistant", "Hello", 1)]);
  assert.equal(conversation.run.value, null);
});
