// Where the core reads texts.

export class Room {
  #core;
  #encoder = new TextEncoder();
  #bytes = new Uint8Array();

  constructor(core) {
    this.#core = core;
  }

  /** Writes a text; returns how many bytes it takes. */
  write(text) {
    // Most are in ASCII, and no unit of a text takes more than three bytes. What was moved with memory has length 0.
    for (let bytes = text.length; ; ) {
      if (this.#bytes.length < bytes) this.#bytes = this.#core.room(bytes);
      const { read, written } = this.#encoder.encodeInto(text, this.#bytes);
      if (read === text.length) return written;
      bytes = written + (text.length - read) * 3;
    }
  }

  /** How many bytes a text takes. */
  size(text) {
    return this.#encoder.encode(text).length;
  }
}
