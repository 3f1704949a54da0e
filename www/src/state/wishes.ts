import { signal } from "@preact/signals";
import type { SessionRow } from "sessionwire";

/** What the user asked for and the gateway has not answered. Names are not among it: the lists show those at once. */
export type Wish = Partial<Pick<SessionRow, "pinned" | "archived" | "unread">>;

/**
 * The user's unanswered wishes, laid over the gateway's rows.
 *
 * A wish lasts until its request is answered: a caller that awaited its own change has been told of it
 * by then, so taking the wish away never shows the old value again, unless the change was refused.
 */
export class Wishes {
  readonly #wishes = signal<ReadonlyMap<string, readonly Wish[]>>(new Map());

  /** Shows a change before it is confirmed; the returned function ends that. */
  add(key: string, wish: Wish): () => void {
    this.#set(key, [...this.#of(key), wish]);
    return () => this.#set(key, this.#of(key).filter((other) => other !== wish));
  }

  /** A row as the user wishes it to be. */
  over(row: SessionRow): SessionRow {
    const wishes = this.#of(row.key);
    return wishes.length ? Object.assign({}, row, ...wishes) : row;
  }

  #of(key: string): readonly Wish[] {
    return this.#wishes.value.get(key) ?? [];
  }

  #set(key: string, wishes: readonly Wish[]): void {
    const all = new Map(this.#wishes.value);
    if (wishes.length) all.set(key, wishes);
    else all.delete(key);
    this.#wishes.value = all;
  }
}
