import type { SessionRow } from "sessionwire";
import { titleOf } from "../text";

/** Which sessions the user wants to see. */
export interface Filter {
  query: string;
  archived: boolean;
  agent: string | null;
}

/** What a filter makes of a list. */
export interface Selection {
  /** The sessions that pass, in order. */
  rows: SessionRow[];
  /** How many would pass without query and agent. */
  outOf: number;
  /** How many would pass but are archived. */
  heldBack: number;
}

/** Applies a filter, keeping the order. */
export function select(all: readonly SessionRow[], filter: Filter): Selection {
  const words = wordsOf(filter.query);
  const rows: SessionRow[] = [];
  let outOf = 0;
  let heldBack = 0;
  for (const row of all) {
    const hidden = row.archived && !filter.archived;
    if (!hidden) outOf += 1;
    if (filter.agent !== null && row.agentId !== filter.agent) continue;
    if (words.length && !matches(row, words)) continue;
    if (hidden) heldBack += 1;
    else rows.push(row);
  }
  return { rows, outOf, heldBack };
}

/** What a query looks for. */
export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** The agents of a list, in alphabetical order. */
export function agentsOf(rows: readonly SessionRow[]): string[] {
  const agents = new Set<string>();
  for (const row of rows) if (row.agentId) agents.add(row.agentId);
  return [...agents].sort();
}

function matches(row: SessionRow, words: readonly string[]): boolean {
  const text = searchable(row);
  return words.every((word) => text.includes(word));
}

const texts = new WeakMap<SessionRow, string>();

function searchable(row: SessionRow): string {
  let text = texts.get(row);
  if (text === undefined) {
    text = [row.key, titleOf(row), row.derivedTitle, row.goal?.objective, row.category, row.lastMessagePreview]
      .filter(Boolean)
      .join("\n")
      .toLowerCase();
    texts.set(row, text);
  }
  return text;
}
