use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::TOKEN;
use crate::socket::Socket;

/// How clients talk to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Protocol 4 with cursors.
    Cursors,
    /// Protocol 4 as OpenClaw has it.
    Plain,
    /// Whatever one client says, every client is told.
    Echo,
    /// The same by socket.io's protocol.
    SocketIo,
}

/// Who makes the changes.
pub(crate) struct Publisher {
    socket: Socket,
    dialect: Dialect,
    /// What each change of an echo says, beside its number.
    filler: String,
    sent: usize,
}

/// The sessions that are changed in turn: as many as keep one that a slow subscriber has not been told of from being
/// changed again.
pub(crate) const SESSIONS: usize = 64;

/// Gateways let in so many from one address at a time.
const AT_ONCE: usize = 16;

impl Dialect {
    /// With what each frame begins that tells a subscriber of a change.
    pub(crate) fn needle(self) -> &'static [u8] {
        match self {
            Self::Cursors | Self::Plain => br#"{"type":"event","event":"sessions.changed""#,
            Self::Echo => b"{",
            Self::SocketIo => b"42",
        }
    }

    /// Whether a publisher is told of its own changes, like a subscriber.
    pub(crate) fn echoes(self) -> bool {
        matches!(self, Self::Echo | Self::SocketIo)
    }

    /// A connection that is let in.
    pub(crate) async fn connect(self, address: SocketAddr) -> Result<Socket> {
        match self {
            Self::Cursors | Self::Plain => self.connect_to_gateway(address).await,
            Self::Echo => Socket::open(address, "/").await,
            Self::SocketIo => {
                let mut socket =
                    Socket::open(address, "/socket.io/?EIO=4&transport=websocket").await?;
                socket.hear().await?;
                socket.send("40").await?;
                let joined = socket.hear().await?;
                ensure!(joined.starts_with(b"40"), "socket.io did not let us in");
                Ok(socket)
            }
        }
    }

    /// A connection that is told of every change.
    pub(crate) async fn subscriber(self, address: SocketAddr) -> Result<Socket> {
        let mut socket = self.connect(address).await?;
        let params = match self {
            Self::Cursors => json!({"subscription": "s"}),
            Self::Plain => json!({}),
            Self::Echo | Self::SocketIo => return Ok(socket),
        };
        request(&mut socket, "sessions.subscribe", params).await?;
        Ok(socket)
    }

    /// Connections that are told of every change.
    pub(crate) async fn subscribers(self, address: SocketAddr, most: usize) -> Result<Vec<Socket>> {
        let opening = (0..most).map(|_| self.subscriber(address));
        stream::iter(opening)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Connections that are let in and ask for nothing.
    pub(crate) async fn idlers(self, address: SocketAddr, most: usize) -> Result<Vec<Socket>> {
        let opening = (0..most).map(|_| self.connect(address));
        stream::iter(opening)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// A publisher whose changes take about so many bytes each, where that is free to choose.
    pub(crate) async fn publisher(self, address: SocketAddr, bytes: usize) -> Result<Publisher> {
        let mut socket = self.connect(address).await?;
        if let Self::Cursors | Self::Plain = self {
            for number in 0..SESSIONS {
                let params = json!({"key": key(number)});
                request(&mut socket, "sessions.create", params).await?;
            }
        }
        Ok(Publisher {
            socket,
            dialect: self,
            filler: "x".repeat(bytes),
            sent: 0,
        })
    }

    async fn connect_to_gateway(self, address: SocketAddr) -> Result<Socket> {
        let mut socket = Socket::open(address, "/").await?;
        socket.hear().await.context("no challenge")?;
        let caps = match self {
            Self::Cursors => json!(["session-cursor"]),
            Self::Plain | Self::Echo | Self::SocketIo => json!([]),
        };
        let params = json!({
            "minProtocol": 4,
            "maxProtocol": 4,
            "client": {"id": "gateway-client", "version": "1", "platform": "linux", "mode": "backend"},
            "role": "operator",
            "scopes": ["operator.admin", "operator.read", "operator.write"],
            "caps": caps,
            "auth": {"token": TOKEN},
        });
        request(&mut socket, "connect", params).await?;
        Ok(socket)
    }
}

impl Publisher {
    /// Sends the next changes, in one piece.
    pub(crate) async fn send(&mut self, changes: usize) -> Result<()> {
        let numbers = self.sent..self.sent + changes;
        self.sent = numbers.end;
        let texts: Vec<String> = numbers.map(|number| self.change(number)).collect();
        self.socket.send_all(texts).await
    }

    fn change(&self, number: usize) -> String {
        match self.dialect {
            Dialect::Cursors | Dialect::Plain => {
                let params =
                    json!({"key": key(number % SESSIONS), "label": format!("label {number}")});
                frame("sessions.patch", &params).to_string()
            }
            Dialect::Echo => json!({"n": number, "text": self.filler}).to_string(),
            Dialect::SocketIo => {
                let text = json!({"n": number, "text": self.filler}).to_string();
                format!("42{}", json!(["m", text]))
            }
        }
    }

    /// Waits until one further change is made.
    pub(crate) async fn made(&mut self) -> Result<()> {
        match self.dialect {
            Dialect::Cursors | Dialect::Plain => answer(&mut self.socket).await.map(drop),
            Dialect::Echo | Dialect::SocketIo => self.socket.hear().await.map(drop),
        }
    }
}

/// Asks for something over a connection on which nothing else was asked for.
pub(crate) async fn request(socket: &mut Socket, method: &str, params: Value) -> Result<Value> {
    socket.send(&frame(method, &params).to_string()).await?;
    let answer = answer(socket).await;
    answer.with_context(|| format!("{method} was refused"))
}

/// A request.
pub(crate) fn frame(method: &str, params: &Value) -> Value {
    json!({"type": "req", "id": "1", "method": method, "params": params})
}

async fn answer(socket: &mut Socket) -> Result<Value> {
    loop {
        let text = socket.hear().await?;
        // Most frames are events, which need not be read to be passed over.
        if !text.starts_with(br#"{"type":"res""#) {
            continue;
        }
        let mut answer: Value = serde_json::from_slice(&text)?;
        ensure!(answer["ok"] == true, "{answer}");
        return Ok(answer["payload"].take());
    }
}

fn key(number: usize) -> String {
    format!("agent:main:bench-{number}")
}
