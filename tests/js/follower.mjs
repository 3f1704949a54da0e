// A client of the npm package that follows lists and messages, and remembers what it was told, in Node and in pages.
import { Memory, same, whole } from "./memory.mjs";
import { Notice } from "./notice.mjs";

export class Follower {
  #client;
  #lists;
  #messages;
  #connections = 0;
  #notice = new Notice();

  /** Connects, and resolves once the first snapshots are there. */
  static async start(connect, { follows, ...options }) {
    const follower = new Follower();
    follower.#client = await connect({ ...options, onStatus: (status) => follower.#count(status) });
    follower.#lists = follows.views.map((view) => follower.#follow(view));
    follower.#messages = follows.messages.map((key) => follower.#hear(key));
    await follower.#notice.until(() => follower.#lists.every(({ memory }) => memory.hasSnapshot));
    return follower;
  }

  grow({ list, count }) {
    this.#lists[list].subscription.loadMore(count);
    return "grown";
  }

  /** What was told, once the lists are what is expected and no eviction is due, or in vain after so many milliseconds. */
  async rest({ expected, gone, withinMs }) {
    const isDone = ({ subscription, memory }, index) =>
      same(subscription.sessions().map(whole), expected[index]) && memory.wasToldOf(gone);
    await this.#notice.until(() => this.#lists.every(isDone), withinMs);
    const connections = this.#connections;
    return {
      lists: this.#lists.map(({ memory, subscription }) => {
        return { ...memory.report(), list: subscription.sessions().map(whole), connections };
      }),
      messages: this.#messages,
    };
  }

  close() {
    this.#client.close();
  }

  #follow({ params, lasting }) {
    const memory = new Memory(lasting);
    const then = (take) => (event) => {
      take(event);
      this.#notice.tell();
    };
    const callbacks = {
      onSnapshot: then(({ sessions }) => memory.replace(sessions)),
      onChanged: then(({ session }) => memory.hold(session)),
      onLeft: then(({ key }) => memory.leave(key)),
      onEvicted: then((eviction) => memory.evict({ ...eviction, livesOn: livesOn(eviction) })),
      onError: (error) => {
        throw error;
      },
    };
    return { memory, subscription: this.#client.subscribeSessions(callbacks, params) };
  }

  #hear(key) {
    const told = [];
    this.#client.subscribeMessages(key, ({ type, key, lifecycleRevision, reason, inferred }) => {
      if (type === "evicted") told.push({ key, lifecycleRevision, reason, inferred });
    });
    return told;
  }

  #count(status) {
    if (status.state === "connected") this.#connections += 1;
  }
}

function livesOn({ nextLifecycleRevision, reason }) {
  return nextLifecycleRevision !== undefined || reason === "reset" || reason === "new";
}
