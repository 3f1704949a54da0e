// What both loaders export beside `connect`.

import { Client, MessageSubscription, SessionSubscription } from "./dist/sessionwire.js";

export { Client, MessageSubscription, SessionEvents, SessionSubscription } from "./dist/sessionwire.js";

export function isSessionwireError(value) {
  return value instanceof Error && value.name === "SessionwireError";
}

// The glue disposes of a handle by freeing it; whoever writes `using` means what stands behind the handle.
if (Symbol.dispose) {
  Client.prototype[Symbol.dispose] = Client.prototype.close;
  MessageSubscription.prototype[Symbol.dispose] = MessageSubscription.prototype.unsubscribe;
  SessionSubscription.prototype[Symbol.dispose] = SessionSubscription.prototype.unsubscribe;
}
