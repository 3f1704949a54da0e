// What a user does to a session, each deed awaited in a live list. Runs in Node and in pages.

/** How long a deed may take on a busy machine. */
const PATIENCE = 120_000;

/** A user of a client of their own, who does things to one session. */
export class User {
  #client;
  #key;
  #list;
  #evicted = [];
  #said = [];
  #told = () => {};

  /** Connects, and follows all sessions and what is said in the one of this key. */
  static async start(connect, options, key) {
    const user = new User();
    user.#client = await connect({ ...options, requestTimeoutMs: PATIENCE });
    user.#key = key;
    const tell = () => user.#told();
    user.#list = user.#client.subscribeSessions({
      onSnapshot: tell,
      onChanged: tell,
      onLeft: tell,
      onEvicted: (event) => {
        if (event.key === key) user.#evicted.push([event.reason, event.inferred]);
        tell();
      },
      onError: (error) => user.#evicted.push(error),
    });
    user.#client.subscribeMessages(key, (event) => {
      if (event.type === "message") user.#said.push(JSON.stringify(event.message));
      tell();
    });
    return user;
  }

  /** Does what has this name among the behaviours of the conformance report. */
  async does(what) {
    await deeds[what].call(this, this.#client, this.#key);
  }

  async scopes() {
    return (await this.#client.ready()).scopes;
  }

  close() {
    this.#client.close();
  }

  get row() {
    return this.#list.sessions().find((row) => row.key === this.#key);
  }

  get evicted() {
    return JSON.stringify(this.#evicted);
  }

  hears(text) {
    return this.#said.some((message) => message.includes(text));
  }

  async until(holds) {
    const deadline = performance.now() + PATIENCE;
    const late = setTimeout(() => this.#told(), PATIENCE);
    while (!holds()) {
      if (performance.now() >= deadline) {
        throw new Error(`in vain: ${holds}: ${JSON.stringify([this.row, this.#evicted, this.#said])}`);
      }
      await new Promise((resolve) => (this.#told = resolve));
    }
    clearTimeout(late);
  }
}

const deeds = {
  async "lists sessions"(client, key) {
    await client.createSession({ key, label: "Tea" });
    await this.until(() => this.row?.label === "Tea");
    const { sessions } = await client.listSessions({ search: key });
    if (sessions.length !== 1 || sessions[0].key !== key) throw new Error(JSON.stringify(sessions));
  },
  async "renames"(client, key) {
    await client.renameSession(key, "Green tea");
    await this.until(() => this.row.label === "Green tea" && !this.row.pending);
    await client.renameSession(key, null);
    await this.until(() => (this.row.label ?? null) === null);
  },
  async "pins"(client, key) {
    await client.pinSession(key, true);
    await this.until(() => this.row.pinned);
    await client.pinSession(key, false);
    await this.until(() => !this.row.pinned);
  },
  async "archives"(client, key) {
    await client.archiveSession(key, true);
    await this.until(() => this.row.archived);
    await client.archiveSession(key, false);
    await this.until(() => !this.row.archived);
  },
  async "sends /name and /goal"(client, key) {
    await client.sendMessage({ key, message: `/name ${key}` });
    await this.until(() => this.row.label === key);
    await client.sendMessage({ key, message: "/goal start Brew" });
    await this.until(() => this.row.goal?.objective === "Brew");
  },
  async "follows a transcript"(client, key) {
    await client.sendMessage({ key, message: "/name Lapsang" });
    await this.until(() => this.hears("/name Lapsang"));
    const { messages } = await client.chatHistory({ sessionKey: key });
    if (!JSON.stringify(messages).includes("/name Lapsang")) throw new Error(JSON.stringify(messages));
  },
  async "resets"(client, key) {
    await client.resetSession({ key });
    await this.until(() => this.evicted === '[["reset",false]]' && !this.row.goal);
  },
  async "deletes"(client, key) {
    await client.deleteSession({ key });
    await this.until(() => this.evicted === '[["reset",false],["deleted",false]]' && !this.row);
  },
};

/** What a user can do, in this order. */
export const everyDeed = Object.keys(deeds);
