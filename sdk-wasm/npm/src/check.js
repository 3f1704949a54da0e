// Arguments, which may be anything where TypeScript does not watch.

/** A text that must be there. */
export function text(value, name) {
  return checked(value, name, "a string", isText(value));
}

/** A function that may be absent. */
export function optionalFunction(value, name) {
  return optional(value, name, "a function", (value) => typeof value === "function");
}

/** The value, unless it is absent or `null`. */
export function optional(value, name, expected, fits) {
  return value == null ? undefined : checked(value, name, expected, fits(value));
}

export function checked(value, name, expected, fits) {
  if (!fits) throw new TypeError(`${name} is not ${expected}`);
  return value;
}

export function isText(value) {
  return typeof value === "string";
}

export function isWhole(value) {
  return Number.isSafeInteger(value) && value > 0;
}
