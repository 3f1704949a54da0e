// A reader of server-sent events without any SDK: it keeps its copies of lists by nothing but what it reads, and comes
// back with the last id, as `EventSource` does. There have to be more sessions than its windows show.
import { Memory, same } from "./memory.mjs";
import { Notice } from "./notice.mjs";

export class EventReader {
  #notice = new Notice();
  #closed = new AbortController();
  #lists;

  /** Resolves once the first snapshots are there. */
  static async start({ url, token, follows }) {
    const reader = new EventReader();
    const told = () => reader.#notice.tell();
    reader.#lists = follows.views.map((view) => new List(view, told));
    for (const list of reader.#lists) list.follow(url, token, reader.#closed.signal);
    await reader.#notice.until(() => reader.#lists.every(({ memory }) => memory.hasSnapshot));
    return reader;
  }

  /** What was told, once the lists are what is expected and no eviction is due, or in vain after so many milliseconds. */
  async rest({ expected, gone, withinMs }) {
    const isDone = (list, index) => same(list.rows(), expected[index]) && list.memory.wasToldOf(gone);
    await this.#notice.until(() => this.#lists.every(isDone), withinMs);
    return { lists: this.#lists.map((list) => list.report()), messages: [] };
  }

  close() {
    this.#closed.abort();
  }
}

class List {
  memory;
  #params;
  #told;
  #step = [];
  #lastId;
  #retry = 0;
  #connections = 0;

  constructor({ params, lasting }, told) {
    this.memory = new Memory(lasting);
    this.#params = params;
    this.#told = told;
  }

  /** The copy, in the order that was asked for. */
  rows() {
    return [...this.memory.copy.values()].sort((a, b) => compare(rank(a, this.#params), rank(b, this.#params)));
  }

  report() {
    return { ...this.memory.report(), list: this.rows(), connections: this.#connections };
  }

  async follow(url, token, signal) {
    const query = new URLSearchParams(this.#params);
    while (!signal.aborted) {
      const headers = { authorization: `Bearer ${token}` };
      if (this.#lastId) headers["last-event-id"] = this.#lastId;
      await this.#read(`${url}/v1/chat/sessions/events?${query}`, { headers, signal }).catch(ignoreLoss);
      await new Promise((resolve) => setTimeout(resolve, this.#retry));
    }
  }

  async #read(url, options) {
    const response = await fetch(url, options);
    if (!response.ok) return this.memory.fault(`answered with ${response.status}: ${await response.text()}`);
    this.#connections += 1;
    this.#step = [];
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + part).split("\n\n");
      text = events.pop();
      for (const event of events) this.#take(parse(event));
      this.#told();
    }
  }

  #take({ event, id, data, retry }) {
    if (retry) this.#retry = Number(retry);
    if (!data) return;
    if (event === "snapshot") {
      this.#step = [];
      this.#replace(JSON.parse(data));
    } else {
      this.#step.push([event, JSON.parse(data)]);
    }
    if (!id) return;
    for (const [event, payload] of this.#step.splice(0)) this.#apply(event, payload);
    this.#lastId = id;
    const rows = this.memory.copy.size;
    if (rows !== (this.#params.limit ?? rows)) this.memory.fault("a window that is not full at the end of a step");
  }

  #apply(event, { sessionKey, change, session, ...rest }) {
    if (event === "socket.drain") this.#drain({ sessionKey, ...rest });
    else if (event === "sessions.changed" && change === "left") this.memory.leave(sessionKey);
    else if (event === "sessions.changed" && session) this.memory.hold(session);
  }

  /** An eviction, of whatever may concern the list. */
  #drain({ sessionKey: key, lifecycleRevision, nextLifecycleRevision, reason }) {
    if (!this.memory.held({ key, lifecycleRevision })) return;
    const livesOn = nextLifecycleRevision !== undefined;
    this.memory.evict({ key, lifecycleRevision, livesOn, reason, inferred: false });
  }

  /** Another generation proves an eviction; so does, without `evicted`, the absence of a session that cannot leave. */
  #replace({ list, evicted }) {
    for (const drain of evicted ?? []) this.#drain(drain);
    const next = new Map(list.sessions.map((session) => [session.key, session]));
    for (const { key, lifecycleRevision } of [...this.memory.copy.values()]) {
      const found = next.get(key);
      const gone = found ? found.lifecycleRevision !== lifecycleRevision : this.memory.lasting && !evicted;
      const proof = { key, lifecycleRevision, livesOn: found !== undefined, reason: "unknown", inferred: true };
      if (gone && !this.memory.wasTold(proof)) this.memory.evict(proof);
    }
    this.memory.replace(list.sessions);
  }
}

/** What comes first is least. */
function rank({ key, pinnedAt, label, createdAt, updatedAt }, { sortBy }) {
  const chosen = { label: [label === undefined, label?.toLowerCase() ?? ""], createdAt: [-createdAt] }[sortBy] ?? [-updatedAt];
  return [-(pinnedAt ?? 0), ...chosen, key];
}

function compare(a, b) {
  const place = a.findIndex((part, place) => part !== b[place]);
  return place < 0 ? 0 : a[place] < b[place] ? -1 : 1;
}

function parse(text) {
  return Object.fromEntries(text.split("\n").map((line) => line.split(/: (.*)/s, 2)));
}

/** A connection that is refused, cut or closed is made again; anything else is a fault of this reader. */
function ignoreLoss(error) {
  const lost = error.name === "AbortError" || error.message === "fetch failed" || error.message === "terminated";
  if (!lost) throw error;
}
