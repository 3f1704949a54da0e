//! Who listens to a subscription: brings its copy up to date, then calls back.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Array, Function};
use sessionwire_client_core::{MessageEvent, Row, SessionEvent};
use sessionwire_protocol::SessionKey;
use wasm_bindgen::prelude::*;

use crate::copy::{self, Copy, Place};
use crate::event::{ChangedEvent, EvictedEvent, LeftEvent, SnapshotEvent};
use crate::iterator::{About, Unread};
use crate::{error, host};

#[wasm_bindgen(typescript_custom_section)]
const SESSION_CALLBACKS: &str = r#"
/**
 * Who listens to a subscription to the list. All are optional, and none is called from inside a call to the
 * client; each may call any method of it. What one throws is reported as an uncaught error and changes nothing.
 */
export interface SessionCallbacks {
    /** The whole list: first of all, and whenever what was missed cannot be told one by one. */
    onSnapshot?: (event: SnapshotEvent) => void;
    /** A session is new, or its row differs. */
    onChanged?: (event: ChangedEvent) => void;
    /** A session exists, but no longer in the view of this subscription. */
    onLeft?: (event: LeftEvent) => void;
    /** A generation of a session is gone: reset, deleted or expired. */
    onEvicted?: (event: EvictedEvent) => void;
    /** The connection changed. */
    onStatus?: (status: ConnectionStatus) => void;
    /** The gateway refuses the subscription. Without it, and without an iterator, the error is reported as uncaught. */
    onError?: (error: SessionwireError) => void;
}
"#;

/// The listeners of a subscription to the list, and its copy.
pub(crate) struct SessionFeed {
    callbacks: Callbacks,
    copy: RefCell<Copy>,
    /// Whether there was a snapshot.
    loaded: Cell<bool>,
    readers: RefCell<Vec<Weak<Unread>>>,
    ended: Cell<bool>,
}

impl SessionFeed {
    pub(crate) fn new(callbacks: Callbacks) -> Self {
        Self {
            callbacks,
            copy: RefCell::default(),
            loaded: Cell::new(false),
            readers: RefCell::default(),
            ended: Cell::new(false),
        }
    }

    /// The connection has changed.
    pub(crate) fn tell_status(&self, status: &JsValue) {
        // A listener that was told before may have ended this subscription.
        if self.ended.get() {
            return;
        }
        if let Some(callback) = &self.callbacks.status {
            host::call_listener(callback, &self.callbacks.this, status);
        }
    }

    /// The copy.
    pub(crate) fn rows(&self) -> Array {
        self.copy.borrow().to_array()
    }

    /// The row of a session in the copy.
    pub(crate) fn row(&self, key: &SessionKey) -> Option<JsValue> {
        self.copy.borrow().get(key)
    }

    /// Brings the copy up to date, then tells the listeners.
    pub(crate) fn deliver(&self, event: SessionEvent) {
        match event {
            SessionEvent::Snapshot { rows, .. } => {
                let event = self.take_snapshot(rows);
                self.tell(self.callbacks.snapshot.as_ref(), &About::List, &event);
            }
            SessionEvent::Changed { row, reason, ts } => {
                let event = host::to_js_as_json(&ChangedEvent::new(&row.json, reason.as_ref(), ts));
                let session = host::own(&event, "session");
                self.copy.borrow_mut().upsert(&row.head, session);
                let about = About::State(row.head.key);
                self.tell(self.callbacks.changed.as_ref(), &about, &event);
            }
            SessionEvent::Left { key } => {
                self.copy.borrow_mut().remove(&key);
                let event = host::to_js(&LeftEvent::new(&key));
                self.tell(self.callbacks.left.as_ref(), &About::State(key), &event);
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.copy.borrow_mut().remove(&evicted.key);
                }
                let event = host::to_js(&EvictedEvent::from(&evicted));
                self.tell(self.callbacks.evicted.as_ref(), &About::Eviction, &event);
            }
            SessionEvent::Failed(error) => self.fail(&error::to_js(&error)),
        }
    }

    /// Nothing more is told.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        for reader in self.readers() {
            reader.end(Ok(()));
        }
    }

    fn fail(&self, error: &JsValue) {
        self.ended.set(true);
        let readers = self.readers();
        for reader in &readers {
            reader.end(Err(error.clone()));
        }
        match &self.callbacks.error {
            Some(callback) => host::call_listener(callback, &self.callbacks.this, error),
            None if readers.is_empty() => host::report_uncaught(error.clone()),
            None => {}
        }
    }

    fn take_snapshot(&self, rows: Vec<Row>) -> JsValue {
        let mut sorted = Vec::with_capacity(rows.len());
        for row in rows {
            // Gateways list in this very order, but need not.
            copy::insert(
                &mut sorted,
                (Place::from(&row.head), row.json),
                |(place, _)| place,
            );
        }
        let texts: Vec<_> = sorted.iter().map(|(_, json)| &**json).collect();
        let event = host::to_js_as_json(&SnapshotEvent::new(&texts));
        let sessions: Array = host::own(&event, "sessions").unchecked_into();
        let places = sorted.into_iter().map(|(place, _)| place);
        let rows = places
            .zip(0..)
            .map(|(place, index)| (place, sessions.get(index)));
        self.copy.borrow_mut().replace(rows.collect());
        self.loaded.set(true);
        event
    }

    fn tell(&self, callback: Option<&Function>, about: &About, event: &JsValue) {
        for reader in self.readers() {
            reader.push(about, event);
        }
        if let Some(callback) = callback {
            host::call_listener(callback, &self.callbacks.this, event);
        }
    }

    /// A reader that begins with the list as it is.
    pub(crate) fn reader(&self) -> Rc<Unread> {
        let reader = Rc::new(Unread::default());
        if self.loaded.get() {
            let rows = self.rows();
            let snapshot = host::object([("type", &"snapshot".into()), ("sessions", &rows.into())]);
            reader.push(&About::List, &snapshot);
        }
        if self.ended.get() {
            reader.end(Ok(()));
        }
        self.readers.borrow_mut().push(Rc::downgrade(&reader));
        reader
    }

    /// The readers that somebody still holds.
    fn readers(&self) -> Vec<Rc<Unread>> {
        let mut readers = self.readers.borrow_mut();
        readers.retain(|reader| reader.strong_count() > 0);
        readers.iter().filter_map(Weak::upgrade).collect()
    }
}

/// The functions of a `SessionCallbacks`.
pub(crate) struct Callbacks {
    this: JsValue,
    snapshot: Option<Function>,
    changed: Option<Function>,
    left: Option<Function>,
    evicted: Option<Function>,
    status: Option<Function>,
    error: Option<Function>,
}

impl Callbacks {
    pub(crate) fn read(callbacks: JsValue) -> Result<Self, JsValue> {
        Ok(Self {
            snapshot: host::get_function(&callbacks, "onSnapshot")?,
            changed: host::get_function(&callbacks, "onChanged")?,
            left: host::get_function(&callbacks, "onLeft")?,
            evicted: host::get_function(&callbacks, "onEvicted")?,
            status: host::get_function(&callbacks, "onStatus")?,
            error: host::get_function(&callbacks, "onError")?,
            this: callbacks,
        })
    }
}

/// The listener of a subscription to messages.
pub(crate) struct MessageListener {
    pub(crate) listener: Function,
    pub(crate) on_error: Option<Function>,
}

impl MessageListener {
    pub(crate) fn deliver(&self, event: MessageEvent) {
        let event = match event {
            MessageEvent::Message(payload) => tagged("message", payload.get()),
            MessageEvent::Chat(payload) => tagged("chat", payload.get()),
            MessageEvent::Evicted(evicted) => host::to_js(&EvictedEvent::from(&evicted)),
            MessageEvent::Failed(error) => return self.fail(&error::to_js(&error)),
        };
        host::call_listener(&self.listener, &JsValue::UNDEFINED, &event);
    }

    fn fail(&self, error: &JsValue) {
        match &self.on_error {
            Some(callback) => host::call_listener(callback, &JsValue::UNDEFINED, error),
            None => host::report_uncaught(error.clone()),
        }
    }
}

fn tagged(kind: &str, payload: &str) -> JsValue {
    let Ok(event) = host::parse(payload) else {
        unreachable!("the client core has read it");
    };
    host::set(&event, "type", &kind.into());
    event
}
