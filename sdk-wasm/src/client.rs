//! The client core, as the package's own JavaScript drives it.
//!
//! It tells by calling a [`Shell`], and only from inside of [`Core::drain`]. No `RefCell` is borrowed while foreign code
//! runs, so that code may call anything.

use alloc::string::String;
use core::cell::RefCell;
use core::iter;
use core::time::Duration;

use js_sys::Uint8Array;
use sessionwire_client_core::{
    ChangeFrame, ClientState, CloseReason, Device, Document, Event, Instant, Json, ListParams,
    MessageEvent, Output, RequestId, SessionEvent, Splice, SubscriptionId,
};
use sessionwire_protocol::{Place, RowHead};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::heard::Heard;
use crate::transport::Transport;
use crate::{error, event, settings};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// What the driver in JavaScript does for the core. None of this throws.
    pub type Shell;
    /// A socket that tells the core what happens to it; none where the host cannot make one.
    #[wasm_bindgen(method)]
    fn open(this: &Shell) -> Option<WebSocket>;
    /// The connection is in another state.
    #[wasm_bindgen(method)]
    fn status(this: &Shell, status: &str);
    /// A request was answered; by the frame that is heard where no answer is given.
    #[wasm_bindgen(method)]
    fn answer(this: &Shell, request: f64, answer: Option<&str>);
    /// A request has failed.
    #[wasm_bindgen(method)]
    fn refuse(this: &Shell, request: f64, error: &str);
    /// A list has these rows; those of the frame that is heard where none are given.
    #[wasm_bindgen(method)]
    fn snapshot(this: &Shell, subscription: f64, rows: Option<&str>);
    /// A row takes another place in a list; it and the reason are those of the frame that is heard where none are given.
    #[wasm_bindgen(method)]
    fn changed(
        this: &Shell,
        subscription: f64,
        removed: Option<usize>,
        inserted: Option<usize>,
        ts: Option<f64>,
        payload: Option<&str>,
    );
    /// Something else happened in a subscription, which may take out a row.
    #[wasm_bindgen(method)]
    fn tell(this: &Shell, subscription: f64, removed: Option<usize>, event: &str);
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

/// A client core. Requests and subscriptions are named by numbers.
#[wasm_bindgen(skip_typescript)]
pub struct Core {
    state: RefCell<ClientState>,
    transport: Transport,
    heard: Heard,
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
            heard: Heard::default(),
        }
    }

    pub fn connect(&self) {
        self.state.borrow_mut().connect(now());
    }

    pub fn close(&self) {
        self.state.borrow_mut().close();
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
        let mut state = self.state.borrow_mut();
        number(state.subscribe_sessions(params, now()).0)
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
        let mut state = self.state.borrow_mut();
        state.unsubscribe(subscription(id), now());
    }
}

/// What the host tells.
#[wasm_bindgen]
impl Core {
    pub fn opened(&self) {
        self.state.borrow_mut().transport_opened(now());
    }

    /// Where names and a frame, so many bytes, are to be written to, until memory grows.
    pub fn room(&self, length: usize) -> Uint8Array {
        self.heard.room(length)
    }

    /// A frame was written there, which JavaScript has parsed.
    pub fn message(&self, length: usize) {
        let mut state = self.state.borrow_mut();
        self.heard.take(state.frames() + 1, length, 0, |_, text| {
            state.json_received(&Document::checked(text), now());
        });
    }

    /// The same of a frame that changes a row. Before it stand names that are in it, of so many bytes, or less than none
    /// where there is none; so it is with the numbers.
    #[expect(clippy::too_many_arguments, reason = "to JavaScript it is a record")]
    pub fn changed(
        &self,
        length: usize,
        named: usize,
        subscription: i32,
        reason: i32,
        key: i32,
        session_id: i32,
        lifecycle_revision: i32,
        label: i32,
        prev: f64,
        cursor: f64,
        seq: f64,
        ts: f64,
        pinned_at: f64,
        updated_at: f64,
        created_at: f64,
        last_interaction_at: f64,
        last_activity_at: f64,
    ) {
        let mut state = self.state.borrow_mut();
        self.heard
            .take(state.frames() + 1, length, named, |names, text| {
                let mut names = Texts(names);
                let subscription = names.next(subscription).unwrap_or_default();
                let prev = count(prev).unwrap_or_default();
                // They are taken in their order.
                let frame = ChangeFrame {
                    seq: count(seq),
                    place: Place::new(subscription.into(), prev, count(cursor)),
                    reason: names.next(reason).map(|reason| String::from(reason).into()),
                    ts: count(ts),
                    head: RowHead {
                        key: names.next(key).unwrap_or_default().into(),
                        session_id: names.next(session_id).map(String::from),
                        lifecycle_revision: names.next(lifecycle_revision).map(String::from),
                        pinned_at: count(pinned_at),
                        updated_at: count(updated_at),
                        created_at: count(created_at),
                        last_interaction_at: count(last_interaction_at),
                        last_activity_at: count(last_activity_at),
                        label: names.next(label).map(Into::into),
                    },
                    text,
                };
                state.change_received(frame, now());
            });
    }

    /// A frame has come that is no JSON.
    pub fn garbage(&self) {
        self.state.borrow_mut().garbage_received(now());
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

    /// Tells all that there is to tell; returns when to call [`Self::timeout`], if nothing else happens before: in
    /// milliseconds, as `performance.now()` counts.
    pub fn drain(&self, shell: &Shell) -> f64 {
        self.heard.begin();
        while let Some(output) = self.next_output() {
            self.carry_out(output, shell);
        }
        self.heard.end();
        let deadline = self.state.borrow().poll_timeout();
        deadline.map_or(f64::INFINITY, |deadline| {
            deadline.as_micros() as f64 / 1000.0
        })
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
                Ok(payload) => {
                    let answer = (!self.heard.is_one()).then(|| payload.get());
                    shell.answer(number(id), answer);
                }
                Err(error) => shell.refuse(number(id), error::write(&error).get()),
            },
            Event::Sessions {
                subscription,
                event,
                splice,
            } => self.tell_sessions(number(subscription.0), event, splice, shell),
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
                shell.tell(number(id), None, event.get());
            }
            // Nobody asked for them.
            Event::Frame(_) => {}
        }
    }

    fn tell_sessions(&self, id: f64, event: SessionEvent, splice: Splice, shell: &Shell) {
        let Splice { removed, inserted } = splice;
        match event {
            SessionEvent::Snapshot { rows, .. } => {
                let is_heard = self.heard.shows(rows.iter().map(|row| &**row));
                let rows = (!is_heard).then(|| event::rows(&rows));
                shell.snapshot(id, rows.as_ref().map(Json::get));
            }
            SessionEvent::Changed { row, reason, ts } => {
                let is_heard = self.heard.shows(iter::once(&*row));
                let payload = (!is_heard).then(|| event::changed(&row, reason.as_ref()));
                let ts = ts.map(|ts| ts as f64);
                shell.changed(id, removed, inserted, ts, payload.as_ref().map(Json::get));
            }
            SessionEvent::Left { key } => shell.tell(id, removed, event::left(&key).get()),
            SessionEvent::Evicted(evicted) => {
                shell.tell(id, removed, event::evicted(&evicted).get());
            }
            SessionEvent::Failed(error) => shell.fail(id, error::write(&error).get()),
        }
    }
}

/// Texts that follow each other.
struct Texts<'a>(&'a str);

impl<'a> Texts<'a> {
    fn next(&mut self, length: i32) -> Option<&'a str> {
        let (text, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(text)
    }
}

fn count(number: f64) -> Option<u64> {
    (number >= 0.0).then_some(number as u64)
}

fn now() -> Instant {
    Instant::from_micros((performance_now() * 1000.0) as u64)
}

/// Ids count from 1, and no client gets to where numbers of JavaScript are not exact.
fn number(id: u64) -> f64 {
    id as f64
}

fn subscription(id: f64) -> SubscriptionId {
    SubscriptionId(id as u64)
}
