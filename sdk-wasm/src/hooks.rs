//! The functions that the host calls.

use std::rc::Weak;

use sessionwire_client_core::ClientState;
use wasm_bindgen::prelude::*;

use crate::driver::Driver;
use crate::transport::Handlers;

/// One function for each thing that the host tells.
pub(crate) struct Hooks {
    pub(crate) turn: Hook,
    pub(crate) ring: Hook,
    pub(crate) timeout: Hook,
    open: Hook,
    message: Hook,
    close: Hook,
    pub(crate) wake: Hook,
    /// Every error is followed by a close, but `ws` wants a listener, also after a socket was given up.
    error: JsValue,
}

impl Hooks {
    pub(crate) fn new(driver: &Weak<Driver>) -> Self {
        Self {
            turn: Hook::new(driver, |driver, _| driver.turn()),
            ring: Hook::new(driver, |driver, _| driver.ring()),
            timeout: Hook::new(driver, |driver, _| {
                driver.input(ClientState::handle_timeout)
            }),
            open: Hook::new(driver, |driver, _| {
                driver.input(ClientState::transport_opened)
            }),
            message: Hook::new(driver, |driver, event| driver.message(&event)),
            close: Hook::new(driver, |driver, event| driver.closed(&event)),
            wake: Hook::new(driver, |driver, _| driver.wake()),
            error: Closure::<dyn Fn()>::new(|| {}).into_js_value(),
        }
    }

    pub(crate) fn handlers(&self) -> Handlers<'_> {
        Handlers {
            open: self.open.as_js(),
            message: self.message.as_js(),
            close: self.close.as_js(),
            error: &self.error,
        }
    }
}

/// A function that does nothing once the driver is gone.
pub(crate) struct Hook(Closure<dyn Fn(JsValue)>);

impl Hook {
    fn new(driver: &Weak<Driver>, call: fn(&Driver, JsValue)) -> Self {
        let driver = Weak::clone(driver);
        Self(Closure::new(move |event| {
            if let Some(driver) = driver.upgrade() {
                call(&driver, event);
            }
        }))
    }

    pub(crate) fn as_js(&self) -> &JsValue {
        self.0.as_ref()
    }
}
