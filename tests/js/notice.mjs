// What waits for something to be told.

export class Notice {
  #told = () => {};

  /** Something was told. */
  tell() {
    this.#told();
  }

  /** Resolves once `check` holds, or in vain after so many milliseconds. */
  async until(check, withinMs = Infinity) {
    const deadline = performance.now() + withinMs;
    const late = withinMs === Infinity ? undefined : setTimeout(() => this.#told(), withinMs);
    while (performance.now() < deadline && !check()) {
      await new Promise((resolve) => (this.#told = resolve));
      // What is told in one go is looked at once.
      await new Promise((resolve) => setTimeout(resolve));
    }
    clearTimeout(late);
  }
}
