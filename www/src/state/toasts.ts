import { signal } from "@preact/signals";
import type { EvictionReason } from "sessionwire";
import { count, ending } from "../text";

/** A short notice that goes by itself. */
export interface Toast {
  id: number;
  tone: "notice" | "evicted" | "error";
  title: string;
  detail?: string;
  reason?: EvictionReason;
  action?: { label: string; run: () => void };
  /** The sessions whose eviction it tells of. */
  names: readonly string[];
  /** When it last changed. */
  at: number;
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
    this.#push({ tone: "notice", title, names: [], ...(action && { action }) });
  }

  /** Says that something did not work. */
  error(title: string, detail: string): void {
    this.#push({ tone: "error", title, detail, names: [] });
  }

  /** Says who was evicted and why; evictions for one reason that come together share a toast. */
  evicted(name: string, reason: EvictionReason, away: boolean): void {
    const at = Date.now();
    const last = this.shown.value.findLast((toast) => toast.reason === reason);
    if (last && at - last.at < TOGETHER_MS) {
      const together = { ...last, at, names: [...last.names, name] };
      this.shown.value = this.shown.value.map((toast) => (toast === last ? { ...together, ...several(together) } : toast));
      return;
    }
    const { verb, meaning } = ending(reason, 1);
    const title = `“${name}” ${verb}${away ? " while you were away" : ""}`;
    this.#push({ tone: "evicted", title, detail: meaning, reason, names: [name] });
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

function several({ names, reason = "unknown" }: Pick<Toast, "names" | "reason">): Pick<Toast, "title" | "detail"> {
  const named = names.slice(0, NAMED).map((name) => `“${name}”`);
  const more = names.length - named.length;
  return {
    title: `${count(names.length, "session")} ${ending(reason, names.length).verb}`,
    detail: more ? `${named.join(", ")} and ${more.toLocaleString("en-GB")} more` : named.join(", "),
  };
}
