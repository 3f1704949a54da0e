//! The WebSocket of the host, or the one that the application brought along.

use alloc::string::String;
use core::cell::RefCell;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

/// A WebSocket that can be opened again.
pub(crate) struct Transport {
    constructor: Function,
    url: String,
    socket: RefCell<Option<WebSocket>>,
}

/// The functions that a socket calls, each with its event.
pub(crate) struct Handlers<'a> {
    pub(crate) open: &'a Function,
    pub(crate) message: &'a Function,
    pub(crate) close: &'a Function,
    pub(crate) error: &'a Function,
}

impl Transport {
    pub(crate) fn new(constructor: Function, url: String) -> Self {
        Self {
            constructor,
            url,
            socket: RefCell::new(None),
        }
    }

    /// Opens a socket in place of the one before. Fails where the URL cannot be one.
    pub(crate) fn open(&self, handlers: &Handlers<'_>) -> Result<(), JsValue> {
        self.discard(1000, "");
        let socket = Reflect::construct(&self.constructor, &Array::of1(&self.url.as_str().into()))?;
        // Not every socket is of the global class: `ws` has its own, and so may the application.
        let socket: WebSocket = socket.unchecked_into();
        socket.set_onopen(Some(handlers.open));
        socket.set_onmessage(Some(handlers.message));
        socket.set_onclose(Some(handlers.close));
        socket.set_onerror(Some(handlers.error));
        self.socket.replace(Some(socket));
        Ok(())
    }

    /// Sends a frame. One that a closing socket does not take is lost, as the close event will tell.
    pub(crate) fn send(&self, text: &str) {
        let socket = self.socket.borrow().as_ref().map(WebSocket::clone);
        if let Some(socket) = socket {
            let _ = socket.send_with_str(text);
        }
    }

    /// The socket has closed by itself.
    pub(crate) fn forget(&self) {
        self.socket.take();
    }

    /// Closes the socket, and hears nothing more of it.
    pub(crate) fn discard(&self, code: u16, reason: &str) {
        let Some(socket) = self.socket.take() else {
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
