// Standing requests for events, as applications hold them.

import { checked, isWhole, optionalFunction, text } from "./check.js";
import { callListener, reportUncaught } from "./error.js";
import { SessionEvents, Unread } from "./events.js";
import { readParams } from "./params.js";
import { Rows } from "./rows.js";

/** Which callback is told of an event. */
const CALLBACKS = { snapshot: "onSnapshot", changed: "onChanged", left: "onLeft", evicted: "onEvicted" };

export class SessionSubscription {
  #driver;
  #id;
  #callbacks;
  #functions;
  /** How much of a list with a limit is shown, and wanted, in rows. */
  #window;
  /** Whether there was a snapshot. */
  #loaded = false;
  /** What the driver tells, and the rows that it keeps. */
  #list;
  #ended = false;
  /** Whoever forgets a reader wants no events kept for it. */
  #readers = [];
  /** But a loop that waits is held by nothing except what it waits for. */
  #awaited = new Set();

  constructor(driver, callbacks, params) {
    const list = readParams(params);
    const { limit } = list;
    this.#functions = readCallbacks(callbacks);
    this.#callbacks = callbacks;
    this.#window = limit && { first: limit, shown: limit, wanted: limit };
    this.#driver = driver;
    this.#list = {
      rows: new Rows([]),
      status: (status) => this.#call("onStatus", status),
      tell: (event) => this.#tell(event),
      fail: (error) => this.#fail(error),
      end: () => this.#end(),
    };
    this.#id = driver.subscribeSessions(list, this.#list);
  }

  sessions() {
    return this.#list.rows.toArray();
  }

  get hasMore() {
    return this.#loaded && !!this.#window && this.#list.rows.length >= this.#window.shown;
  }

  loadMore(count) {
    checked(count, "count", "a whole number above 0", count === undefined || isWhole(count));
    if (!this.#window || this.#ended) return;
    const more = count ?? this.#window.first;
    this.#window.wanted += more;
    this.#driver.loadMore(this.#id, more);
  }

  unsubscribe() {
    if (this.#ended) return;
    this.#end();
    this.#driver.unsubscribe(this.#id);
  }

  [Symbol.asyncIterator]() {
    const unread = new Unread(this.#awaited);
    if (this.#loaded) unread.push(this.#snapshot());
    if (this.#ended) unread.end();
    this.#readers.push(new WeakRef(unread));
    return new SessionEvents(this, unread);
  }

  #snapshot() {
    return { type: "snapshot", sessions: this.sessions() };
  }

  #tell(event) {
    if (event.type === "snapshot") {
      this.#loaded = true;
      if (this.#window) this.#window.shown = this.#window.wanted;
    }
    for (const reader of this.#held()) reader.push(event);
    this.#call(CALLBACKS[event.type], event);
  }

  #fail(error) {
    const readers = this.#held();
    this.#end(error);
    if (this.#functions.onError) this.#call("onError", error);
    else if (readers.length === 0) reportUncaught(error);
  }

  /** Nothing more is told. */
  #end(error) {
    this.#ended = true;
    for (const reader of this.#held()) reader.end(error);
  }

  #call(name, argument) {
    callListener(this.#functions[name], this.#callbacks, argument);
  }

  /** The readers that somebody still holds. */
  #held() {
    if (this.#readers.length === 0) return this.#readers;
    this.#readers = this.#readers.filter((reader) => reader.deref());
    return this.#readers.map((reader) => reader.deref()).filter(Boolean);
  }
}

function readCallbacks(callbacks) {
  const names = [...Object.values(CALLBACKS), "onStatus", "onError"];
  return Object.fromEntries(names.map((name) => [name, optionalFunction(callbacks?.[name], name)]));
}

export class MessageSubscription {
  #driver;
  #id;

  constructor(driver, key, listener, onError) {
    text(key, "key");
    if (!optionalFunction(listener, "listener")) throw new TypeError("listener is missing");
    optionalFunction(onError, "onError");
    this.#driver = driver;
    this.#id = driver.subscribeMessages(key, {
      tell: (event) => callListener(listener, undefined, event),
      fail: (error) => (onError ? callListener(onError, undefined, error) : reportUncaught(error)),
    });
  }

  unsubscribe() {
    this.#driver.unsubscribe(this.#id);
  }
}
