import { signal } from "@preact/signals";
import type { EvictionReason } from "sessionwire";
import { ending } from "../text";

/** A short notice that goes by itself. */
export interface Toast {
  id: number;
  tone: "notice" | "evicted" | "error";
  title: string;
  detail?: string;
  reason?: EvictionReason;
  action?: { label: string; run: () => void };
  /** How many evictions it tells of. */
  count: number;
  /** When it last changed. */
  at: number;
}

const SHOWN_AT_ONCE = 4;
const TOGETHER_MS = 2_000;

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
    const { verb, meaning } = ending(reason);
    const at = Date.now();
    const last = this.shown.value.findLast((toast) => toast.reason === reason);
    if (last && at - last.at < TOGETHER_MS) {
      const count = last.count + 1;
      const others = count === 2 ? "1 other" : `${count - 1} others`;
      const title = `“${name}” and ${others} ${verb.replace(/^(was|is)\b/, (word) => (word === "was" ? "were" : "are"))}`;
      this.shown.value = this.shown.value.map((toast) => (toast === last ? { ...toast, title, count, at } : toast));
      return;
    }
    const title = `“${name}” ${verb}${away ? " while you were away" : ""}`;
    this.#push({ tone: "evicted", title, detail: meaning, reason });
  }

  /** Takes a notice away. */
  dismiss(id: number): void {
    this.shown.value = this.shown.value.filter((toast) => toast.id !== id);
  }

  #push(toast: Omit<Toast, "id" | "count" | "at">): void {
    this.#lastId += 1;
    const all = [...this.shown.value, { ...toast, id: this.#lastId, count: 1, at: Date.now() }];
    this.shown.value = all.slice(-SHOWN_AT_ONCE);
  }
}
