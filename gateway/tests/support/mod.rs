//! A gateway on a free port, and a client that shows every frame as JSON.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test uses its part"
)]

pub mod http;
pub mod process;
pub mod store;

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sessionwire_gateway::Server;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const TOKEN: &str = "a token for tests";
pub const ADMIN: &[&str] = &["operator.admin"];
pub const READ: &[&str] = &["operator.read"];
pub const CURSORS: &[&str] = &["session-cursor"];
/// How long anything may take before a test fails.
const LIMIT: Duration = Duration::from_secs(20);

/// A gateway with a store of its own.
pub struct Gateway {
    pub server: Server,
    pub data: TempDir,
}

impl Gateway {
    /// Starts one with further options of the command line.
    pub async fn start(args: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary folder"), args).await
    }

    /// Starts one on a store that has something in it.
    pub async fn start_in(data: TempDir, args: &[&str]) -> Self {
        let mut config = store::config(data.path(), args);
        config.token = Some(TOKEN.to_owned());
        let server = Server::start(config).await.expect("the gateway starts");
        Self { server, data }
    }

    /// The same after a stop, started with these options.
    pub async fn restart(self, args: &[&str]) -> Self {
        self.server.stop().await;
        Self::start_in(self.data, args).await
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.server.address())
    }

    /// A connection past its handshake.
    pub async fn client(&self, scopes: &[&str], caps: &[&str]) -> Client {
        Client::connect(&self.url(), scopes, caps).await
    }

    /// A connection of plain protocol 4 that is told of every session.
    pub async fn subscriber(&self, scopes: &[&str]) -> Client {
        let mut client = self.client(scopes, &[]).await;
        let subscribed = client.request("sessions.subscribe", json!({})).await;
        subscribed.expect("it is allowed");
        client
    }
}

/// One connection.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    unread: VecDeque<Value>,
    requests: u64,
    /// The payload of `hello-ok`.
    pub hello: Value,
}

impl Client {
    /// A connection past its handshake.
    pub async fn connect(url: &str, scopes: &[&str], caps: &[&str]) -> Self {
        let mut client = Self::open(url).await;
        client.next_event("connect.challenge").await;
        client.hello = client
            .request("connect", connect_params(scopes, caps))
            .await
            .expect("the handshake succeeds");
        client
    }

    /// A socket before its handshake.
    pub async fn open(url: &str) -> Self {
        Self::open_with(url, &[]).await
    }

    /// The same with further headers.
    pub async fn open_with(url: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut request = url.into_client_request().expect("it is an address");
        for (name, value) in headers {
            let value = value.parse().expect("it is a header");
            request.headers_mut().insert(*name, value);
        }
        let (socket, _) = connect_async(request).await.expect("the gateway listens");
        Self {
            socket,
            unread: VecDeque::new(),
            requests: 0,
            hello: Value::Null,
        }
    }

    /// Sends a request and waits for its payload, or its error.
    pub async fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.begin(method, params).await;
        self.response(&id).await
    }

    /// Sends a request.
    pub async fn begin(&mut self, method: &str, params: Value) -> String {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        self.send(
            &json!({ "type": "req", "id": id, "method": method, "params": params }).to_string(),
        )
        .await;
        id
    }

    /// Waits for the response to a request; events in between stay to be read.
    pub async fn response(&mut self, id: &str) -> Result<Value, Value> {
        let mut frame = self
            .take(|frame| frame["type"] == "res" && frame["id"] == *id)
            .await;
        match frame["ok"] == true {
            true => Ok(frame["payload"].take()),
            false => Err(frame["error"].take()),
        }
    }

    /// Waits for the next event of this name; everything else stays to be read.
    pub async fn next_event(&mut self, name: &str) -> Value {
        self.take(|frame| frame["event"] == *name).await
    }

    /// The events that have come and were not read yet.
    pub fn unread_events(&mut self) -> Vec<Value> {
        let (events, rest): (Vec<_>, Vec<_>) = self
            .unread
            .drain(..)
            .partition(|frame| frame["type"] == "event");
        self.unread = rest.into();
        events
    }

    /// The events that were not read yet, among them all of what was committed before.
    pub async fn events_so_far(&mut self) -> Vec<Value> {
        // The first answer may precede the events that are due, the second one follows them.
        for _ in 0..2 {
            let _answer = self.request("health", json!({})).await;
        }
        self.unread_events()
    }

    /// Sends any text.
    pub async fn send(&mut self, text: &str) {
        self.socket
            .send(Message::text(text))
            .await
            .expect("the connection stands");
    }

    /// Waits for the next frame.
    pub async fn frame(&mut self) -> Value {
        if let Some(frame) = self.unread.pop_front() {
            return frame;
        }
        self.receive()
            .await
            .unwrap_or_else(|(code, reason)| panic!("closed: {code} {reason}"))
    }

    /// Waits for the end of the connection: its code and reason, and what came before.
    pub async fn closed(&mut self) -> (u16, String, Vec<Value>) {
        let mut frames: Vec<Value> = self.unread.drain(..).collect();
        loop {
            match self.receive().await {
                Ok(frame) => frames.push(frame),
                Err((code, reason)) => return (code, reason, frames),
            }
        }
    }

    /// What is under the socket, to be read as it comes.
    pub fn stream(&mut self) -> &mut TcpStream {
        match self.socket.get_mut() {
            MaybeTlsStream::Plain(stream) => stream,
            other => panic!("the gateway speaks no TLS: {other:?}"),
        }
    }

    async fn take(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.unread.iter().position(&wanted) {
            return self.unread.remove(place).expect("it is there");
        }
        loop {
            match self.receive().await {
                Ok(frame) if wanted(&frame) => return frame,
                Ok(frame) => self.unread.push_back(frame),
                Err((code, reason)) => panic!("closed: {code} {reason}; unread: {:?}", self.unread),
            }
        }
    }

    async fn receive(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let message = timeout(LIMIT, self.socket.next()).await;
            let message =
                message.unwrap_or_else(|_| panic!("nothing came; unread: {:?}", self.unread));
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).expect("frames are JSON");
                    return Ok(with_cursor(frame));
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err((close.code.into(), close.reason.to_string()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err((1006, String::new())),
            }
        }
    }
}

/// Where an event of a subscription leads, also where that is left out because it is the next offset.
fn with_cursor(mut frame: Value) -> Value {
    if let (Some(prev), None) = (frame["prev"].as_u64(), frame.get("cursor")) {
        frame["cursor"] = (prev + 1).into();
    }
    frame
}

/// The session that the payload of an event is about: of a row, with cursors, only that says it.
pub fn session_key(payload: &Value) -> &Value {
    match payload.get("sessionKey") {
        Some(key) => key,
        None => &payload["session"]["key"],
    }
}

/// A row as plain protocol 4 has it: with cursors, a flag that is absent is `false`.
pub fn whole(row: &Value) -> Value {
    let mut row = row.clone();
    for flag in ["archived", "isMain", "pinned", "unread"] {
        if row.get(flag).is_none() {
            row[flag] = false.into();
        }
    }
    row
}

/// Params of `connect` with the right token.
pub fn connect_params(scopes: &[&str], caps: &[&str]) -> Value {
    json!({
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": { "id": "gateway-client", "version": "0", "platform": "test", "mode": "backend" },
        "scopes": scopes,
        "caps": caps,
        "auth": { "token": TOKEN },
    })
}
