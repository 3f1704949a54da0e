import { batch, computed, effect, signal } from "@preact/signals";
import type { Client, ConnectionStatus, EvictedEvent, SessionRow } from "sessionwire";
import { goesOn, shortKey, titleOf } from "../text";
import { type Connection, next, permits, refusal } from "./connection";
import { Conversation } from "./conversation";
import { type Filter, narrows, paramsOf, same } from "./filter";
import { Sessions } from "./sessions";
import { Toasts } from "./toasts";
import { Wishes } from "./wishes";

/** A question or sheet in front of everything. */
export type Dialog =
  | { kind: "help" }
  | { kind: "new"; label: string }
  | { kind: "delete" | "reset"; row: SessionRow };

/** Where a session is being renamed. */
export interface Renaming {
  key: string;
  place: "list" | "panel";
  /** The name that the gateway refused, and why. */
  refused?: { name: string; why: string };
}

/** All that the page shows: the live list, what the user picked of it, and how the connection is. */
export class Picker {
  readonly connection = signal<Connection>({ phase: "connecting" });
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

  readonly wishes = new Wishes();
  readonly sessions = new Sessions({
    evicted: (event, row) => this.#evicted(event, row),
    failed: (error) => (this.connection.value = { phase: "refused", error: refusal(error) }),
  });
  /** How many archived sessions the filter of an empty list holds back; null while that is not known. */
  readonly heldBack = signal<number | null>(null);

  readonly #agents = signal<readonly string[]>([]);
  readonly #drafts = new Map<string, string>();
  #client: Client | null = null;
  #activeIndex = 0;

  readonly filter = computed<Filter>(() => ({
    query: this.query.value,
    archived: this.archived.value,
    agent: this.agent.value,
  }));
  /** Whether a list ever arrived. */
  readonly loaded = computed(() => this.sessions.shown.value !== null);
  /** The sessions that are shown, as the user wishes them to be. */
  readonly rows = computed(() => {
    const shown = this.sessions.shown.value;
    if (!shown) return [];
    const rows = shown.rows.map((row) => this.wishes.over(row));
    return shown.filter.archived ? rows : rows.filter((row) => !row.archived);
  });
  /** The filter that lets nothing through. */
  readonly #emptiedBy = computed(() => {
    const shown = this.sessions.shown.value;
    return shown?.rows.length === 0 ? shown.filter : null;
  });
  /** Whether there are no sessions at all. */
  readonly empty = computed(() => {
    const filter = this.#emptiedBy.value;
    return filter !== null && !narrows(filter) && this.heldBack.value === 0;
  });
  readonly agents = computed(() => this.#agents.value);
  readonly severalAgents = computed(() => this.agents.value.length > 1);
  /** The open session, which the list need not show. */
  readonly openRow = computed(() => {
    const conversation = this.conversation.value;
    if (!conversation || conversation.ended.value) return undefined;
    const listed = this.rows.value.find(({ key }) => key === conversation.key);
    if (listed) return listed;
    const row = conversation.row.value;
    return row && this.wishes.over(row);
  });

  constructor() {
    effect(() => this.#keepActive());
    effect(() => this.sessions.show(this.filter.value));
    effect(() => this.#meetAgents(this.rows.value.map((row) => row.agentId)));
    effect(() => void this.#countHeldBack(this.#emptiedBy.value));
  }

  /** Follows a gateway's list from here on. */
  attach(client: Client): void {
    this.#client = client;
    this.sessions.follow(client);
  }

  /** Learns how the connection is. */
  connectionChanged(status: ConnectionStatus): void {
    const before = this.connection.value;
    const connection = next(before, status, Date.now());
    this.connection.value = connection;
    if (connection.phase === "live" && before.phase !== "live") void this.#askForAgents();
    if (connection.phase === "live" && before.phase === "reconnecting") void this.conversation.value?.load();
  }

  /** A session that is shown, as the user wishes it to be. */
  row(key: string): SessionRow | undefined {
    const row = this.sessions.get(key);
    return row && this.wishes.over(row);
  }

  /** Whether the connection is up and may do this. */
  may(scope: "operator.write" | "operator.admin"): boolean {
    const connection = this.connection.value;
    return connection.phase === "live" && permits(connection.scopes, scope);
  }

  /** Moves the keyboard's session by a number of rows. */
  move(by: number): void {
    const rows = this.rows.value;
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
    const row = this.sessions.get(key);
    batch(() => {
      this.close();
      const conversation = new Conversation(client, key, row, typing);
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

  /** Opens the session that an address names, if there is one; the list need not show it. */
  async visit(key: string): Promise<void> {
    const found = this.row(key) ?? (await this.#client?.describeSession(key).catch(() => null));
    if (found) this.open(key);
  }

  /** Says why a name was refused, where it can be corrected. */
  renameRefused(row: SessionRow, place: Renaming["place"], name: string, why: string): void {
    const { key } = row;
    const there = place === "panel" ? this.openRow.value?.key === key : this.row(key) !== undefined;
    if (this.renaming.value || !there || this.connection.value.phase !== "live") {
      this.toasts.error(`Couldn't rename “${titleOf(row)}”`, why);
      return;
    }
    batch(() => {
      this.renaming.value = { key, place, refused: { name, why } };
      if (place === "list") {
        this.active.value = key;
        this.moves.value += 1;
      }
    });
  }

  #evicted(event: EvictedEvent, row: SessionRow | undefined): void {
    const name = row ? titleOf(row) : shortKey(event.key);
    batch(() => {
      this.toasts.evicted(name, event.reason, event.inferred);
      if (this.conversation.value?.key === event.key) this.conversation.value.evict(event);
      if (!goesOn(event.reason) && this.renaming.value?.key === event.key) this.renaming.value = null;
      const dialog = this.dialog.value;
      if (dialog && "row" in dialog && dialog.row.key === event.key) this.dialog.value = null;
    });
  }

  /** Learns which agents there are; one that was met is not forgotten. */
  #meetAgents(met: readonly (string | undefined)[]): void {
    const known = new Set(this.#agents.peek());
    for (const agent of met) if (agent) known.add(agent);
    if (known.size > this.#agents.peek().length) this.#agents.value = [...known].sort();
  }

  async #askForAgents(): Promise<void> {
    const listed = await this.#client?.request("agents.list", {}).catch(() => null);
    const { agents } = (listed ?? { agents: [] }) as { agents: readonly { id: string }[] };
    this.#meetAgents(agents.map(({ id }) => id));
  }

  async #countHeldBack(filter: Filter | null): Promise<void> {
    this.heldBack.value = filter?.archived ? 0 : null;
    if (!filter || filter.archived) return;
    const counted = this.#client?.listSessions({ ...paramsOf(filter), archived: true, limit: 1 });
    const heldBack = await counted?.then(({ totalCount }) => totalCount, () => 0);
    const still = this.#emptiedBy.value;
    if (still && same(still, filter)) this.heldBack.value = heldBack ?? 0;
  }

  /** Keeps the keyboard on a session that is there: when its session goes, the one in its place. */
  #keepActive(): void {
    const rows = this.rows.value;
    const index = this.#indexOfActive();
    if (index >= 0) this.#activeIndex = index;
    else this.active.value = rows[Math.min(this.#activeIndex, rows.length - 1)]?.key ?? null;
  }

  #indexOfActive(): number {
    const active = this.active.value;
    return this.rows.value.findIndex((row) => row.key === active);
  }
}
