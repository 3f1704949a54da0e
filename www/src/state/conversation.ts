import { batch, type Signal, signal } from "@preact/signals";
import type {
  Client,
  EvictedEvent,
  MessageEvent,
  MessageSubscription,
  SessionRow,
  SessionSubscription,
} from "sessionwire";
import { randomId } from "../random";
import { goesOn, shortKey, titleOf } from "../text";
import { type Entry, textOf, Transcript } from "./transcript";

/** A message on its way to the gateway. */
export interface Outgoing {
  id: string;
  text: string;
  /** Why it was not sent, if it was not. */
  failure: string | null;
}

/** What an agent is doing for a message. */
export interface Run {
  id: string;
  text: string;
}

/** How far the transcript is. */
export type Loading = { state: "loading" } | { state: "ready" } | { state: "failed"; message: string };

/** How many messages are shown of a transcript. */
export const HISTORY = 200;

/** The open session: its row and its transcript, kept up to date, and what the user says in it. */
export class Conversation {
  readonly row: Signal<SessionRow | undefined>;
  readonly entries = signal<readonly Entry[]>([]);
  readonly outgoing = signal<readonly Outgoing[]>([]);
  readonly run = signal<Run | null>(null);
  readonly failure = signal<string | null>(null);
  readonly loading = signal<Loading>({ state: "loading" });
  readonly draft = signal("");
  /** The eviction that ended the session. */
  readonly ended = signal<EvictedEvent | null>(null);
  /** The eviction after which the session began again. */
  readonly restarted = signal<EvictedEvent | null>(null);

  /** When the last eviction was heard of. */
  evictedAt = 0;

  readonly #client: Client;
  readonly #messages: MessageSubscription;
  readonly #list: SessionSubscription;
  readonly #transcript = new Transcript();
  #load = 0;

  constructor(
    client: Client,
    readonly key: string,
    row: SessionRow | undefined,
    /** Whether the user is about to type. */
    readonly typing: boolean,
  ) {
    this.#client = client;
    this.row = signal(row);
    this.#list = this.#followRow();
    this.#messages = client.subscribeMessages(
      key,
      (event) => this.#heard(event),
      (error) => (this.loading.value = { state: "failed", message: error.message }),
    );
    void this.load();
  }

  /** What it is called, or was when it ended. */
  get name(): string {
    return this.row.value ? titleOf(this.row.value) : shortKey(this.key);
  }

  /** Reads the transcript. Of a run that goes on more is heard; that it is over may have been missed. */
  async load(): Promise<void> {
    this.#load += 1;
    const load = this.#load;
    this.run.value = null;
    try {
      const { messages } = await this.#client.chatHistory({ sessionKey: this.key, limit: HISTORY });
      if (load !== this.#load) return;
      batch(() => {
        this.#transcript.load(messages);
        for (const { role, idempotencyKey } of messages) if (role === "user") this.#arrived(idempotencyKey);
        this.#show({ state: "ready" });
      });
    } catch (error) {
      if (load === this.#load) this.loading.value = { state: "failed", message: (error as Error).message };
    }
  }

  /** Sends a message, or one that failed again. */
  async send(text: string, id = randomId()): Promise<void> {
    const message: Outgoing = { id, text, failure: null };
    this.outgoing.value = [...this.outgoing.value.filter((other) => other.id !== id), message];
    this.failure.value = null;
    try {
      await this.#client.sendMessage({ key: this.key, message: text, idempotencyKey: id });
    } catch (error) {
      const failure = (error as Error).message;
      this.outgoing.value = this.outgoing.value.map((other) => (other.id === id ? { ...other, failure } : other));
    }
  }

  /** Takes back a message that was not sent. */
  discard(id: string): void {
    this.outgoing.value = this.outgoing.value.filter((message) => message.id !== id);
  }

  /** Learns that the session was evicted; hearing of it twice does no harm. */
  evict(event: EvictedEvent): void {
    if (this.ended.value || sameEviction(this.restarted.value, event)) return;
    this.evictedAt = Date.now();
    batch(() => {
      this.#transcript.clear();
      this.outgoing.value = [];
      this.run.value = null;
      this.failure.value = null;
      this.#show({ state: "loading" });
      if (goesOn(event.reason)) this.restarted.value = event;
      else this.ended.value = event;
    });
    if (goesOn(event.reason)) void this.load();
    else this.close();
  }

  /** Stops listening. */
  close(): void {
    this.#load += 1;
    this.#messages.unsubscribe();
    this.#list.unsubscribe();
  }

  /** The list that the user looks at may not show the session, so it has a list of its own. */
  #followRow(): SessionSubscription {
    const take = (rows: readonly SessionRow[]) => {
      const row = rows.find(({ key }) => key === this.key);
      if (row) this.row.value = row;
    };
    return this.#client.subscribeSessions(
      {
        onSnapshot: ({ sessions }) => take(sessions),
        onChanged: ({ session }) => take([session]),
        // The messages tell of evictions, and of refusals.
        onError: () => {},
      },
      { search: this.key, archived: "all", includeGlobal: true, includeUnknown: true },
    );
  }

  #heard(event: MessageEvent): void {
    switch (event.type) {
      case "message":
        batch(() => {
          const { message } = event;
          this.#transcript.add(message, event.messageId, event.messageSeq);
          if (message.role === "user") this.#arrived(message.idempotencyKey);
          if (message.role === "assistant") this.run.value = null;
          this.#show(this.loading.value);
        });
        break;
      case "chat":
        this.#progressed(event);
        break;
      case "evicted":
        this.evict(event);
        break;
    }
  }

  #progressed(event: Extract<MessageEvent, { type: "chat" }>): void {
    const run = this.run.value?.id === event.runId ? this.run.value : null;
    switch (event.state) {
      case "status":
        this.run.value = { id: event.runId, text: run?.text ?? "" };
        break;
      case "delta":
        this.run.value = {
          id: event.runId,
          text: event.message ? textOf(event.message) : (run?.text ?? "") + (event.deltaText ?? ""),
        };
        break;
      case "final":
        if (!run?.text) this.run.value = null;
        break;
      case "error":
        this.run.value = null;
        this.failure.value = event.errorMessage ?? "The run failed.";
        break;
      case "aborted":
        this.run.value = null;
        this.failure.value = "The run was stopped.";
        break;
    }
  }

  #arrived(idempotencyKey: string | undefined): void {
    this.outgoing.value = this.outgoing.value.filter(
      ({ id }) => idempotencyKey !== id && idempotencyKey !== `${id}:user`,
    );
  }

  #show(loading: Loading): void {
    this.entries.value = this.#transcript.entries().slice(-HISTORY);
    this.loading.value = loading;
  }
}

function sameEviction(a: EvictedEvent | null, b: EvictedEvent): boolean {
  if (!a) return false;
  return a.lifecycleRevision ? a.lifecycleRevision === b.lifecycleRevision : a.ts === b.ts;
}
