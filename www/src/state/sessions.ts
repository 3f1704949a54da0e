import type { SessionRow } from "sessionwire";

/** What the user asked for and the gateway has not answered. */
export type Wish = Partial<Pick<SessionRow, "label" | "displayName" | "pinned" | "archived" | "unread">>;

/**
 * The gateway's list in the order of the screen, with the user's unanswered wishes laid over it.
 *
 * A wish lasts until its request is answered: a caller that awaited its own change has been told of it
 * by then, so taking the wish away never shows the old value again, unless the change was refused.
 */
export class SessionList {
  readonly #confirmed = new Map<string, SessionRow>();
  readonly #wishes = new Map<string, Wish[]>();
  readonly #shown = new Map<string, SessionRow>();
  #order: SessionRow[] = [];

  /** All sessions in order. The array is replaced by `replace` and changed in place by the rest. */
  get rows(): readonly SessionRow[] {
    return this.#order;
  }

  /** A session as shown. */
  get(key: string): SessionRow | undefined {
    return this.#shown.get(key);
  }

  /** Takes over a whole list. */
  replace(rows: readonly SessionRow[]): void {
    this.#confirmed.clear();
    this.#shown.clear();
    for (const row of rows) {
      this.#confirmed.set(row.key, row);
      this.#shown.set(row.key, this.#wished(row));
    }
    this.#order = [...this.#shown.values()].sort(compare);
  }

  /** Adds a session or puts it in the place of its former self. */
  upsert(row: SessionRow): void {
    this.#confirmed.set(row.key, row);
    this.#show(row);
  }

  /** Takes a session away and returns it. */
  remove(key: string): SessionRow | undefined {
    const row = this.#shown.get(key);
    this.#confirmed.delete(key);
    if (row) {
      this.#order.splice(this.#place(row), 1);
      this.#shown.delete(key);
    }
    return row;
  }

  /** Shows a change before it is confirmed; the returned function ends that. */
  wish(key: string, wish: Wish): () => void {
    this.#wishes.set(key, [...(this.#wishes.get(key) ?? []), wish]);
    this.#reshow(key);
    return () => {
      const left = (this.#wishes.get(key) ?? []).filter((other) => other !== wish);
      if (left.length) this.#wishes.set(key, left);
      else this.#wishes.delete(key);
      this.#reshow(key);
    };
  }

  #reshow(key: string): void {
    const row = this.#confirmed.get(key);
    if (row) this.#show(row);
  }

  #show(confirmed: SessionRow): void {
    const former = this.#shown.get(confirmed.key);
    if (former) this.#order.splice(this.#place(former), 1);
    const row = this.#wished(confirmed);
    this.#shown.set(row.key, row);
    this.#order.splice(this.#place(row), 0, row);
  }

  #wished(row: SessionRow): SessionRow {
    const wishes = this.#wishes.get(row.key);
    return wishes ? Object.assign({}, row, ...wishes) : row;
  }

  /** Where a row is, or would be. */
  #place(row: SessionRow): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#order[middle]!, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Pinned first, then the most recently changed; the key breaks ties. */
export function compare(a: SessionRow, b: SessionRow): number {
  const pinned = Number(b.pinned ?? false) - Number(a.pinned ?? false);
  if (pinned !== 0) return pinned;
  const newer = (b.updatedAt ?? 0) - (a.updatedAt ?? 0);
  if (newer !== 0) return newer;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
