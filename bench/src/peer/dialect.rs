//! How clients talk to a server.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, ensure};
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
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

/// Gateways let in so many from one address at a time.
pub(crate) const AT_ONCE: usize = 16;

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
        self.connect_from(Ipv4Addr::LOCALHOST, address).await
    }

    /// A connection from this address that is let in.
    pub(crate) async fn connect_from(self, from: Ipv4Addr, address: SocketAddr) -> Result<Socket> {
        match self {
            Self::Cursors | Self::Plain => self.connect_to_gateway(from, address).await,
            Self::Echo => Socket::open(address, "/", from).await,
            Self::SocketIo => {
                let path = "/socket.io/?EIO=4&transport=websocket";
                let mut socket = Socket::open(address, path, from).await?;
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
        self.subscriber_from(Ipv4Addr::LOCALHOST, address).await
    }

    /// A connection from this address that is told of every change.
    pub(crate) async fn subscriber_from(
        self,
        from: Ipv4Addr,
        address: SocketAddr,
    ) -> Result<Socket> {
        let mut socket = self.connect_from(from, address).await?;
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

    /// Connections that are let in and ask for nothing, as they come.
    pub(crate) fn idlers(
        self,
        address: SocketAddr,
        most: usize,
    ) -> impl Stream<Item = Result<Socket>> {
        let opening = (0..most).map(move |_| self.connect(address));
        stream::iter(opening).buffer_unordered(AT_ONCE)
    }

    async fn connect_to_gateway(self, from: Ipv4Addr, address: SocketAddr) -> Result<Socket> {
        let mut socket = Socket::open(address, "/", from).await?;
        socket.hear().await.context("no challenge")?;
        let params = self.connect_params();
        request(&mut socket, "connect", params).await?;
        Ok(socket)
    }

    /// With what a gateway is asked to let a client in.
    pub(crate) fn connect_params(self) -> Value {
        let caps = match self {
            Self::Cursors => json!(["session-cursor"]),
            Self::Plain | Self::Echo | Self::SocketIo => json!([]),
        };
        json!({
            "minProtocol": 4,
            "maxProtocol": 4,
            "client": {"id": "gateway-client", "version": "1", "platform": "linux", "mode": "backend"},
            "role": "operator",
            "scopes": ["operator.admin", "operator.read", "operator.write"],
            "caps": caps,
            "auth": {"token": TOKEN},
        })
    }
}

/// Asks for something over a connection on which nothing else was asked for.
pub(crate) async fn request(socket: &mut Socket, method: &str, params: Value) -> Result<Value> {
    socket.send(&frame(method, &params)).await?;
    let answer = answer(socket).await;
    answer.with_context(|| format!("{method} was refused"))
}

/// A request's text.
pub(crate) fn frame(method: &str, params: &Value) -> String {
    json!({"type": "req", "id": "1", "method": method, "params": params}).to_string()
}

/// The next answer; events before it are passed over.
pub(super) async fn answer(socket: &mut Socket) -> Result<Value> {
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
