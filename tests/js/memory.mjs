// What a client was told of a list, and nothing else.

export class Memory {
  #copy = new Map();
  #held = new Map();
  #seen = new Set();
  #told = [];
  #faults = new Set();
  #snapshots = 0;
  #lasting;

  /** Sessions go from a `lasting` list only by eviction. */
  constructor(lasting) {
    this.#lasting = lasting;
  }

  get lasting() {
    return this.#lasting;
  }

  get hasSnapshot() {
    return this.#snapshots > 0;
  }

  /** The rows by their keys. */
  get copy() {
    return this.#copy;
  }

  /** Whether the generation was held and did not leave the list. */
  held(generation) {
    return this.#held.has(name(generation));
  }

  /** Whether the eviction of the generation was told. */
  wasTold(generation) {
    return this.#told.some((told) => name(told) === name(generation));
  }

  /** Whether it was told of all of these that it held. */
  wasToldOf(gone) {
    const told = new Set(this.#told.map(name));
    return gone.every((generation) => !this.held(generation) || told.has(name(generation)));
  }

  replace(sessions) {
    this.#snapshots += 1;
    const keys = new Set(sessions.map(({ key }) => key));
    for (const row of this.#copy.values()) if (!keys.has(row.key)) this.#forget(row);
    this.#copy.clear();
    for (const session of sessions) this.hold(session);
  }

  hold(session) {
    const { key, lifecycleRevision } = session;
    this.#copy.set(key, whole(session));
    this.#held.set(name(session), { key, lifecycleRevision });
    this.#seen.add(name(session));
  }

  leave(key) {
    const row = this.#copy.get(key);
    if (row) this.#forget(row);
    this.#copy.delete(key);
  }

  evict({ key, lifecycleRevision, livesOn, reason, inferred }) {
    if (!livesOn) this.#copy.delete(key);
    if (!this.#seen.has(name({ key, lifecycleRevision }))) this.fault("told of an eviction of what it never held");
    this.#told.push({ key, lifecycleRevision, reason, inferred });
  }

  /** Something was wrong. */
  fault(what) {
    this.#faults.add(what);
  }

  report() {
    return {
      copy: [...this.#copy.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      held: [...this.#held.values()],
      told: this.#told,
      faults: [...this.#faults],
      snapshots: this.#snapshots,
    };
  }

  /** A session left the list, so that its eviction need not be told. */
  #forget(row) {
    if (!this.#lasting) this.#held.delete(name(row));
  }
}

/** A row with all its flags: one that is absent is `false`. */
export function whole(row) {
  return { archived: false, isMain: false, pinned: false, unread: false, ...row };
}

/** Whether two JSON values are equal, whatever the order of their fields. */
export function same(a, b) {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
}

function name({ key, lifecycleRevision }) {
  return `${lifecycleRevision} ${key}`;
}
