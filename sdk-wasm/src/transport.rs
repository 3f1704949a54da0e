//! The WebSocket of the host, or the one that the application brought along.

use std::cell::RefCell;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type WebSocket;
    #[wasm_bindgen(method, catch)]
    fn send(this: &WebSocket, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &WebSocket, code: u16, reason: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = close)]
    fn close_without_code(this: &WebSocket) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter, catch)]
    fn set_onopen(this: &WebSocket, handler: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter, catch)]
    fn set_onmessage(this: &WebSocket, handler: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter, catch)]
    fn set_onclose(this: &WebSocket, handler: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter, catch)]
    fn set_onerror(this: &WebSocket, handler: &JsValue) -> Result<(), JsValue>;
}

/// A WebSocket that can be opened again.
pub(crate) struct Transport {
    constructor: Function,
    url: String,
    socket: RefCell<Option<WebSocket>>,
}

/// The functions that a socket calls, each with its event.
pub(crate) struct Handlers<'a> {
    pub(crate) open: &'a JsValue,
    pub(crate) message: &'a JsValue,
    pub(crate) close: &'a JsValue,
    pub(crate) error: &'a JsValue,
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
        let socket: WebSocket =
            Reflect::construct(&self.constructor, &Array::of1(&self.url.as_str().into()))?
                .unchecked_into();
        socket.set_onopen(handlers.open)?;
        socket.set_onmessage(handlers.message)?;
        socket.set_onclose(handlers.close)?;
        socket.set_onerror(handlers.error)?;
        self.socket.replace(Some(socket));
        Ok(())
    }

    /// Sends a frame. One that a closing socket does not take is lost, as the close event will tell.
    pub(crate) fn send(&self, text: &str) {
        let socket = self.socket.borrow().as_ref().map(WebSocket::clone);
        if let Some(socket) = socket {
            let _ = socket.send(text);
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
        for detach in [
            WebSocket::set_onopen,
            WebSocket::set_onmessage,
            WebSocket::set_onclose,
        ] {
            let _ = detach(&socket, &JsValue::NULL);
        }
        // Browsers refuse the codes below 3000 that are not 1000.
        if socket.close(code, reason).is_err() {
            let _ = socket.close_without_code();
        }
    }
}
