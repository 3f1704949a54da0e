import { signal } from "@preact/signals";
import type { Client } from "sessionwire";

/** A chat command, as the composer offers it. */
export interface Command {
  name: string;
  description: string;
  takesText: boolean;
}

const KNOWN: readonly Command[] = [
  { name: "name", description: "Name this session", takesText: true },
  { name: "goal", description: "Set, pause, resume, complete or clear its goal", takesText: true },
  { name: "new", description: "Start anew under the same key", takesText: true },
  { name: "reset", description: "Reset the conversation", takesText: true },
  { name: "model", description: "Show or choose the model", takesText: true },
  { name: "think", description: "Choose how hard to think", takesText: true },
  { name: "verbose", description: "Choose how much to tell", takesText: true },
  { name: "usage", description: "Choose what replies tell of their cost", takesText: true },
  { name: "help", description: "List the commands", takesText: false },
];

/** The commands of the gateway, once asked for; until then, and if it does not say, those that every gateway has. */
export const commands = signal<readonly Command[]>(KNOWN);

/** Asks the gateway for its commands. */
export async function loadCommands(client: Client): Promise<void> {
  const answer = (await client.request("commands.list", {}).catch(() => null)) as {
    commands?: { name: string; description?: string; acceptsArgs?: boolean; scope?: string }[];
  } | null;
  const texts = answer?.commands?.filter((command) => command.scope !== "native") ?? [];
  if (texts.length) {
    commands.value = texts.map(({ name, description, acceptsArgs }) => ({
      name,
      description: description ?? "",
      takesText: acceptsArgs ?? false,
    }));
  }
}

/** The commands that a draft may become: none unless it is a slash and the beginning of a name. */
export function completions(draft: string, known: readonly Command[]): Command[] {
  const typed = /^\/(\S*)$/.exec(draft)?.[1]?.toLowerCase();
  return typed === undefined ? [] : known.filter(({ name }) => name.toLowerCase().startsWith(typed));
}
