//! A gateway that does what a test says, over a real socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sessionwire::Client;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Gateway {
    pub(crate) listener: TcpListener,
}

/// The gateway's end of one connection.
pub(crate) struct Peer {
    socket: WebSocketStream<TcpStream>,
}

/// Waits for what a test is about, and not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, future).await;
    outcome.expect("it happens within ten seconds")
}

/// What a gateway with cursors says.
pub(crate) fn hello() -> Value {
    json!({
        "type": "hello-ok", "protocol": 4, "server": { "version": "1", "connId": "c" },
        "features": { "capabilities": ["session-cursor"] },
        "auth": { "role": "operator", "scopes": ["operator.admin"] },
    })
}

pub(crate) fn row(key: &str, label: &str, updated_at: u64) -> Value {
    json!({
        "key": key, "kind": "direct", "label": label, "sessionId": "s", "lifecycleRevision": "1",
        "updatedAt": updated_at, "pinned": false, "archived": false, "unread": false,
    })
}

impl Gateway {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self { listener }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.listener.local_addr().expect("it is bound"))
    }

    /// A client that has been greeted, and the gateway's end.
    pub(crate) async fn client(&self, hello: &Value) -> (Client, Peer) {
        let client = Client::connect(&self.url(), "secret").expect("a good address");
        let peer = self.greet(hello).await;
        soon(client.ready()).await.expect("it is greeted");
        (client, peer)
    }

    /// Takes the next connection up to the greeting.
    pub(crate) async fn greet(&self, hello: &Value) -> Peer {
        let (mut peer, id, params) = self.challenge().await;
        assert_eq!(params["auth"], json!({ "token": "secret" }));
        assert_eq!(
            params["client"],
            json!({
                "id": "gateway-client", "mode": "backend", "platform": std::env::consts::OS,
                "version": env!("CARGO_PKG_VERSION"),
            })
        );
        peer.answer(&id, hello).await;
        peer
    }

    /// Takes the next connection up to its request to connect.
    pub(crate) async fn challenge(&self) -> (Peer, String, Value) {
        let (stream, _) = soon(self.listener.accept()).await.expect("a connection");
        let socket = soon(tokio_tungstenite::accept_async(stream)).await;
        let mut peer = Peer {
            socket: socket.expect("a WebSocket"),
        };
        peer.event("connect.challenge", &json!({ "nonce": "n", "ts": 1 }))
            .await;
        let (id, params) = peer.asked("connect").await;
        (peer, id, params)
    }
}

impl Peer {
    /// The next request, which is for this method.
    pub(crate) async fn asked(&mut self, method: &str) -> (String, Value) {
        let message = self.next().await;
        let Message::Text(text) = message else {
            panic!("{method} is due, not {message:?}");
        };
        let mut frame: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(frame["method"], method);
        let id = frame["id"].as_str().expect("an id").to_owned();
        (id, frame["params"].take())
    }

    pub(crate) async fn answer(&mut self, id: &str, payload: &Value) {
        self.frame(&json!({ "type": "res", "id": id, "ok": true, "payload": payload }))
            .await;
    }

    pub(crate) async fn refuse(&mut self, id: &str, error: &Value) {
        self.frame(&json!({ "type": "res", "id": id, "ok": false, "error": error }))
            .await;
    }

    pub(crate) async fn event(&mut self, event: &str, payload: &Value) {
        self.frame(&json!({ "type": "event", "event": event, "payload": payload }))
            .await;
    }

    /// An event at the place of a subscription.
    pub(crate) async fn at(&mut self, place: (&Value, u64, u64), event: &str, payload: &Value) {
        let (subscription, prev, cursor) = place;
        self.frame(&json!({
            "type": "event", "event": event, "payload": payload,
            "subscription": subscription, "prev": prev, "cursor": cursor,
        }))
        .await;
    }

    /// Sends what need not be a frame.
    pub(crate) async fn text(&mut self, text: &str) {
        let sent = self.socket.send(Message::text(text)).await;
        sent.expect("the client reads");
    }

    /// Closes the connection.
    pub(crate) async fn close(&mut self, code: u16, reason: &'static str) {
        let close = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        self.socket.close(Some(close)).await.expect("it is open");
    }

    /// The code with which the client closes.
    pub(crate) async fn closed(&mut self) -> u16 {
        let message = self.next().await;
        let Message::Close(Some(close)) = message else {
            panic!("a close is due, not {message:?}");
        };
        // Reading on is what answers it.
        while soon(self.socket.next())
            .await
            .is_some_and(|message| message.is_ok())
        {}
        close.code.into()
    }

    async fn next(&mut self) -> Message {
        let message = soon(self.socket.next()).await.expect("the socket is open");
        message.expect("the socket works")
    }

    async fn frame(&mut self, frame: &Value) {
        let message = Message::text(frame.to_string());
        soon(self.socket.send(message))
            .await
            .expect("the socket works");
    }
}
