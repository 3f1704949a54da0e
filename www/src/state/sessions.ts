import { batch, signal } from "@preact/signals";
import type { Client, EvictedEvent, SessionRow, SessionSubscription, SessionwireError } from "sessionwire";
import { goesOn } from "../text";
import { type Filter, paramsOf, same } from "./filter";

/** How many sessions are shown at first, and how many more at a time. */
export const PAGE = 100;

/** What is shown of the gateway's list. */
export interface Shown {
  filter: Filter;
  /** The sessions, in the order of the gateway. */
  rows: readonly SessionRow[];
  /** Whether there may be more. */
  hasMore: boolean;
}

/** Who is told what befalls the sessions that are shown. */
export interface Listener {
  /** A session is gone, or begins anew; the row is what was known of it. */
  evicted: (event: EvictedEvent, row: SessionRow | undefined) => void;
  failed: (error: SessionwireError) => void;
}

interface Following {
  filter: Filter;
  subscription: SessionSubscription;
}

/**
 * The window of the gateway's list that the user looks at.
 *
 * Another filter is another subscription. The former list stays on the screen until the next one is there, and while
 * one is on its way no other is asked for: however fast the user types, the gateway is asked as fast as it answers.
 */
export class Sessions {
  readonly shown = signal<Shown | null>(null);
  /** Whether the list of another filter is on its way. */
  readonly searching = signal(false);
  /** Whether more rows are on their way. */
  readonly loadingMore = signal(false);

  readonly #listener: Listener;
  readonly #rows = new Map<string, SessionRow>();
  readonly #changedAt = new Map<string, number>();
  #client: Client | null = null;
  #wanted: Filter = { query: "", archived: false, agent: null };
  #current: Following | null = null;
  #coming: Following | null = null;
  #drawing = false;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Follows a gateway's list from here on. */
  follow(client: Client): void {
    this.#client = client;
    this.#ask();
  }

  /** Shows the sessions that a filter lets through. */
  show(filter: Filter): void {
    this.#wanted = filter;
    if (!this.#coming && this.#current && !same(filter, this.#current.filter)) this.#ask();
  }

  /** Shows more of them. */
  loadMore(): void {
    if (this.loadingMore.value || !this.#current?.subscription.hasMore) return;
    this.loadingMore.value = true;
    this.#current.subscription.loadMore();
  }

  /** A session that is shown. */
  get(key: string): SessionRow | undefined {
    return this.#rows.get(key);
  }

  /** When a session last changed under the user's eyes, on the clock of `performance.now`. */
  changedAt(key: string): number | undefined {
    return this.#changedAt.get(key);
  }

  #ask(): void {
    const filter = this.#wanted;
    const subscription = this.#client!.subscribeSessions(
      {
        onSnapshot: ({ sessions }) => this.#arrived(following, sessions),
        onChanged: ({ session }) => {
          this.#rows.set(session.key, session);
          if (!session.pending) this.#changedAt.set(session.key, performance.now());
          this.#draw();
        },
        onLeft: ({ key }) => this.#forget(key),
        onEvicted: (event) => {
          const row = this.#rows.get(event.key);
          if (!goesOn(event.reason)) this.#forget(event.key);
          this.#listener.evicted(event, row);
        },
        onError: (error) => this.#listener.failed(error),
      },
      { ...paramsOf(filter), limit: PAGE },
    );
    const following = { filter, subscription };
    this.#coming = following;
    this.searching.value = this.#current !== null;
  }

  #arrived(following: Following, sessions: readonly SessionRow[]): void {
    const former = this.#current;
    if (following === this.#coming) {
      this.#coming = null;
      this.#current = following;
      former?.subscription.unsubscribe();
      this.#changedAt.clear();
    }
    this.#rows.clear();
    for (const row of sessions) this.#rows.set(row.key, row);
    batch(() => {
      this.searching.value = this.#coming !== null;
      this.loadingMore.value = false;
      if (!this.#coming && !same(this.#wanted, following.filter)) this.#ask();
    });
    this.#draw();
  }

  #forget(key: string): void {
    this.#rows.delete(key);
    this.#changedAt.delete(key);
    this.#draw();
  }

  /** Shows the list once per frame, however often it changes. */
  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      const { filter, subscription } = this.#current!;
      this.shown.value = { filter, rows: subscription.sessions(), hasMore: subscription.hasMore };
    });
  }
}
