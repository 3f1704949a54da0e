//! Carries out what the client core asks for, and tells the listeners.

use alloc::rc::Weak;
use alloc::string::String;
use alloc::vec::Vec;

use sessionwire_client_core::{Error, Event, MessageEvent, Output, SessionEvent, Status};
use wasm_bindgen::JsValue;

use super::Driver;
use crate::event::status_to_js;
use crate::{error, host};

impl Driver {
    /// Carries out what the core asks for. Inputs from in here are picked up by the drain in progress.
    pub(super) fn drain(&self) {
        if self.draining.replace(true) {
            return;
        }
        while let Some(output) = self.poll_output() {
            self.carry_out(output);
        }
        self.draining.set(false);
        let deadline = self.state.borrow().poll_timeout();
        match deadline {
            Some(deadline) => {
                let mut timer = self.timer.borrow_mut();
                timer.ring_by(deadline, &self.hooks.ring);
            }
            None => self.timer.borrow_mut().clear(),
        }
        if self.closed.get() {
            self.in_use.take();
        }
    }

    fn poll_output(&self) -> Option<Output> {
        self.state.borrow_mut().poll_output()
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Open => {
                if let Err(error) = self.transport.open(&self.hooks.handlers()) {
                    self.unusable.replace(Some(error));
                    self.input(|state, now| state.transport_closed(None, now));
                }
            }
            Output::Send(text) => self.transport.send(&text),
            Output::Close { code, reason } => self.transport.discard(code, reason),
            Output::Identify => self.identify(),
            Output::Sign(statement) => self.sign(statement),
            Output::Keep(token) => {
                if let Some(device) = &self.device {
                    device.keep(&token);
                }
            }
            Output::Forget(token) => {
                if let Some(device) = &self.device {
                    device.forget(&token);
                }
            }
            Output::Event(Event::Status(status)) => self.tell_status(&status),
            Output::Event(Event::Response { id, result }) => {
                let reply = self.replies.borrow_mut().remove(&id);
                if let Some(reply) = reply {
                    reply(match result {
                        Ok(payload) => Ok(host::parse_own(&payload)),
                        Err(error) => Err(error::to_js(&error)),
                    });
                }
            }
            Output::Event(Event::Sessions {
                subscription,
                event,
            }) => {
                let feed = self.feeds.borrow().get(&subscription).cloned();
                if matches!(event, SessionEvent::Failed(_)) {
                    self.feeds.borrow_mut().remove(&subscription);
                }
                if let Some(feed) = feed {
                    feed.deliver(event, &self.heard);
                }
            }
            Output::Event(Event::Messages {
                subscription,
                event,
            }) => {
                let listener = self.listeners.borrow().get(&subscription).cloned();
                if matches!(event, MessageEvent::Failed(_)) {
                    self.listeners.borrow_mut().remove(&subscription);
                }
                if let Some(listener) = listener {
                    listener.deliver(event);
                }
            }
            // Nobody asked for them.
            Output::Event(Event::Frame(_)) => {}
        }
    }

    /// The answer comes later, from a task of the host.
    fn identify(&self) {
        if let Some(device) = &self.device {
            let driver = Weak::clone(&self.this);
            device.load(move |device| {
                if let Some(driver) = driver.upgrade() {
                    driver.input(|state, _| state.identified(device));
                }
            });
        }
    }

    /// The same.
    fn sign(&self, statement: String) {
        if let Some(device) = &self.device {
            let driver = Weak::clone(&self.this);
            let signing = statement.clone();
            device.sign(&signing, move |signature| {
                if let Some(driver) = driver.upgrade() {
                    driver.input(|state, _| state.signed(&statement, signature));
                }
            });
        }
    }

    fn tell_status(&self, status: &Status) {
        self.settle_ready(status);
        let told = status_to_js(status);
        if let Some(listener) = &self.on_status {
            host::call_listener(listener, &JsValue::UNDEFINED, &told);
        }
        let feeds: Vec<_> = self.feeds.borrow().values().cloned().collect();
        for feed in feeds {
            feed.tell_status(&told);
        }
    }

    pub(super) fn settle_ready(&self, status: &Status) {
        let result = match status {
            Status::Connected { .. } => Ok(status_to_js(status)),
            Status::Disconnected {
                retry_in: None,
                error,
            } => Err(error::to_js(error.as_ref().unwrap_or(&Error::Closed))),
            Status::Connecting { .. } | Status::Disconnected { .. } => return,
        };
        for waiting in self.waiting_for_hello.take() {
            waiting.with(&result);
        }
    }
}
