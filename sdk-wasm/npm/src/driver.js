// Lends the client core, which is compiled to wasm, the event loop of the host.
//
// Calls of the application only change the core and queue a turn, in which it is drained: what it asks for is carried
// out, and listeners are called. What the host tells is handled at once. Listeners may call anything.

import { Core } from "../dist/sessionwire.js";
import { loadDevice, remember, signBy, words } from "./device.js";
import { tellChange } from "./change.js";
import { callListener, sessionwireError } from "./error.js";
import { Room } from "./room.js";
import { Rows } from "./rows.js";

/** Hosts count in 31 bits; a timer that rings too early is set again. */
const LONGEST_WAIT = 2 ** 31 - 2;

export class Driver {
  #core;
  #options;
  #unusable;
  #room;
  /** The frame that is heard. */
  #frame;
  #answers = new Map();
  #listeners = new Map();
  #waitingForHello = [];
  #draining = false;
  #turnIsQueued = false;
  #timer;
  #due = Infinity;
  #wakeUps = [];

  constructor(options) {
    const { settings, timeout, device } = options;
    this.#options = options;
    this.#core = new Core(JSON.stringify(settings), timeout, !!device);
    this.#room = new Room(this.#core);
  }

  // What the application wants. Nothing here calls a listener.

  /** Starts to connect. Fails where the host cannot make a socket for the URL. */
  start() {
    for (const [target, event] of [[globalThis, "online"], [globalThis.document, "visibilitychange"]]) {
      if (typeof target?.addEventListener !== "function") continue;
      target.addEventListener(event, this.#wake);
      this.#wakeUps.push(() => target.removeEventListener(event, this.#wake));
    }
    this.#core.connect();
    this.#drain();
    if (!this.#unusable) return;
    this.close();
    throw this.#unusable.error;
  }

  /** Connects at once where an attempt is due later. */
  reconnect() {
    this.#core.connect();
    this.#queueTurn();
  }

  /** Ends everything: requests fail, subscriptions and iterators end. */
  close() {
    for (const listener of this.#listeners.values()) listener.end?.();
    this.#listeners.clear();
    this.#core.close();
    for (const forget of this.#wakeUps.splice(0)) forget();
    this.#queueTurn();
  }

  request(method, params) {
    return this.#answer(this.#core.request(method, JSON.stringify(params)));
  }

  /** Gives a session a name, or takes it away, which shows at once. */
  rename(key, label) {
    return this.#answer(this.#core.rename(key, label));
  }

  subscribeSessions(params, listener) {
    return this.#listen(this.#core.subscribe_sessions(JSON.stringify(params)), listener);
  }

  subscribeMessages(key, listener) {
    return this.#listen(this.#core.subscribe_messages(key), listener);
  }

  loadMore(id, count) {
    this.#core.load_more(id, count);
    this.#queueTurn();
  }

  /** Ends a subscription that may have ended already. */
  unsubscribe(id) {
    if (!this.#listeners.delete(id)) return;
    this.#core.unsubscribe(id);
    this.#queueTurn();
  }

  /** The row of a session in any of the live lists. */
  row(key) {
    for (const { rows } of this.#listeners.values()) {
      const row = rows?.find(key);
      if (row) return row;
    }
  }

  get status() {
    return readStatus(this.#core.status());
  }

  /** Settles at the next hello, or with the error after which there is no further attempt. */
  ready() {
    return new Promise((resolve, reject) => {
      this.#waitingForHello.push({ resolve, reject });
      this.#settleReady(this.status);
    });
  }

  #answer(id) {
    this.#queueTurn();
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  #listen(id, listener) {
    this.#listeners.set(id, listener);
    this.#queueTurn();
    return id;
  }

  #queueTurn() {
    if (this.#draining || this.#turnIsQueued) return;
    this.#turnIsQueued = true;
    queueMicrotask(() => {
      this.#turnIsQueued = false;
      this.#drain();
    });
  }

  // What the host tells.

  #wake = () => {
    if (globalThis.document?.visibilityState === "hidden") return;
    // Timers may have slept, and waiting is pointless.
    this.#ring();
    const { state, retryInMs } = this.status;
    if (state === "disconnected" && retryInMs !== null) this.#input(() => this.#core.connect());
  };

  /** Frames that have come by now are heard first: a deadline may have passed only because the host was busy. */
  #ring = () => {
    this.#clearTimer();
    setTimeout(this.#timeout, 0);
  };

  #timeout = () => this.#input(() => this.#core.timeout());

  #heard = ({ data }) => {
    // Frames are text; what else a peer sends is not meant for us.
    if (typeof data !== "string") return;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return this.#input(() => this.#core.garbage());
    }
    this.#frame = frame;
    if (!tellChange(this.#core, this.#room, frame, data)) this.#core.message(this.#room.write(data));
    this.#drain();
  };

  #input(tell) {
    tell();
    this.#drain();
  }

  /** Carries out what the core asks for. Inputs from in here are picked up by the drain in progress. */
  #drain() {
    if (this.#draining) return;
    this.#draining = true;
    let deadline;
    try {
      deadline = this.#core.drain(this.#shell);
    } finally {
      this.#draining = false;
      this.#frame = undefined;
    }
    if (deadline === Infinity) return this.#clearTimer();
    // A timer that is due before is left alone, because deadlines move with every frame and timers are not free.
    if (this.#due <= deadline) return;
    this.#clearTimer();
    this.#due = deadline;
    const wait = Math.min(Math.max(deadline - performance.now(), 0), LONGEST_WAIT);
    this.#timer = setTimeout(this.#ring, Math.ceil(wait) + 1);
  }

  /** To be called when it has rung, and when it should not: a host with nothing else to do may end. */
  #clearTimer() {
    clearTimeout(this.#timer);
    this.#due = Infinity;
  }

  /** What the core asks for, and what it tells. */
  #shell = {
    open: () => {
      const { WebSocket, url } = this.#options;
      try {
        const socket = new WebSocket(url);
        socket.onopen = () => this.#input(() => this.#core.opened());
        socket.onmessage = this.#heard;
        socket.onclose = (event) => this.#input(() => this.#closed(event));
        // Every error is followed by a close, but `ws` wants a listener.
        socket.onerror = () => {};
        return socket;
      } catch (error) {
        this.#unusable = { error };
      }
    },
    status: (told) => {
      const status = readStatus(told);
      this.#settleReady(status);
      callListener(this.#options.onStatus, undefined, status);
      // Whoever is told may end a subscription that would be told next.
      for (const id of [...this.#listeners.keys()]) this.#listeners.get(id)?.status?.(status);
    },
    answer: (id, told) => {
      const answer = told === undefined ? (this.#frame.payload ?? null) : JSON.parse(told);
      this.#settle(id, ({ resolve }) => resolve(answer));
    },
    refuse: (id, error) => this.#settle(id, ({ reject }) => reject(sessionwireError(JSON.parse(error)))),
    snapshot: (id, told) => {
      const listener = this.#listeners.get(id);
      if (!listener) return;
      const sessions = told === undefined ? this.#frame.payload.list.sessions : JSON.parse(told);
      listener.rows = new Rows(sessions);
      listener.tell({ type: "snapshot", sessions });
    },
    changed: (id, removed, inserted, ts = null, told) => {
      const listener = this.#listeners.get(id);
      if (!listener) return;
      const { reason = null, session } = told === undefined ? this.#frame.payload : JSON.parse(told);
      listener.rows.splice(removed, inserted, session);
      listener.tell({ type: "changed", reason, session, ts });
    },
    tell: (id, removed, event) => {
      const listener = this.#listeners.get(id);
      if (!listener) return;
      listener.rows?.splice(removed);
      listener.tell(JSON.parse(event));
    },
    fail: (id, error) => {
      const listener = this.#listeners.get(id);
      if (!listener) return;
      this.#listeners.delete(id);
      listener.fail(sessionwireError(JSON.parse(error)));
      this.#core.unsubscribe(id);
    },
    identify: () =>
      loadDevice(this.#device).then(
        ({ id, publicKey, token }) => this.#input(() => this.#core.identified(id, publicKey, token)),
        (thrown) => this.#input(() => this.#core.unidentified(words(thrown))),
      ),
    sign: (statement) =>
      signBy(this.#device, statement).then(
        (signature) => this.#input(() => this.#core.signed(statement, signature)),
        (thrown) => this.#input(() => this.#core.unsigned(statement, words(thrown))),
      ),
    keep: (token) => remember(this.#device, "keep", token),
    forget: (token) => remember(this.#device, "forget", token),
  };

  get #device() {
    return this.#options.device;
  }

  /** A socket that the application brought along may not say why it closes. */
  #closed(event) {
    const { code, reason } = event ?? {};
    if (typeof code === "number" && typeof reason === "string") this.#core.closed(code, reason);
    else this.#core.closed();
  }

  #settle(id, how) {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (answer) how(answer);
  }

  #settleReady(status) {
    const isConnected = status.state === "connected";
    if (!isConnected && status.retryInMs !== null) return;
    for (const { resolve, reject } of this.#waitingForHello.splice(0)) {
      if (isConnected) resolve(status);
      else reject(status.error);
    }
  }
}

function readStatus(told) {
  const status = JSON.parse(told);
  if (status.error) status.error = sessionwireError(status.error);
  return status;
}
