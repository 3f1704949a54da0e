//! A few requests to a running gateway, one after the other.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::value::to_raw_value;
use sessionwire_protocol::connect::{
    ClientInfo, Connect, ConnectAuth, ConnectParams, SESSION_CURSOR,
};
use sessionwire_protocol::{ErrorBody, Frame, Method, PROTOCOL, RequestFrame, Scope, event};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::auth::Token;

/// How long the gateway may take for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// A connection of the gateway's owner.
pub(super) struct Caller {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    url: String,
    requests: u64,
}

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Token(String),
    #[error("{0}")]
    Name(String),
    #[error("\"{0}\" is no gateway's address: it is to be like ws://127.0.0.1:18789")]
    Address(String),
    #[error("no gateway answers at {url}: {error}")]
    Unreachable {
        url: String,
        // Boxed for its size.
        error: Box<tokio_tungstenite::tungstenite::Error>,
    },
    #[error("the gateway at {0} did not answer in time")]
    Silent(String),
    #[error("the gateway at {0} ended the connection")]
    Closed(String),
    #[error("what answers at {0} does not speak as a gateway does")]
    Unreadable(String),
    #[error("the gateway refuses: {0}")]
    Refused(Box<ErrorBody>),
}

impl Caller {
    /// Connects with the shared token.
    pub(super) async fn connect(url: &str, token: &Token) -> Result<Self, Fault> {
        if !url.starts_with("ws://") {
            return Err(Fault::Address(url.to_owned()));
        }
        let connected = timeout(PATIENCE, connect_async(url)).await;
        let connected = connected.map_err(|_| Fault::Silent(url.to_owned()))?;
        let (socket, _) = connected.map_err(|error| Fault::Unreachable {
            url: url.to_owned(),
            error: Box::new(error),
        })?;
        let mut caller = Self {
            socket,
            url: url.to_owned(),
            requests: 0,
        };
        caller.wait_for_challenge().await?;
        caller.call::<Connect>(&params(token)).await?;
        Ok(caller)
    }

    /// Asks, and waits for the answer.
    pub(super) async fn call<M: Method>(&mut self, params: &M::Params) -> Result<M::Result, Fault> {
        self.requests += 1;
        let id = self.requests.to_string();
        let params = to_raw_value(params).expect("params always serialise");
        let request = RequestFrame {
            id: id.as_str().into(),
            method: M::NAME.into(),
            params: Some(&params),
        };
        let sent = self.socket.send(Message::text(request.to_json())).await;
        sent.map_err(|_| Fault::Closed(self.url.clone()))?;
        loop {
            let text = self.next().await?;
            match self.read(&text)? {
                Frame::Response(response) if response.id == id => {
                    let result = response.result;
                    let result = result.map_err(|error| Fault::Refused(Box::new(error)))?;
                    let json = result.map_or("null", |result| result.get());
                    return serde_json::from_str(json)
                        .map_err(|_| Fault::Unreadable(self.url.clone()));
                }
                Frame::Response(_) | Frame::Event(_) | Frame::Request(_) => {}
            }
        }
    }

    async fn wait_for_challenge(&mut self) -> Result<(), Fault> {
        let text = self.next().await?;
        match self.read(&text)? {
            Frame::Event(frame) if frame.event == event::CHALLENGE => Ok(()),
            Frame::Event(_) | Frame::Request(_) | Frame::Response(_) => {
                Err(Fault::Unreadable(self.url.clone()))
            }
        }
    }

    fn read<'a>(&self, text: &'a str) -> Result<Frame<'a>, Fault> {
        Frame::parse(text).map_err(|_| Fault::Unreadable(self.url.clone()))
    }

    /// The next text that comes.
    async fn next(&mut self) -> Result<String, Fault> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await;
            let message = message.map_err(|_| Fault::Silent(self.url.clone()))?;
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => {
                    return Err(Fault::Closed(self.url.clone()));
                }
                Some(Ok(_)) => {}
            }
        }
    }
}

/// The cursors are not for use: who knows them is trusted with the token alone, on any machine.
fn params(token: &Token) -> ConnectParams {
    ConnectParams {
        min_protocol: PROTOCOL,
        max_protocol: PROTOCOL,
        client: ClientInfo {
            id: "cli".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: std::env::consts::OS.to_owned(),
            mode: "cli".to_owned(),
            display_name: None,
            device_family: None,
            instance_id: None,
        },
        role: None,
        scopes: Some(vec![Scope::ADMIN, Scope::PAIRING]),
        caps: Some(vec![SESSION_CURSOR.to_owned()]),
        auth: Some(ConnectAuth {
            token: Some(token.reveal().to_owned()),
            ..ConnectAuth::default()
        }),
        device: None,
        locale: None,
        user_agent: None,
    }
}
