//! The async iterator of a subscription: what its reader has not read yet, without ever growing beyond
//! two events per session and the evictions.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::mem;

use js_sys::Promise;
use sessionwire_protocol::SessionKey;
use wasm_bindgen::prelude::*;

use crate::host::{self, Settle};
use crate::subscription::Handle;

/// The events of a subscription, one after the other, as `for await` reads them.
///
/// What is not read yet is kept in order, but of several unread states of a session only the newest; a
/// snapshot takes the place of all unread states. Evictions are never left out.
#[wasm_bindgen]
pub struct SessionEvents {
    subscription: Handle,
    unread: Rc<Unread>,
}

#[wasm_bindgen]
impl SessionEvents {
    /// The next event, as soon as there is one. Rejects where the subscription failed.
    #[wasm_bindgen(unchecked_return_type = "Promise<IteratorResult<SessionEvent, undefined>>")]
    pub fn next(&self) -> Promise {
        let (promise, reader) = Settle::promise();
        self.unread.read(reader);
        promise
    }

    /// Ends the subscription, as leaving a `for await` does.
    #[wasm_bindgen(
        js_name = "return",
        unchecked_return_type = "Promise<IteratorResult<SessionEvent, undefined>>"
    )]
    pub fn end(&self) -> Promise {
        self.subscription.unsubscribe();
        Promise::resolve(&done())
    }

    /// The iterator itself.
    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]")]
    pub fn iterator(&self) -> Self {
        Self::new(self.subscription.clone(), Rc::clone(&self.unread))
    }
}

impl SessionEvents {
    pub(crate) fn new(subscription: Handle, unread: Rc<Unread>) -> Self {
        Self {
            subscription,
            unread,
        }
    }
}

/// What an event is about, as far as its reader cares.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// Everything.
    List,
    /// The state of one session in the list.
    State(SessionKey),
    /// That a session is not in the list. It may come back as another generation, so this is not superseded by
    /// its next state.
    Absence(SessionKey),
    /// The end of a generation.
    Eviction,
}

/// The events that a reader has not read yet, or the readers that wait for one.
#[derive(Default)]
pub(crate) struct Unread(RefCell<Queue>);

#[derive(Default)]
struct Queue {
    events: VecDeque<(About, JsValue)>,
    waiting: Vec<Settle>,
    end: Option<Result<(), JsValue>>,
}

impl Unread {
    /// An event has happened.
    pub(crate) fn push(&self, about: &About, event: &JsValue) {
        let reader = self.0.borrow_mut().take_in(about, event);
        if let Some(reader) = reader {
            reader.with(&Ok(next(event)));
        }
    }

    /// Nothing follows: the subscription was ended, or has failed.
    pub(crate) fn end(&self, reason: Result<(), JsValue>) {
        let readers = self.0.borrow_mut().close(reason);
        for reader in readers {
            self.read(reader);
        }
    }

    fn read(&self, reader: Settle) {
        let mut queue = self.0.borrow_mut();
        let read = match queue.events.pop_front() {
            Some((_, event)) => Ok(next(&event)),
            None if queue.end.is_some() => queue.ended(),
            None => return queue.waiting.push(reader),
        };
        drop(queue);
        reader.with(&read);
    }
}

impl Queue {
    /// Keeps an event, unless a reader waits for it.
    fn take_in(&mut self, about: &About, event: &JsValue) -> Option<Settle> {
        if self.end.is_some() {
            return None;
        }
        let is_awaited = !self.waiting.is_empty();
        let reader = is_awaited.then(|| self.waiting.remove(0));
        if reader.is_none() {
            self.forget_what_is_superseded_by(about);
            self.events.push_back((about.clone(), event.clone()));
        }
        reader
    }

    /// Takes no more events; returns the readers who wait for one.
    fn close(&mut self, reason: Result<(), JsValue>) -> Vec<Settle> {
        if self.end.is_none() {
            // An error comes after what was told before it; who unsubscribes wants no more at once.
            if reason.is_ok() {
                self.events.clear();
            }
            self.end = Some(reason);
        }
        mem::take(&mut self.waiting)
    }

    fn forget_what_is_superseded_by(&mut self, about: &About) {
        match about {
            About::List => self.events.retain(|(unread, _)| *unread == About::Eviction),
            About::State(_) => self.forget(about),
            About::Absence(key) => {
                self.forget(about);
                self.forget(&About::State(key.clone()));
            }
            About::Eviction => {}
        }
    }

    /// Forgets the one event, if there is one, that is about this.
    fn forget(&mut self, about: &About) {
        if let Some(index) = self.events.iter().position(|(unread, _)| unread == about) {
            self.events.remove(index);
        }
    }

    /// What a reader gets after the last event: an error once, then the end.
    fn ended(&mut self) -> Result<JsValue, JsValue> {
        match self.end.replace(Ok(())) {
            Some(Err(error)) => Err(error),
            Some(Ok(())) | None => Ok(done()),
        }
    }
}

fn next(event: &JsValue) -> JsValue {
    host::object([("value", event), ("done", &JsValue::FALSE)])
}

fn done() -> JsValue {
    host::object([("value", &JsValue::UNDEFINED), ("done", &JsValue::TRUE)])
}
