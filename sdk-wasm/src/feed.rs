//! Who listens to a subscription: brings its copy up to date, then calls back.

use alloc::rc::{Rc, Weak};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::iter;

use js_sys::{Array, Function};
use sessionwire_client_core::{Json, LiveList, MessageEvent, Order, Row, SessionEvent};
use sessionwire_protocol::SessionKey;
use sessionwire_protocol::sessions::SessionsListParams;
use wasm_bindgen::prelude::*;

use crate::encoding::Heard;
use crate::iterator::{About, Unread};
use crate::{error, event, host};

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
    copy: RefCell<LiveList<JsValue>>,
    window: Cell<Option<Window>>,
    /// Whether there was a snapshot.
    loaded: Cell<bool>,
    readers: RefCell<Vec<Weak<Unread>>>,
    ended: Cell<bool>,
}

/// How much of a list with a limit is shown, in rows.
#[derive(Clone, Copy)]
struct Window {
    first: u64,
    shown: u64,
    wanted: u64,
}

impl SessionFeed {
    pub(crate) fn new(callbacks: Callbacks, params: &SessionsListParams) -> Self {
        let order = Order::by(params.sort_by.unwrap_or_default());
        Self {
            callbacks,
            copy: RefCell::new(LiveList::new(order)),
            window: Cell::new(params.limit.map(Window::new)),
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

    /// The copy, in the order of the list.
    pub(crate) fn rows(&self) -> Array {
        self.copy.borrow().iter().cloned().collect()
    }

    /// Whether there may be rows behind those of the copy.
    pub(crate) fn has_more(&self) -> bool {
        let rows = self.copy.borrow().len() as u64;
        let window = self.window.get();
        self.loaded.get() && window.is_some_and(|window| rows >= window.shown)
    }

    /// The window is to grow: by so many rows, or else by as many as it began with. `None` where all are shown.
    pub(crate) fn grow(&self, count: Option<u64>) -> Option<u64> {
        let window = self.window.get()?;
        let count = count.unwrap_or(window.first);
        let wanted = window.wanted.saturating_add(count);
        self.window.set(Some(Window { wanted, ..window }));
        Some(count)
    }

    /// The row of a session in the copy.
    pub(crate) fn row(&self, key: &SessionKey) -> Option<JsValue> {
        self.copy.borrow().get(key).cloned()
    }

    /// Brings the copy up to date, then tells the listeners.
    pub(crate) fn deliver(&self, event: SessionEvent, heard: &Heard) {
        match event {
            SessionEvent::Snapshot { rows, .. } => {
                let event = self.take_snapshot(&rows, heard);
                self.tell(self.callbacks.snapshot.as_ref(), &About::List, &event);
            }
            SessionEvent::Changed { row, reason, ts } => {
                let event = match heard.payload(row.frame) {
                    Some(payload) => event::changed_by(payload, reason.is_some(), ts),
                    None => event::changed(&row, reason.as_ref(), ts),
                };
                let session = event.session();
                mark(&row, || session.clone());
                self.copy.borrow_mut().set(&row.head, session);
                let about = About::State(row.head.key.clone());
                self.tell(self.callbacks.changed.as_ref(), &about, event.as_ref());
            }
            SessionEvent::Left { key } => {
                self.copy.borrow_mut().remove(&key);
                let event = event::left(&key);
                self.tell(self.callbacks.left.as_ref(), &About::Absence(key), &event);
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.copy.borrow_mut().remove(&evicted.key);
                }
                let event = event::evicted(&evicted);
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

    fn take_snapshot(&self, rows: &[Arc<Row>], heard: &Heard) -> JsValue {
        let sessions = told_rows(rows, heard).unwrap_or_else(|| {
            let texts: Vec<_> = rows.iter().map(|row| row.json.get()).collect();
            let list = Json::written(["[", &texts.join(","), "]"].concat());
            host::parse_own(&list).unchecked_into()
        });
        for (index, row) in rows.iter().enumerate() {
            mark(row, || sessions.get(index as u32));
        }
        let heads = rows.iter().map(|row| &row.head);
        self.copy
            .borrow_mut()
            .replace(iter::zip(heads, sessions.iter()));
        let window = self.window.get();
        self.window.set(window.map(|window| Window {
            shown: window.wanted,
            ..window
        }));
        self.loaded.set(true);
        self.snapshot()
    }

    fn snapshot(&self) -> JsValue {
        event::snapshot(&self.rows())
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
            reader.push(&About::List, &self.snapshot());
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

impl Window {
    const fn new(limit: u64) -> Self {
        Self {
            first: limit,
            shown: limit,
            wanted: limit,
        }
    }
}

/// The rows of a snapshot where they are all as the frame has them.
fn told_rows(rows: &[Arc<Row>], heard: &Heard) -> Option<Array> {
    let frame = rows.first()?.frame;
    let payload = heard.payload(frame)?;
    let are_all = rows.iter().all(|row| row.frame == frame);
    are_all.then(|| payload.unchecked_ref::<Answer>().list().sessions())
}

#[wasm_bindgen]
extern "C" {
    type Answer;
    #[wasm_bindgen(method, getter)]
    fn list(this: &Answer) -> List;
    type List;
    #[wasm_bindgen(method, getter)]
    fn sessions(this: &List) -> Array;
}

/// Says in a row that it shows a name which the gateway has not confirmed.
fn mark(row: &Row, session: impl FnOnce() -> JsValue) {
    if row.pending {
        host::set(&session(), "pending", &JsValue::TRUE);
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
            MessageEvent::Message(payload) => tagged("message", &payload),
            MessageEvent::Chat(payload) => tagged("chat", &payload),
            MessageEvent::Evicted(evicted) => event::evicted(&evicted),
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

fn tagged(kind: &str, payload: &Json) -> JsValue {
    let event = host::parse_own(payload);
    host::set(&event, "type", &kind.into());
    event
}
