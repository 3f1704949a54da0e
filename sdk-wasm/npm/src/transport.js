// The socket of the moment: the host's, or one that the application brought along.

export class Transport {
  #socket;

  /** Opens a socket in the place of the one before. Throws where the host cannot. */
  open(WebSocket, url, { opened, heard, closed }) {
    this.discard(1000, "");
    const socket = new WebSocket(url);
    socket.onopen = opened;
    socket.onmessage = heard;
    socket.onclose = (event) => {
      this.#socket = undefined;
      closed(event);
    };
    // Every error is followed by a close, but `ws` wants a listener.
    socket.onerror = () => {};
    this.#socket = socket;
  }

  /** Sends a frame. One that a closing socket does not take is lost, as the close event will tell. */
  send(text) {
    attempt(() => this.#socket?.send(text));
  }

  /** Closes the socket, and hears nothing more of it. */
  discard(code, reason) {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Browsers refuse the codes below 3000 that are not 1000.
    if (!attempt(() => socket.close(code, reason))) attempt(() => socket.close());
  }
}

/** Whether something was done without an error. */
function attempt(something) {
  try {
    something();
    return true;
  } catch {
    return false;
  }
}
