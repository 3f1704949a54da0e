use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::ORIGIN;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long an answer or an event may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that speaks the protocol with nothing between it and the wire.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
    /// The methods that the gateway offers.
    pub(crate) offered: Vec<String>,
    /// Events that came and were not waited for.
    events: Vec<Value>,
    /// The `seq` of the last event.
    seq: u64,
}

impl Socket {
    /// Connects, as a program on the same machine does, with these capabilities.
    pub(crate) async fn connect(url: &str, token: &str, caps: &[&str]) -> Result<Self, Value> {
        let (mut socket, _challenge) = Self::open(url, None).await;
        let client =
            json!({"id": "gateway-client", "version": "1", "platform": "linux", "mode": "backend"});
        let params = json!({
            "minProtocol": 4, "maxProtocol": 4, "client": client, "caps": caps, "auth": {"token": token},
            "scopes": ["operator.admin", "operator.pairing", "operator.read", "operator.write"],
        });
        socket.greet(params).await?;
        Ok(socket)
    }

    /// Opens a socket, as a page from there does where that is given, and waits for the challenge.
    pub(crate) async fn open(url: &str, origin: Option<&str>) -> (Self, Value) {
        let mut request = url.into_client_request().expect("it is an address");
        if let Some(origin) = origin {
            let origin = HeaderValue::from_str(origin).expect("it is an origin");
            request.headers_mut().insert(ORIGIN, origin);
        }
        let (stream, _) = connect_async(request).await.expect("the gateway listens");
        let mut socket = Self {
            stream,
            asked: 0,
            offered: Vec::new(),
            events: Vec::new(),
            seq: 0,
        };
        let challenge = socket.event("connect.challenge", |_| true).await;
        (socket, challenge)
    }

    /// Introduces itself.
    pub(crate) async fn greet(&mut self, params: Value) -> Result<(), Value> {
        let hello = self.ask("connect", params).await?;
        let methods = hello["features"]["methods"].as_array();
        let methods = methods.expect("a hello tells the methods").iter();
        self.offered = methods
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        Ok(())
    }

    /// Asks for what must not be refused.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params.clone()).await;
        answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"))
    }

    /// Asks, and gives the answer or the refusal.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.asked += 1;
        let id = self.asked.to_string();
        let request = json!({"type": "req", "id": id, "method": method, "params": params});
        let sent = self.stream.send(Message::text(request.to_string())).await;
        sent.expect("the gateway listens");
        loop {
            let mut frame = self.next().await;
            if frame["type"] == "event" {
                self.events.push(frame);
            } else if frame["id"] == id {
                return match frame["ok"].as_bool() {
                    Some(true) => Ok(frame["payload"].take()),
                    _ => Err(frame["error"].take()),
                };
            }
        }
    }

    /// Waits for an event, and gives its payload.
    pub(crate) async fn event(&mut self, name: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let is_it = |frame: &Value| frame["event"] == name && is_it(&frame["payload"]);
        if let Some(place) = self.events.iter().position(&is_it) {
            return self.events.remove(place)["payload"].take();
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let mut frame = self.next().await;
            if is_it(&frame) {
                return frame["payload"].take();
            }
            self.events.push(frame);
        }
        panic!("no such {name}, but {:?}", self.events);
    }

    /// Waits until the gateway closes the connection, and gives the code.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await;
            let message = message
                .expect("it comes in time")
                .expect("it says farewell");
            if let Message::Close(Some(close)) = message.expect("the connection stands") {
                return close.code.into();
            }
        }
    }

    /// Waits until a session is so in the store, once the list is subscribed to: what a client shows may be ahead of it.
    pub(crate) async fn becomes(&mut self, key: &str, is_so: impl Fn(&Value) -> bool) {
        let params = json!({"key": key});
        while !is_so(&self.call("sessions.describe", params.clone()).await["session"]) {
            // Of changes that follow each other closely OpenClaw's own gateway says only that something changed.
            let of_it =
                |payload: &Value| payload["sessionKey"] == key || payload["sessionKey"].is_null();
            self.event("sessions.changed", of_it).await;
        }
    }

    async fn next(&mut self) -> Value {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await;
            let message = message
                .expect("something comes in time")
                .expect("the gateway does not close")
                .expect("the connection stands");
            let Message::Text(text) = message else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
            if let Some(seq) = frame["seq"].as_u64() {
                assert_eq!(seq, self.seq + 1, "a gap before {frame}");
                self.seq = seq;
            }
            return frame;
        }
    }
}

/// Asks for everything that both gateways have and that starts no model, and waits for what a subscriber is told.
pub(crate) async fn play(url: &str, token: &str) {
    let connect = || async {
        let socket = Socket::connect(url, token, &[]).await;
        socket.unwrap_or_else(|error| panic!("{error}"))
    };
    let (mut actor, mut watcher) = (connect().await, connect().await);
    let key = "agent:main:played";
    for (method, params) in [
        ("health", json!({})),
        ("status", json!({})),
        ("system-presence", json!({})),
        ("config.get", json!({})),
        ("agents.list", json!({})),
        ("models.list", json!({})),
        ("commands.list", json!({})),
        ("sessions.groups.list", json!({})),
        ("sessions.groups.put", json!({"names": ["Work", "Home"]})),
        ("sessions.groups.defaults", json!({})),
    ] {
        actor.call(method, params).await;
    }
    watcher.call("sessions.subscribe", json!({})).await;
    let told = |reason: &'static str| {
        move |payload: &Value| payload["sessionKey"] == key && payload["reason"] == reason
    };

    let made = json!({"key": key, "label": "Made"});
    actor.call("sessions.create", made).await;
    watcher.event("sessions.changed", told("create")).await;
    let follow = json!({"key": key});
    watcher.call("sessions.messages.subscribe", follow).await;
    let changed = json!({"key": key, "label": "Changed", "pinned": true, "category": "Work"});
    actor.call("sessions.patch", changed).await;
    watcher.event("sessions.changed", told("patch")).await;
    let marked = json!({"targets": [{"key": key}, {"key": " "}], "patch": {"unread": true}});
    actor.call("sessions.patchMany", marked).await;

    let command = |message: &str| {
        let run = format!("run of {message}");
        json!({"sessionKey": key, "message": message, "idempotencyKey": run})
    };
    actor.call("chat.send", command("/name Named")).await;
    watcher.becomes(key, |row| row["label"] == "Named").await;
    watcher
        .event("chat", |payload| payload["state"] == "final")
        .await;
    let injected = json!({"sessionKey": key, "message": "hello", "label": "note"});
    actor.call("chat.inject", injected).await;
    let is_injected = |payload: &Value| payload["message"]["role"] == "assistant";
    watcher.event("session.message", is_injected).await;
    let sent = json!({"key": key, "message": "/name Named again"});
    actor.call("sessions.send", sent).await;

    let whole = json!({"includeDerivedTitles": true, "includeLastMessage": true, "archived": "all", "limit": 10});
    for (method, params) in [
        ("sessions.list", whole),
        ("sessions.list", json!({"search": "nothing of this name"})),
        ("sessions.describe", json!({"key": key})),
        ("sessions.describe", json!({"key": "agent:main:nobody"})),
        ("sessions.resolve", json!({"key": key})),
        (
            "sessions.preview",
            json!({"keys": [key, "agent:main:nobody"]}),
        ),
        ("sessions.get", json!({"key": key})),
        ("sessions.search", json!({"query": "hello"})),
        ("chat.history", json!({"sessionKey": key, "limit": 20})),
        ("chat.startup", json!({"sessionKey": key, "limit": 20})),
        ("chat.abort", json!({"sessionKey": key})),
        ("sessions.abort", json!({"key": key})),
        (
            "sessions.groups.rename",
            json!({"name": "Work", "to": "Play"}),
        ),
        ("sessions.groups.delete", json!({"name": "Home"})),
    ] {
        actor.call(method, params).await;
    }
    for (method, params) in [
        ("sessions.list", json!({"limit": 0})),
        ("sessions.patch", json!({"key": key, "label": ""})),
        ("sessions.delete", json!({"key": "main"})),
        ("no.such.method", json!({})),
    ] {
        let answer = actor.ask(method, params).await;
        answer.expect_err(method);
    }
    actor.call("sessions.reset", json!({"key": key})).await;
    watcher.event("sessions.changed", told("reset")).await;
    watcher
        .call("sessions.messages.unsubscribe", json!({"key": key}))
        .await;
    actor.call("sessions.delete", json!({"key": key})).await;
    watcher.event("sessions.changed", told("delete")).await;
    actor.call("sessions.cleanup", json!({})).await;
}
