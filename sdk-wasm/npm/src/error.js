// Errors as applications see them, and what becomes of their own.

/** An error that the core tells of: its message, and its fields. */
export function sessionwireError({ message, ...fields }) {
  return Object.assign(new Error(message), { name: "SessionwireError" }, fields);
}

export function isSessionwireError(value) {
  return value instanceof Error && value.name === "SessionwireError";
}

/** Calls a listener, if there is one; what it throws is its own affair. */
export function callListener(listener, self, argument) {
  try {
    listener?.call(self, argument);
  } catch (error) {
    reportUncaught(error);
  }
}

/** Surfaces an error as what it is: one that nobody caught. */
export function reportUncaught(error) {
  if (typeof globalThis.reportError !== "function") {
    queueMicrotask(() => {
      throw error;
    });
    return;
  }
  try {
    globalThis.reportError(error);
  } catch {
    // A handler of the page that throws in turn has had its say.
  }
}
