//! Plays the gateway and the driver by hand, and writes down what the client does as lines of text.

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sessionwire_client_core::{
    ClientState, CloseReason, Config, Event, Evicted, FrameEvent, Instant, Json, MessageEvent,
    Output, Row, SessionEvent, Status, SubscriptionId,
};
use sessionwire_protocol::connect::ClientInfo;
use sessionwire_protocol::sessions::SessionsListParams;
use sessionwire_protocol::{Frame, SessionKey};

/// A client, and the time.
pub(crate) struct Script {
    pub(crate) client: ClientState,
    now: Duration,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(ClientInfo {
            id: "gateway-client".to_owned(),
            version: "1".to_owned(),
            platform: "test".to_owned(),
            mode: "backend".to_owned(),
            display_name: None,
            device_family: None,
            instance_id: None,
        });
        change(&mut config);
        Self {
            client: ClientState::new(config),
            now: Duration::from_secs(100),
        }
    }

    /// A client that a gateway with cursors has greeted.
    pub(crate) fn connected() -> Self {
        Self::greeted(&json!({ "features": { "capabilities": ["session-cursor"] } }))
    }

    /// A client that a gateway has greeted in this way.
    pub(crate) fn greeted(hello: &Value) -> Self {
        let mut script = Self::new();
        script.client.connect(script.now());
        script.open_and_greet(hello);
        script.drain();
        script
    }

    pub(crate) fn open_and_greet(&mut self, hello: &Value) {
        self.client.transport_opened(self.now());
        self.event("connect.challenge", &json!({ "nonce": "n", "ts": 1 }));
        let asked = self.last_request("connect");
        self.answer(asked, hello);
    }

    /// The connection is cut, and made again.
    pub(crate) fn reconnect(&mut self) -> Vec<String> {
        self.reconnect_to(&json!({ "features": { "capabilities": ["session-cursor"] } }))
    }

    /// The same, to a gateway that greets in this way.
    pub(crate) fn reconnect_to(&mut self, hello: &Value) -> Vec<String> {
        self.client.transport_closed(None, self.now());
        self.client.connect(self.now());
        self.drain();
        self.open_and_greet(hello);
        let lines = self.drain();
        assert_eq!(lines[0], "connected");
        lines[1..].to_vec()
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::since_origin(self.now)
    }

    pub(crate) fn pass(&mut self, time: Duration) -> Vec<String> {
        self.now += time;
        self.client.handle_timeout(self.now());
        self.drain()
    }

    /// Passes exactly the time until the client's own deadline; returns how long that was.
    pub(crate) fn pass_to_deadline(&mut self) -> Duration {
        let deadline = self.client.poll_timeout().expect("a deadline");
        let wait = deadline - self.now();
        self.now += wait;
        self.client.handle_timeout(self.now());
        wait
    }

    pub(crate) fn frame(&mut self, frame: &Value) {
        let now = self.now();
        self.client.frame_received(&frame.to_string(), now);
    }

    pub(crate) fn event(&mut self, event: &str, payload: &Value) {
        self.frame(&json!({ "type": "event", "event": event, "payload": payload }));
    }

    /// An event at a place of subscription 1; returns what comes of it.
    pub(crate) fn at(
        &mut self,
        prev: u64,
        cursor: u64,
        event: &str,
        payload: &Value,
    ) -> Vec<String> {
        self.put(prev, cursor, event, payload);
        self.drain()
    }

    /// An event at a place of subscription 1.
    pub(crate) fn put(&mut self, prev: u64, cursor: u64, event: &str, payload: &Value) {
        let mut frame = json!({
            "type": "event", "event": event, "payload": payload, "subscription": "1", "prev": prev,
        });
        // As gateways do: without a cursor it is the next offset.
        if cursor != prev + 1 {
            frame["cursor"] = cursor.into();
        }
        self.frame(&frame);
    }

    /// The same with a number; returns what comes of it.
    pub(crate) fn numbered_at(
        &mut self,
        seq: u64,
        prev: u64,
        cursor: u64,
        event: &str,
        payload: &Value,
    ) -> Vec<String> {
        self.frame(&json!({
            "type": "event", "event": event, "payload": payload, "seq": seq,
            "subscription": "1", "prev": prev, "cursor": cursor,
        }));
        self.drain()
    }

    /// Subscribes to a list; returns what the client sends.
    pub(crate) fn subscribe(&mut self, params: &Value) -> Vec<String> {
        let params: SessionsListParams = serde_json::from_value(params.clone()).expect("params");
        let now = self.now();
        self.client.subscribe_sessions(params, now);
        self.drain()
    }

    pub(crate) fn answer(&mut self, id: u64, payload: &Value) {
        self.frame(&json!({ "type": "res", "id": id.to_string(), "ok": true, "payload": payload }));
    }

    pub(crate) fn refuse(&mut self, id: u64, error: &Value) {
        self.frame(&json!({ "type": "res", "id": id.to_string(), "ok": false, "error": error }));
    }

    pub(crate) fn close(&mut self, code: u16, reason: &str) {
        let close = CloseReason {
            code,
            reason: reason.to_owned(),
        };
        self.client.transport_closed(Some(close), self.now());
    }

    pub(crate) fn request(&mut self, method: &str, params: &Value) -> u64 {
        let params = Json::written(params.to_string());
        let now = self.now();
        self.client.request(method, Some(&params), now).0
    }

    pub(crate) fn load_more(&mut self, count: u64) {
        let now = self.now();
        self.client.load_more(SubscriptionId(1), count, now);
    }

    /// Renames a session; returns the id of the request.
    pub(crate) fn rename(&mut self, key: &str, label: Option<&str>) -> u64 {
        let now = self.now();
        self.client.rename(key, label, now).0
    }

    /// The row of the one change that is told.
    pub(crate) fn row_changed(&mut self) -> Value {
        let Some(Output::Event(Event::Sessions {
            event: SessionEvent::Changed { row, .. },
            ..
        })) = self.client.poll_output()
        else {
            panic!("a change is due");
        };
        assert_eq!(self.drain(), [""; 0]);
        serde_json::from_str(row.json().get()).expect("JSON")
    }

    /// Takes the next output.
    pub(crate) fn drain_first(&mut self) -> String {
        line(&self.client.poll_output().expect("an output"))
    }

    /// Drains up to a request for this method; returns its id.
    pub(crate) fn last_request(&mut self, method: &str) -> u64 {
        let mut found = None;
        while let Some(output) = self.client.poll_output() {
            if let Output::Send(text) = &output
                && let Ok(Frame::Request(frame)) = Frame::parse(text)
                && frame.method == method
            {
                found = frame.id.parse().ok();
            }
        }
        found.unwrap_or_else(|| panic!("no request for {method}"))
    }

    pub(crate) fn drain(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.client.poll_output())
            .map(|output| line(&output))
            .collect()
    }
}

/// A row of these tests: key and generation.
pub(crate) fn row(key: &str, revision: &str) -> Value {
    json!({ "key": key, "kind": "direct", "sessionId": "s", "lifecycleRevision": revision })
}

/// A change of a row, which differs from that of [`row`].
pub(crate) fn upserted(key: &str, revision: &str) -> Value {
    let mut row = row(key, revision);
    row["updatedAt"] = 1.into();
    changed(&row)
}

/// The row after a change.
pub(crate) fn changed(row: &Value) -> Value {
    json!({ "reason": "patch", "ts": 1, "session": row })
}

pub(crate) fn left(key: &str) -> Value {
    json!({ "sessionKey": key, "change": "left", "reason": "patch", "ts": 1 })
}

pub(crate) fn drain(key: &str, revision: &str, next: Option<&str>) -> Value {
    let mut drain = json!({
        "sessionKey": key, "sessionId": "s", "lifecycleRevision": revision, "ts": 1,
        "reason": if next.is_some() { "reset" } else { "deleted" },
    });
    if let Some(next) = next {
        drain["nextLifecycleRevision"] = next.into();
    }
    drain
}

/// A client whose subscription 1 holds these sessions, in generation 1, at a place in epoch `e`.
pub(crate) fn live(offset: u64, keys: &[&str]) -> Script {
    live_with(&json!({}), offset, keys)
}

/// The same, subscribed with these params.
pub(crate) fn live_with(params: &Value, offset: u64, keys: &[&str]) -> Script {
    let mut script = Script::connected();
    script.subscribe(params);
    let rows: Vec<_> = keys.iter().map(|key| row(key, "1")).collect();
    script.answer(2, &snapshot("e", offset, &rows));
    assert!(script.drain()[0].starts_with("list 1 snapshot"));
    script
}

/// An answer to `sessions.subscribe` with the list.
pub(crate) fn snapshot(epoch: &str, offset: u64, rows: &[Value]) -> Value {
    json!({
        "subscribed": true, "subscription": "1", "resumed": false,
        "cursor": { "epoch": epoch, "offset": offset }, "list": { "sessions": rows },
    })
}

pub(crate) fn resumed(epoch: &str, offset: u64) -> Value {
    json!({
        "subscribed": true, "subscription": "1", "resumed": true,
        "cursor": { "epoch": epoch, "offset": offset },
    })
}

fn line(output: &Output) -> String {
    match output {
        Output::Open => "open".to_owned(),
        Output::Close { code, reason } => format!("close {code} {reason}"),
        Output::Identify => "identify".to_owned(),
        Output::Sign(statement) => format!("sign {statement}"),
        Output::Keep(token) => format!("keep {token}"),
        Output::Forget(token) => format!("forget {token}"),
        Output::Send(text) => match Frame::parse(text) {
            Ok(Frame::Request(frame)) => format!(
                "send {} {} {}",
                frame.id,
                frame.method,
                frame.params.map_or("-", RawValue::get)
            ),
            other => panic!("a client sends requests, not {other:?}"),
        },
        Output::Event(Event::Status(status)) => match status {
            Status::Connecting { attempt } => format!("connecting {attempt}"),
            Status::Connected { .. } => "connected".to_owned(),
            Status::Disconnected { retry_in, error } => {
                let error = error.as_ref().expect("told only after something happened");
                let then = if retry_in.is_some() { "retry" } else { "stop" };
                format!("disconnected, {then}: {error}")
            }
        },
        Output::Event(Event::Response { id, result }) => match result {
            Ok(payload) => format!("response {id} {payload}"),
            Err(error) => format!("response {id} failed: {error}"),
        },
        Output::Event(Event::Sessions {
            subscription,
            event,
            ..
        }) => format!("list {subscription} {}", session_event(event)),
        Output::Event(Event::Messages {
            subscription,
            event,
        }) => format!("messages {subscription} {}", message_event(event)),
        Output::Event(Event::Frame(frame)) => match frame {
            FrameEvent::Hello(payload) => format!("frame hello {payload}"),
            FrameEvent::Event { name, payload } => format!("frame {name} {payload}"),
            FrameEvent::Missed => "frames are missing".to_owned(),
        },
    }
}

fn session_event(event: &SessionEvent) -> String {
    match event {
        SessionEvent::Snapshot { rows, cursor } => {
            let rows: Vec<_> = rows.iter().map(|row| shown(row)).collect();
            let place = cursor.as_ref().map_or_else(
                || "no place".to_owned(),
                |cursor| format!("{}:{}", cursor.epoch, cursor.offset),
            );
            format!("snapshot {} at {place}", rows.join(" "))
        }
        SessionEvent::Changed { row, .. } => format!("changed {}", shown(row)),
        SessionEvent::Left { key } => format!("left {key}"),
        SessionEvent::Evicted(evicted) => eviction(evicted),
        SessionEvent::Failed(error) => format!("failed: {error}"),
    }
}

fn message_event(event: &MessageEvent) -> String {
    match event {
        MessageEvent::Message(json) => format!("message {json}"),
        MessageEvent::Chat(json) => format!("chat {json}"),
        MessageEvent::Evicted(evicted) => eviction(evicted),
        MessageEvent::Failed(error) => format!("failed: {error}"),
    }
}

fn eviction(evicted: &Evicted) -> String {
    let gone = generation(&evicted.key, evicted.lifecycle_revision.as_ref());
    let how = if evicted.inferred { "inferred" } else { "told" };
    let next = evicted.next_lifecycle_revision.as_deref().unwrap_or("-");
    format!("evicted {gone} {:?} {how}, next {next}", evicted.reason)
}

fn generation(key: &SessionKey, revision: Option<&String>) -> String {
    format!("{key}@{}", revision.map_or("-", String::as_str))
}

/// A row by its generation, and its label where it has one: `=` if it is confirmed, else `?`.
fn shown(row: &Row) -> String {
    let generation = generation(&row.head.key, row.head.lifecycle_revision.as_ref());
    let mark = if row.is_pending() { "?" } else { "=" };
    match row.head.label.as_deref() {
        None if row.is_pending() => format!("{generation}?"),
        None => generation,
        Some(label) => format!("{generation}{mark}{label}"),
    }
}
