// The socket of the moment: the host's, or one that the application brought along.

export class Transport {
  #socket;

  /** Takes a socket, and listens to it, in place of the one before. */
  open(socket, listeners) {
    this.discard(1000, "");
    // Every error is followed by a close, but `ws` wants a listener.
    this.#socket = Object.assign(socket, listeners, { onerror() {} });
  }

  /** Sends a frame. */
  send(frame) {
    try {
      this.#socket?.send(frame);
    } catch {
      // What a closing socket does not take is lost, as the close event will tell.
    }
  }

  /** The socket has closed by itself. */
  forget() {
    this.#socket = undefined;
  }

  /** Closes the socket, and hears nothing more of it. */
  discard(code, reason) {
    const socket = this.#socket;
    if (!socket) return;
    this.forget();
    Object.assign(socket, { onopen: null, onmessage: null, onclose: null });
    // Browsers refuse the codes below 3000 that are not 1000.
    for (const how of [[code, reason], []]) {
      try {
        return socket.close(...how);
      } catch {
        // One that cannot be closed is left alone.
      }
    }
  }
}
