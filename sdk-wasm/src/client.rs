//! The client core, as the package's own JavaScript drives it.
//!
//! It tells by calling a [`Shell`], and only from inside of [`Core::drain`]. No `RefCell` is borrowed while foreign code
//! runs, so that code may call anything.

use alloc::string::String;
use core::cell::RefCell;
use core::time::Duration;

use js_sys::Array;
use sessionwire_client_core::{
    ClientState, CloseReason, Device, Error, Event, Instant, Json, ListParams, MessageEvent,
    Output, RequestId, SessionEvent, SubscriptionId,
};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::encoding::{Encoding, Heard};
use crate::feed::SessionFeed;
use crate::table::Table;
use crate::transport::Transport;
use crate::{error, event, settings};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// What the driver in JavaScript does for the core. None of this throws.
    pub type Shell;
    /// Opens a socket that tells the core what happens; none where the host cannot.
    #[wasm_bindgen(method)]
    fn open(this: &Shell) -> Option<WebSocket>;
    /// The connection is in another state.
    #[wasm_bindgen(method)]
    fn status(this: &Shell, status: &str);
    /// A request was answered.
    #[wasm_bindgen(method)]
    fn answer(this: &Shell, request: f64, answer: &str);
    /// A request has failed.
    #[wasm_bindgen(method)]
    fn refuse(this: &Shell, request: f64, error: &str);
    /// Something happened in a subscription.
    #[wasm_bindgen(method)]
    fn tell(this: &Shell, subscription: f64, event: &JsValue);
    /// A subscription is over.
    #[wasm_bindgen(method)]
    fn fail(this: &Shell, subscription: f64, error: &str);
    /// Asks which device this is.
    #[wasm_bindgen(method)]
    fn identify(this: &Shell);
    #[wasm_bindgen(method)]
    fn sign(this: &Shell, statement: &str);
    #[wasm_bindgen(method)]
    fn keep(this: &Shell, token: &str);
    #[wasm_bindgen(method)]
    fn forget(this: &Shell, token: &str);
}

/// A client core with a socket. Requests and subscriptions are named by numbers.
#[wasm_bindgen(skip_typescript)]
pub struct Core {
    state: RefCell<ClientState>,
    transport: Transport,
    encoding: Encoding,
    heard: Heard,
    feeds: RefCell<Table<SubscriptionId, SessionFeed>>,
}

/// What the application wants. Params and settings are JSON that JavaScript has checked and written.
#[wasm_bindgen]
impl Core {
    #[wasm_bindgen(constructor)]
    pub fn new(settings: String, timeout: Option<f64>, has_device: bool) -> Self {
        let mut config = settings::read(&Json::written(settings));
        config.has_device = has_device;
        if let Some(milliseconds) = timeout {
            config.request_timeout = Duration::from_millis(milliseconds as u64);
        }
        // Fifty-three random bits are all that a number of JavaScript holds.
        config.seed = (js_sys::Math::random() * (1_u64 << 53) as f64) as u64;
        Self {
            state: RefCell::new(ClientState::new(config)),
            transport: Transport::default(),
            encoding: Encoding::new(),
            heard: Heard::default(),
            feeds: RefCell::default(),
        }
    }

    pub fn connect(&self) {
        self.state.borrow_mut().connect(now());
    }

    pub fn close(&self) {
        self.state.borrow_mut().close();
        self.feeds.take();
    }

    pub fn status(&self) -> String {
        event::status(self.state.borrow().status()).into()
    }

    pub fn request(&self, method: &str, params: Option<String>) -> f64 {
        let params = params.map(Json::written);
        let mut state = self.state.borrow_mut();
        number(state.request(method, params.as_ref(), now()).0)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "texts that may be absent come as our own"
    )]
    pub fn rename(&self, key: &str, label: Option<String>) -> f64 {
        let mut state = self.state.borrow_mut();
        number(state.rename(key, label.as_deref(), now()).0)
    }

    pub fn subscribe_sessions(&self, params: String) -> f64 {
        let params = ListParams::from(Json::written(params));
        let feed = SessionFeed::new(params.order());
        let id = self.state.borrow_mut().subscribe_sessions(params, now());
        self.feeds.borrow_mut().insert(id, feed);
        number(id.0)
    }

    pub fn load_more(&self, id: f64, count: f64) {
        let mut state = self.state.borrow_mut();
        state.load_more(subscription(id), count as u64, now());
    }

    pub fn subscribe_messages(&self, key: &str) -> f64 {
        let mut state = self.state.borrow_mut();
        number(state.subscribe_messages(key, now()).0)
    }

    pub fn unsubscribe(&self, id: f64) {
        let id = subscription(id);
        self.state.borrow_mut().unsubscribe(id, now());
        self.feeds.borrow_mut().remove(&id);
    }

    /// The rows of a list as told last, in its order.
    pub fn rows(&self, id: f64) -> Array {
        let feeds = self.feeds.borrow();
        let feed = feeds.get(&subscription(id));
        feed.map_or_else(Array::new, SessionFeed::rows)
    }

    /// How many those are.
    pub fn count(&self, id: f64) -> usize {
        let feeds = self.feeds.borrow();
        feeds.get(&subscription(id)).map_or(0, SessionFeed::len)
    }
}

/// What the host tells.
#[wasm_bindgen]
impl Core {
    pub fn opened(&self) {
        self.state.borrow_mut().transport_opened(now());
    }

    pub fn message(&self, event: &web_sys::MessageEvent) {
        // Frames are text; what else a peer sends is not meant for us.
        let data = event.data();
        self.encoding.lend(&data, |text| {
            let mut state = self.state.borrow_mut();
            self.heard.set(state.frames() + 1, &data);
            state.frame_received(text, now());
        });
    }

    pub fn closed(&self, code: Option<u16>, reason: Option<String>) {
        self.transport.forget();
        let reason = Option::zip(code, reason).map(|(code, reason)| CloseReason { code, reason });
        self.state.borrow_mut().transport_closed(reason, now());
    }

    pub fn timeout(&self) {
        self.state.borrow_mut().handle_timeout(now());
    }

    pub fn identified(&self, id: String, public_key: String, token: Option<String>) {
        let device = Device {
            id,
            public_key,
            token,
        };
        self.state.borrow_mut().identified(Ok(device));
    }

    pub fn unidentified(&self, problem: String) {
        self.state.borrow_mut().identified(Err(problem));
    }

    pub fn signed(&self, statement: &str, signature: String) {
        self.state.borrow_mut().signed(statement, Ok(signature));
    }

    pub fn unsigned(&self, statement: &str, problem: String) {
        self.state.borrow_mut().signed(statement, Err(problem));
    }

    /// When to call [`Self::timeout`], if nothing else happens before: in milliseconds, as `performance.now()` counts.
    pub fn deadline(&self) -> Option<f64> {
        let deadline = self.state.borrow().poll_timeout()?;
        Some((deadline - Instant::default()).as_secs_f64() * 1000.0)
    }

    /// Tells all that there is to tell.
    pub fn drain(&self, shell: &Shell) {
        while let Some(output) = self.next_output() {
            self.carry_out(output, shell);
        }
        self.heard.clear();
    }
}

impl Core {
    fn next_output(&self) -> Option<Output> {
        self.state.borrow_mut().poll_output()
    }

    fn carry_out(&self, output: Output, shell: &Shell) {
        match output {
            Output::Open => {
                self.transport.discard(1000, "");
                match shell.open() {
                    Some(socket) => self.transport.take(socket),
                    None => self.closed(None, None),
                }
            }
            Output::Send(text) => self.transport.send(&text),
            Output::Close { code, reason } => self.transport.discard(code, reason),
            Output::Identify => shell.identify(),
            Output::Sign(statement) => shell.sign(&statement),
            Output::Keep(token) => shell.keep(&token),
            Output::Forget(token) => shell.forget(&token),
            Output::Event(event) => self.tell(event, shell),
        }
    }

    fn tell(&self, event: Event, shell: &Shell) {
        match event {
            Event::Status(status) => shell.status(event::status(&status).get()),
            Event::Response {
                id: RequestId(id),
                result,
            } => match result {
                Ok(payload) => shell.answer(number(id), payload.get()),
                Err(error) => shell.refuse(number(id), error::write(&error).get()),
            },
            Event::Sessions {
                subscription,
                event,
            } => {
                let id = number(subscription.0);
                match self.apply(subscription, event) {
                    Some(Ok(event)) => shell.tell(id, &event),
                    Some(Err(error)) => shell.fail(id, error::write(&error).get()),
                    None => {}
                }
            }
            Event::Messages {
                subscription: SubscriptionId(id),
                event,
            } => {
                let event = match event {
                    MessageEvent::Message(payload) => event::tagged("message", &payload),
                    MessageEvent::Chat(payload) => event::tagged("chat", &payload),
                    MessageEvent::Evicted(evicted) => event::evicted(&evicted),
                    MessageEvent::Failed(error) => {
                        return shell.fail(number(id), error::write(&error).get());
                    }
                };
                shell.tell(number(id), &event);
            }
            // Nobody asked for them.
            Event::Frame(_) => {}
        }
    }

    /// Brings the rows of a list up to date; nothing where it was unsubscribed.
    fn apply(
        &self,
        subscription: SubscriptionId,
        event: SessionEvent,
    ) -> Option<Result<JsValue, Error>> {
        let mut feeds = self.feeds.borrow_mut();
        Some(feeds.get_mut(&subscription)?.apply(event, &self.heard))
    }
}

fn now() -> Instant {
    Instant::since_origin(Duration::from_micros((performance_now() * 1000.0) as u64))
}

/// Ids count from 1, and no client gets to where numbers of JavaScript are not exact.
fn number(id: u64) -> f64 {
    id as f64
}

fn subscription(id: f64) -> SubscriptionId {
    SubscriptionId(id as u64)
}
