// What both loaders export beside `connect`.

import { Client } from "./client.js";
import { SessionEvents } from "./events.js";
import { MessageSubscription, SessionSubscription } from "./subscription.js";

export { Client, MessageSubscription, SessionEvents, SessionSubscription };
export { isSessionwireError } from "./error.js";

// Not every host has the symbol.
if (Symbol.dispose) {
  Client.prototype[Symbol.dispose] = Client.prototype.close;
  SessionEvents.prototype[Symbol.dispose] = SessionEvents.prototype.return;
  MessageSubscription.prototype[Symbol.dispose] = MessageSubscription.prototype.unsubscribe;
  SessionSubscription.prototype[Symbol.dispose] = SessionSubscription.prototype.unsubscribe;
}
