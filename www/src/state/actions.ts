import type { Client, SessionRow, SessionsPatchParams } from "sessionwire";
import { sentence, titleOf } from "../text";
import type { Picker, Renaming } from "./picker";
import type { Wish } from "./wishes";

/** What the user asks of the gateway. Each answers once it is done or has said why it was not. */
export class Actions {
  readonly #client: Promise<Client>;
  readonly #picker: Picker;

  constructor(client: Promise<Client>, picker: Picker) {
    this.#client = client;
    this.#picker = picker;
  }

  /** Gives a session a name, or takes its name away. A name that is refused can be corrected where it was given. */
  async rename(row: SessionRow, name: string, place: Renaming["place"]): Promise<void> {
    const label = name.trim() || null;
    if (label === (row.label ?? null)) return;
    try {
      await (await this.#client).renameSession(row.key, label);
    } catch (error) {
      this.#picker.renameRefused(row, place, name, sentence((error as Error).message));
    }
  }

  /** Pins a session to the top, or lets it go. */
  async togglePin(row: SessionRow): Promise<void> {
    await this.#patch(row, row.pinned ? "unpin" : "pin", { pinned: !row.pinned });
  }

  /** Puts a session away, or brings it back. */
  async toggleArchive(row: SessionRow): Promise<void> {
    const archived = !row.archived;
    const done = await this.#patch(row, archived ? "archive" : "restore", { archived });
    if (done && archived) {
      this.#picker.toasts.notice(`Archived “${titleOf(row)}”`, {
        label: "Undo",
        run: () => void this.#patch(row, "restore", { archived: false }),
      });
    }
  }

  /** Marks a session as unread or read. */
  async toggleUnread(row: SessionRow): Promise<void> {
    await this.#patch(row, "mark", { unread: !row.unread });
  }

  /** Marks a session as read when the user looks at it. */
  async read(row: SessionRow): Promise<void> {
    if (row.unread && this.#picker.may("operator.write")) await this.#patch(row, "mark", { unread: false });
  }

  /** Ends a session's conversation, keeping the session. */
  async reset(row: SessionRow): Promise<void> {
    const expectedSessionId = row.sessionId;
    await this.#attempt(`Couldn't reset “${titleOf(row)}”`, (client) =>
      client.resetSession({ key: row.key, reason: "reset", ...(expectedSessionId && { expectedSessionId }) }),
    );
  }

  /** Deletes a session. */
  async delete(row: SessionRow): Promise<void> {
    const expectedSessionId = row.sessionId;
    await this.#attempt(`Couldn't delete “${titleOf(row)}”`, (client) =>
      client.deleteSession({ key: row.key, ...(expectedSessionId && { expectedSessionId }) }),
    );
  }

  /** Creates a session and returns its key. */
  async create(params: { label?: string; agentId?: string; message?: string }): Promise<string> {
    const { key } = await (await this.#client).createSession(params);
    return key;
  }

  /** Connects again without waiting. */
  async retry(): Promise<void> {
    (await this.#client).reconnect();
  }

  async #patch(row: SessionRow, verb: string, patch: Omit<SessionsPatchParams, "key">, wish = patch as Wish): Promise<boolean> {
    const expectedSessionId = "archived" in patch ? row.sessionId : undefined;
    return this.#attempt(
      `Couldn't ${verb} “${titleOf(row)}”`,
      (client) => client.patchSession({ key: row.key, ...patch, ...(expectedSessionId && { expectedSessionId }) }),
      { key: row.key, wish },
    );
  }

  async #attempt(failed: string, ask: (client: Client) => Promise<unknown>, shown?: { key: string; wish: Wish }): Promise<boolean> {
    if (this.#picker.connection.value.phase !== "live") {
      this.#picker.toasts.error(failed, "There is no connection to the gateway. Nothing was changed.");
      return false;
    }
    const settle = shown && this.#picker.wishes.add(shown.key, shown.wish);
    try {
      await ask(await this.#client);
      return true;
    } catch (error) {
      this.#picker.toasts.error(failed, sentence((error as Error).message));
      return false;
    } finally {
      settle?.();
    }
  }
}
