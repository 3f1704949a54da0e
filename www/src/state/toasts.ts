import { signal } from "@preact/signals";
import type { EvictionReason } from "sessionwire";
import { count, ending, number } from "../text";

/** A short notice that goes by itself. */
export interface Toast {
  id: number;
  tone: "notice" | "evicted" | "error";
  title: string;
  detail?: string;
  action?: { label: string; run: () => void };
  evictions?: Evictions;
  /** When it last changed. */
  at: number;
}

/** The evictions that a notice tells of. */
export interface Evictions {
  reason: EvictionReason;
  count: number;
  /** The first few sessions' names. */
  names: readonly string[];
}

const SHOWN_AT_ONCE = 4;
const TOGETHER_MS = 2_000;
const NAMED = 3;

/** The notices on the screen, oldest first. */
export class Toasts {
  readonly shown = signal<readonly Toast[]>([]);
  #lastId = 0;

  /** Says something that is good to know. */
  notice(title: string, action?: Toast["action"]): void {
    this.#push({ tone: "notice", title, ...(action && { action }) });
  }

  /** Says that something did not work. */
  error(title: string, detail: string): void {
    this.#push({ tone: "error", title, detail });
  }

  /** Says who was evicted and why; evictions for one reason that come together share a toast. */
  evicted(name: string, reason: EvictionReason, away: boolean): void {
    const at = Date.now();
    const last = this.shown.value.findLast((toast) => toast.evictions?.reason === reason);
    if (last?.evictions && at - last.at < TOGETHER_MS) {
      const { count, names } = last.evictions;
      const evictions = { reason, count: count + 1, names: names.length < NAMED ? [...names, name] : names };
      const together = { ...last, at, evictions, ...several(evictions) };
      this.shown.value = this.shown.value.map((toast) => (toast === last ? together : toast));
      return;
    }
    const { verb, meaning } = ending(reason);
    const title = `“${name}” ${verb}${away ? " while you were away" : ""}`;
    this.#push({ tone: "evicted", title, detail: meaning, evictions: { reason, count: 1, names: [name] } });
  }

  /** Takes a notice away. */
  dismiss(id: number): void {
    this.shown.value = this.shown.value.filter((toast) => toast.id !== id);
  }

  #push(toast: Omit<Toast, "id" | "at">): void {
    this.#lastId += 1;
    const all = [...this.shown.value, { ...toast, id: this.#lastId, at: Date.now() }];
    this.shown.value = all.slice(-SHOWN_AT_ONCE);
  }
}

function several({ reason, count: evicted, names }: Evictions): Pick<Toast, "title" | "detail"> {
  const named = names.map((name) => `“${name}”`).join(", ");
  const more = evicted - names.length;
  return {
    title: `${count(evicted, "session")} ${ending(reason, evicted).verb}`,
    detail: more ? `${named} and ${number(more)} more` : named,
  };
}
