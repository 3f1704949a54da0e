import { batch, computed, effect, signal } from "@preact/signals";
import type { Client, ConnectionStatus, EvictedEvent, SessionRow } from "sessionwire";
import { goesOn, shortKey, titleOf } from "../text";
import { type Connection, next, permits, refusal } from "./connection";
import { Conversation } from "./conversation";
import { agentsOf, select } from "./filter";
import { SessionList } from "./sessions";
import { Toasts } from "./toasts";

/** A question or sheet in front of everything. */
export type Dialog =
  | { kind: "help" }
  | { kind: "new"; label: string }
  | { kind: "delete" | "reset"; row: SessionRow };

/** Where a session is being renamed. */
export interface Renaming {
  key: string;
  place: "list" | "panel";
}

/** All that the page shows: the live list, what the user picked of it, and how the connection is. */
export class Picker {
  readonly connection = signal<Connection>({ phase: "connecting" });
  /** Whether a list ever arrived. */
  readonly loaded = signal(false);
  /** Why the picker itself could not start. */
  readonly broken = signal<string | null>(null);

  readonly query = signal("");
  readonly archived = signal(false);
  readonly agent = signal<string | null>(null);

  /** The key of the session that the keyboard acts on. */
  readonly active = signal<string | null>(null);
  /** Counts the user's own moves, each of which the list scrolls to. */
  readonly moves = signal(0);
  readonly conversation = signal<Conversation | null>(null);
  readonly renaming = signal<Renaming | null>(null);
  readonly dialog = signal<Dialog | null>(null);
  readonly toasts = new Toasts();

  readonly #list = new SessionList();
  readonly #version = signal(0);
  readonly #changedAt = new Map<string, number>();
  readonly #drafts = new Map<string, string>();
  #client: Client | null = null;
  #drawing = false;
  #activeIndex = 0;

  /** The sessions that the filter lets through. */
  readonly selection = computed(() => {
    this.#version.value;
    return select(this.#list.rows, {
      query: this.query.value,
      archived: this.archived.value,
      agent: this.agent.value,
    });
  });
  readonly total = computed(() => (this.#version.value, this.#list.rows.length));
  /** The agents of the sessions, as a text that changes only when they do. */
  readonly #agents = computed(() => (this.#version.value, agentsOf(this.#list.rows).join("\n")));
  readonly agents = computed(() => (this.#agents.value ? this.#agents.value.split("\n") : []));
  readonly severalAgents = computed(() => this.agents.value.length > 1);
  /** The open session as the list has it. */
  readonly openRow = computed(() => {
    this.#version.value;
    const key = this.conversation.value?.key;
    return key === undefined ? undefined : this.#list.get(key);
  });

  constructor() {
    effect(() => this.#keepActive());
  }

  /** Follows a gateway's list from here on. */
  attach(client: Client): void {
    this.#client = client;
    client.subscribeSessions({
      onSnapshot: ({ sessions }) => {
        this.#list.replace(sessions);
        this.loaded.value = true;
        this.#draw();
      },
      onChanged: ({ session }) => {
        this.#list.upsert(session);
        this.#changedAt.set(session.key, performance.now());
        this.#draw();
      },
      onLeft: ({ key }) => {
        this.#remove(key);
        this.#draw();
      },
      onEvicted: (event) => this.#evicted(event),
      onError: (error) => {
        this.connection.value = { phase: "refused", error: refusal(error) };
      },
    });
  }

  /** Learns how the connection is. */
  connectionChanged(status: ConnectionStatus): void {
    const before = this.connection.value;
    const connection = next(before, status, Date.now());
    this.connection.value = connection;
    if (connection.phase === "live" && before.phase === "reconnecting") void this.conversation.value?.load();
  }

  /** A session as the list has it. */
  row(key: string): SessionRow | undefined {
    return this.#list.get(key);
  }

  /** When a session last changed under the user's eyes, on the clock of `performance.now`. */
  changedAt(key: string): number | undefined {
    return this.#changedAt.get(key);
  }

  /** Whether the connection is up and may do this. */
  may(scope: "operator.write" | "operator.admin"): boolean {
    const connection = this.connection.value;
    return connection.phase === "live" && permits(connection.scopes, scope);
  }

  /** Shows a change before it is confirmed; the returned function ends that. */
  wish(...change: Parameters<SessionList["wish"]>): () => void {
    const end = this.#list.wish(...change);
    this.#draw();
    return () => {
      end();
      this.#draw();
    };
  }

  /** Moves the keyboard's session by a number of rows. */
  move(by: number): void {
    const { rows } = this.selection.value;
    const index = Math.max(0, Math.min(rows.length - 1, this.#indexOfActive() + by));
    batch(() => {
      this.active.value = rows[index]?.key ?? null;
      this.moves.value += 1;
    });
  }

  /** Opens a session, for typing at once if so wished. */
  open(key: string, typing = false): void {
    if (!this.#client || (this.conversation.value?.key === key && !this.conversation.value.ended.value)) return;
    const client = this.#client;
    const row = this.#list.get(key);
    batch(() => {
      this.close();
      const conversation = new Conversation(client, key, row ? titleOf(row) : shortKey(key), typing);
      conversation.draft.value = this.#drafts.get(key) ?? "";
      this.active.value = key;
      this.conversation.value = conversation;
    });
  }

  /** Closes the open session, keeping what was typed. */
  close(): void {
    const conversation = this.conversation.value;
    if (!conversation) return;
    conversation.close();
    const draft = conversation.draft.value;
    if (draft) this.#drafts.set(conversation.key, draft);
    else this.#drafts.delete(conversation.key);
    batch(() => {
      this.conversation.value = null;
      if (this.renaming.value?.place === "panel") this.renaming.value = null;
    });
  }

  #evicted(event: EvictedEvent): void {
    const row = goesOn(event.reason) ? this.#list.get(event.key) : this.#remove(event.key);
    const name = row ? titleOf(row) : shortKey(event.key);
    batch(() => {
      this.toasts.evicted(name, event.reason, event.inferred);
      if (this.conversation.value?.key === event.key) {
        this.conversation.value.name = name;
        this.conversation.value.evict(event);
      }
      if (row && !goesOn(event.reason) && this.renaming.value?.key === event.key) this.renaming.value = null;
      const dialog = this.dialog.value;
      if (dialog && "row" in dialog && dialog.row.key === event.key) this.dialog.value = null;
    });
    this.#draw();
  }

  #remove(key: string): SessionRow | undefined {
    this.#changedAt.delete(key);
    return this.#list.remove(key);
  }

  /** Shows the list once per frame, however often it changes. */
  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#version.value += 1;
    });
  }

  /** Keeps the keyboard on a session that is there: when its session goes, the one in its place. */
  #keepActive(): void {
    const { rows } = this.selection.value;
    const index = this.#indexOfActive();
    if (index >= 0) this.#activeIndex = index;
    else this.active.value = rows[Math.min(this.#activeIndex, rows.length - 1)]?.key ?? null;
  }

  #indexOfActive(): number {
    const active = this.active.value;
    return this.selection.value.rows.findIndex((row) => row.key === active);
  }
}
