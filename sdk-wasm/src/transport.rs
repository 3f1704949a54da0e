//! The socket of the moment: the host's, or one that the application brought along.

use core::cell::RefCell;

use web_sys::WebSocket;

/// A socket that can be replaced.
#[derive(Default)]
pub(crate) struct Transport(RefCell<Option<WebSocket>>);

impl Transport {
    /// Takes a socket in place of the one before.
    pub(crate) fn take(&self, socket: WebSocket) {
        self.0.replace(Some(socket));
    }

    /// Sends a frame. One that a closing socket does not take is lost, as the close event will tell.
    pub(crate) fn send(&self, text: &str) {
        let socket = self.0.borrow().as_ref().map(WebSocket::clone);
        if let Some(socket) = socket {
            let _ = socket.send_with_str(text);
        }
    }

    /// The socket has closed by itself.
    pub(crate) fn forget(&self) {
        self.0.take();
    }

    /// Closes the socket, and hears nothing more of it.
    pub(crate) fn discard(&self, code: u16, reason: &str) {
        let Some(socket) = self.0.take() else {
            return;
        };
        socket.set_onopen(None);
        socket.set_onmessage(None);
        socket.set_onclose(None);
        // Browsers refuse the codes below 3000 that are not 1000.
        if socket.close_with_code_and_reason(code, reason).is_err() {
            let _ = socket.close();
        }
    }
}
