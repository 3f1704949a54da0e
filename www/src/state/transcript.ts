import type { TranscriptMessage } from "sessionwire";

/** A message as the panel shows it. */
export interface Entry {
  id: string;
  role: string;
  text: string;
  at: number | null;
  seq: number;
}

/** The messages of one generation of a session, in order and each once, wherever they were heard of. */
export class Transcript {
  readonly #entries = new Map<string, Entry>();
  #last = 0;

  /** The messages in order. */
  entries(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Takes in what the gateway remembers. */
  load(history: readonly TranscriptMessage[]): void {
    for (const message of history) this.add(message);
  }

  /** Takes in a message. One without a place goes to the end. */
  add(message: TranscriptMessage, id = message.__openclaw?.id, seq = message.__openclaw?.seq ?? this.#last + 1): void {
    id ??= `at ${seq}`;
    this.#last = Math.max(this.#last, seq);
    this.#entries.set(id, { id, role: message.role, text: textOf(message), at: message.timestamp ?? null, seq });
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#last = 0;
  }
}

/** What a message says, with anything that is not text named by its type. */
export function textOf(message: TranscriptMessage): string {
  if (typeof message.content === "string") return message.content;
  return message.content
    .map((block) => ("text" in block && typeof block.text === "string" ? block.text : `⟨${block.type}⟩`))
    .join("\n\n");
}
