//! Lends the client core the event loop of the host.
//!
//! Calls of the application only change the core and queue a turn, in which outputs are carried out and
//! listeners called; what the host tells is handled at once. No `RefCell` is borrowed while foreign code
//! runs, so that code may call anything.

mod deliver;

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::{Function, Promise};
use sessionwire_client_core::{
    ClientState, CloseReason, Instant, Json, RequestId, Status, SubscriptionId,
};
use sessionwire_protocol::SessionKey;
use sessionwire_protocol::sessions::SessionsListParams;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use crate::device::DeviceIdentity;
use crate::encoding::{Encoding, Heard};
use crate::event::status_to_js;
use crate::feed::{MessageListener, SessionFeed};
use crate::hooks::Hooks;
use crate::host::{self, Settle, Timer, WakeUps};
use crate::options::Options;
use crate::table::Table;
use crate::transport::Transport;

/// Takes the answer to a request. It may ask for more, but not call the application.
pub(crate) type Reply = Box<dyn FnOnce(Result<JsValue, JsValue>)>;

/// A client core with a socket, a timer and listeners.
pub(crate) struct Driver {
    state: RefCell<ClientState>,
    transport: Transport,
    encoding: Encoding,
    heard: Heard,
    device: Option<DeviceIdentity>,
    this: Weak<Self>,
    timer: RefCell<Timer>,
    hooks: Hooks,
    wake_ups: RefCell<Option<WakeUps>>,
    /// Holds the driver until it is closed: an application may forget its client and only listen.
    in_use: RefCell<Option<Rc<Self>>>,
    replies: RefCell<Table<RequestId, Reply>>,
    feeds: RefCell<Table<SubscriptionId, Rc<SessionFeed>>>,
    listeners: RefCell<Table<SubscriptionId, Rc<MessageListener>>>,
    on_status: Option<Function>,
    waiting_for_hello: RefCell<Vec<Settle>>,
    closed: Cell<bool>,
    draining: Cell<bool>,
    turn_is_queued: Cell<bool>,
    unusable: RefCell<Option<JsValue>>,
}

/// What the application wants. Nothing here calls a listener.
impl Driver {
    /// Starts to connect. Fails where the host cannot make a socket for the URL.
    pub(crate) fn start(options: Options) -> Result<Rc<Self>, JsValue> {
        let driver = Rc::new_cyclic(|driver| Self {
            state: RefCell::new(ClientState::new(options.config)),
            transport: Transport::new(options.constructor, options.url),
            encoding: Encoding::new(),
            heard: Heard::default(),
            device: options.device,
            this: Weak::clone(driver),
            timer: RefCell::default(),
            hooks: Hooks::new(driver),
            wake_ups: RefCell::default(),
            in_use: RefCell::default(),
            replies: RefCell::default(),
            feeds: RefCell::default(),
            listeners: RefCell::default(),
            on_status: options.on_status,
            waiting_for_hello: RefCell::default(),
            closed: Cell::new(false),
            draining: Cell::new(false),
            turn_is_queued: Cell::new(false),
            unusable: RefCell::default(),
        });
        driver.in_use.replace(Some(Rc::clone(&driver)));
        driver
            .wake_ups
            .replace(Some(WakeUps::listen(&driver.hooks.wake)));
        driver.input(ClientState::connect);
        match driver.unusable.take() {
            Some(error) => {
                driver.close();
                Err(error)
            }
            None => Ok(driver),
        }
    }

    /// Connects at once where an attempt is due later.
    pub(crate) fn reconnect(&self) {
        self.command(ClientState::connect);
    }

    /// Ends everything: requests fail, subscriptions and iterators end.
    pub(crate) fn close(&self) {
        self.command(|state, _| state.close());
        for feed in self.feeds.take().values() {
            feed.end();
        }
        self.listeners.take();
        self.wake_ups.take();
        self.closed.set(true);
    }

    /// Sends a request; `reply` gets the answer.
    pub(crate) fn request(&self, method: &str, params: Option<&Json>, reply: Reply) {
        let id = self.command(|state, now| state.request(method, params, now));
        self.replies.borrow_mut().insert(id, reply);
    }

    /// Gives a session a name, which shows at once; `reply` gets the answer.
    pub(crate) fn rename(&self, key: &str, label: Option<&str>, reply: Reply) {
        let id = self.command(|state, now| state.rename(key, label, now));
        self.replies.borrow_mut().insert(id, reply);
    }

    /// Subscribes to a list.
    pub(crate) fn subscribe_sessions(
        &self,
        params: SessionsListParams,
        feed: Rc<SessionFeed>,
    ) -> SubscriptionId {
        let id = self.command(|state, now| state.subscribe_sessions(params, now));
        self.feeds.borrow_mut().insert(id, feed);
        id
    }

    /// Shows more rows of a list.
    pub(crate) fn load_more(&self, id: SubscriptionId, count: u64) {
        self.command(|state, now| state.load_more(id, count, now));
    }

    /// Subscribes to the messages of a session.
    pub(crate) fn subscribe_messages(
        &self,
        key: &str,
        listener: MessageListener,
    ) -> SubscriptionId {
        let id = self.command(|state, now| state.subscribe_messages(key, now));
        self.listeners.borrow_mut().insert(id, Rc::new(listener));
        id
    }

    /// Ends a subscription that may have ended already.
    pub(crate) fn unsubscribe(&self, id: SubscriptionId) {
        let feed = self.feeds.borrow_mut().remove(&id);
        let listener = self.listeners.borrow_mut().remove(&id);
        if feed.is_some() || listener.is_some() {
            self.command(|state, now| state.unsubscribe(id, now));
        }
        if let Some(feed) = feed {
            feed.end();
        }
    }

    /// How the connection is, for JavaScript.
    pub(crate) fn status(&self) -> JsValue {
        status_to_js(self.state.borrow().status())
    }

    /// Settles at the next hello, or with the error after which there is no further attempt.
    pub(crate) fn ready(&self) -> Promise {
        let (promise, settle) = Settle::promise();
        self.waiting_for_hello.borrow_mut().push(settle);
        let status = self.state.borrow().status().clone();
        self.settle_ready(&status);
        promise
    }

    /// The row of a session in any of the live copies.
    pub(crate) fn row(&self, key: &str) -> Option<JsValue> {
        let key = SessionKey::from(key);
        let feeds = self.feeds.borrow();
        feeds.values().find_map(|feed| feed.row(&key))
    }

    fn command<T>(&self, change: impl FnOnce(&mut ClientState, Instant) -> T) -> T {
        let made = change(&mut self.state.borrow_mut(), host::now());
        if !self.draining.get() && !self.turn_is_queued.replace(true) {
            host::queue_microtask(&self.hooks.turn);
        }
        made
    }
}

/// What the host tells.
impl Driver {
    /// The calls of the application are over, for the moment.
    pub(crate) fn turn(&self) {
        self.turn_is_queued.set(false);
        self.drain();
    }

    /// The timer has rung. Frames that have come by now are heard first: a deadline may have passed only
    /// because the host was busy.
    pub(crate) fn ring(&self) {
        self.timer.borrow_mut().clear();
        host::queue_task(&self.hooks.timeout);
    }

    pub(crate) fn message(&self, event: &JsValue) {
        // Frames are text; what else a peer sends is not meant for us.
        let data = event.unchecked_ref::<MessageEvent>().data();
        self.encoding.lend(&data, |text| {
            self.heard.set(self.state.borrow().frames() + 1, &data);
            self.input(|state, now| state.frame_received(text, now));
            self.heard.clear();
        });
    }

    pub(crate) fn closed(&self, event: &JsValue) {
        self.transport.forget();
        let reason = close_reason(event);
        self.input(|state, now| state.transport_closed(reason, now));
    }

    /// The page is shown again, or the network is back: timers may have slept, and waiting is pointless.
    pub(crate) fn wake(&self) {
        if WakeUps::page_is_hidden() {
            return;
        }
        self.ring();
        let waits = matches!(
            self.state.borrow().status(),
            Status::Disconnected {
                retry_in: Some(_),
                ..
            }
        );
        if waits {
            self.input(ClientState::connect);
        }
    }

    pub(crate) fn input(&self, happened: impl FnOnce(&mut ClientState, Instant)) {
        happened(&mut self.state.borrow_mut(), host::now());
        self.drain();
    }
}

/// Looked up field by field: a socket that the application brought along may not say why it closes.
fn close_reason(event: &JsValue) -> Option<CloseReason> {
    let code = host::get(event, "code").ok()?.as_f64()?;
    let reason = host::get(event, "reason").ok()?.as_string()?;
    Some(CloseReason {
        code: code as u16,
        reason,
    })
}
