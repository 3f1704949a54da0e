// Where the core reads texts.

/** So many bytes come before a frame, for names that are in it. The core knows, too. */
const NAMES = 1024;

export class Room {
  #core;
  #encoder = new TextEncoder();
  #names;
  #frame = new Uint8Array();

  constructor(core) {
    this.#core = core;
  }

  /** Writes a frame; returns how many bytes it takes. */
  write(text) {
    // Most are in ASCII, and no unit of a text takes more than three bytes. What was moved with memory has length 0.
    for (let bytes = text.length; ; ) {
      if (this.#frame.length < bytes) {
        const room = this.#core.room(NAMES + bytes);
        this.#names = room.subarray(0, NAMES);
        this.#frame = room.subarray(NAMES);
      }
      const { read, written } = this.#encoder.encodeInto(text, this.#frame);
      if (read === text.length) return written;
      bytes = written + (text.length - read) * 3;
    }
  }

  /** Writes names of the frame that was written last; returns how many bytes they take, 0 where there is no room. */
  name(text) {
    const { read, written } = this.#encoder.encodeInto(text, this.#names);
    return read === text.length ? written : 0;
  }
}
