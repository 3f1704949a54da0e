// The async iterator of a subscription: what its reader has not read yet, without ever growing beyond two events per
// session and the evictions.

const DONE = { value: undefined, done: true };

export class SessionEvents {
  #subscription;
  #unread;

  constructor(subscription, unread) {
    this.#subscription = subscription;
    this.#unread = unread;
  }

  next() {
    return this.#unread.read();
  }

  async return() {
    this.#subscription.unsubscribe();
    return { ...DONE };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/** The events that a reader has not read yet, or the readers that wait for one. */
export class Unread {
  #unread = [];
  #waiting = [];
  #awaited;
  #end;

  /** Whoever waits for an event is held in `awaited`. */
  constructor(awaited) {
    this.#awaited = awaited;
  }

  /** An event has happened. */
  push(event) {
    if (this.#end) return;
    const reader = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#awaited.delete(this);
    if (reader) return reader({ value: event, done: false });
    // Whoever is told of the event, too, may take it apart.
    const told = { type: event.type, key: event.session?.key ?? event.key, event };
    const supersedes = SUPERSEDED[told.type];
    if (supersedes) this.#unread = this.#unread.filter((unread) => !supersedes(unread, told));
    this.#unread.push(told);
  }

  /** Nothing follows: the subscription was ended, or has failed. */
  end(error) {
    if (!this.#end) {
      // An error comes after what was told before it; who unsubscribes wants no more at once.
      if (!error) this.#unread = [];
      this.#end = { error };
    }
    this.#awaited.delete(this);
    for (const reader of this.#waiting.splice(0)) reader(this.read());
  }

  async read() {
    if (this.#unread.length > 0) return { value: this.#unread.shift().event, done: false };
    if (!this.#end) return this.#wait();
    // An error once, then the end.
    const { error } = this.#end;
    this.#end = {};
    if (error) throw error;
    return { ...DONE };
  }

  #wait() {
    this.#awaited.add(this);
    return new Promise((reader) => this.#waiting.push(reader));
  }
}

const isOf = (type, unread, { key }) => unread.type === type && unread.key === key;

/** Which unread events an event takes the place of. A session that left may come back as another generation. */
const SUPERSEDED = {
  snapshot: (unread) => unread.type !== "evicted",
  changed: (unread, told) => isOf("changed", unread, told),
  left: (unread, told) => isOf("changed", unread, told) || isOf("left", unread, told),
};
