//! The functions that the host calls.

use alloc::rc::Weak;

use js_sys::Function;
use sessionwire_client_core::ClientState;
use wasm_bindgen::prelude::*;

use crate::driver::Driver;
use crate::transport::Handlers;

/// One function for each thing that the host tells. They belong to JavaScript, which may call them late: once
/// the driver is gone they do nothing.
pub(crate) struct Hooks {
    pub(crate) turn: Function,
    pub(crate) ring: Function,
    pub(crate) timeout: Function,
    pub(crate) wake: Function,
    open: Function,
    message: Function,
    close: Function,
    error: Function,
}

impl Hooks {
    pub(crate) fn new(driver: &Weak<Driver>) -> Self {
        Self {
            turn: hook(driver, |driver, _| driver.turn()),
            ring: hook(driver, |driver, _| driver.ring()),
            timeout: hook(driver, |driver, _| {
                driver.input(ClientState::handle_timeout);
            }),
            wake: hook(driver, |driver, _| driver.wake()),
            open: hook(driver, |driver, _| {
                driver.input(ClientState::transport_opened);
            }),
            message: hook(driver, |driver, event| driver.message(event)),
            close: hook(driver, |driver, event| driver.closed(event)),
            // Every error is followed by a close, but `ws` wants a listener.
            error: hook(driver, |_, _| {}),
        }
    }

    pub(crate) fn handlers(&self) -> Handlers<'_> {
        Handlers {
            open: &self.open,
            message: &self.message,
            close: &self.close,
            error: &self.error,
        }
    }
}

fn hook(driver: &Weak<Driver>, call: fn(&Driver, &JsValue)) -> Function {
    let driver = Weak::clone(driver);
    let function = move |event: JsValue| {
        if let Some(driver) = driver.upgrade() {
            call(&driver, &event);
        }
    };
    Closure::<dyn Fn(JsValue)>::new(function)
        .into_js_value()
        .unchecked_into()
}
