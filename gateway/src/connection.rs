//! One connection after its handshake: requests in, responses and events out.

use std::borrow::Cow;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, close_code};
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, SinkExt};
use sessionwire_protocol::event::{self, Shutdown};
use sessionwire_protocol::gateway::Presence;
use sessionwire_protocol::{Scope, StateVersion};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Error as SocketError;

use crate::auth::Peer;
use crate::clock;
use crate::config::{MAX_FRAME, MAX_WAITING_REQUESTS, WRITE_TIMEOUT};
use crate::dispatch::{self, Answer};
use crate::farewell::{close, linger};
use crate::feed::Feed;
use crate::gateway::Gateway;
use crate::handshake::{self, Agreement};
use crate::limit::Handshaking;
use crate::request::Caller;

/// How long changes of the presence list are gathered before they are told.
const PRESENCE_PAUSE: Duration = Duration::from_millis(250);

/// Serves a socket from its challenge to its end.
pub async fn serve(
    mut socket: WebSocket,
    gateway: Arc<Gateway>,
    peer: Peer,
    handshaking: Handshaking,
) {
    let Some(agreement) = handshake::shake(&mut socket, &gateway, &peer).await else {
        return;
    };
    drop(handshaking);
    let id = agreement.connection.clone();
    tracing::debug!(
        connection = id,
        client = agreement.params.client.id,
        "connected"
    );
    Connection::new(socket, Arc::clone(&gateway), agreement)
        .run()
        .await;
    gateway.presence.leave(&id);
    tracing::debug!(connection = id, "disconnected");
}

struct Connection {
    socket: WebSocket,
    caller: Caller,
    feed: Feed,
    waiting: FuturesUnordered<Pin<Box<dyn Future<Output = String> + Send>>>,
    /// Plain protocol 4 is told of presence and health; with cursors nobody asked for that.
    tells_state: bool,
    may_read: bool,
}

/// Why a connection ends.
enum End {
    /// The peer is out of reach.
    Gone,
    /// The peer said goodbye.
    Closed,
    Close(u16, &'static str),
}

impl Connection {
    fn new(socket: WebSocket, gateway: Arc<Gateway>, agreement: Agreement) -> Self {
        let may_read = agreement.scopes.allow(&Scope::READ);
        let head = gateway.sessions.read().journal().head();
        Self {
            socket,
            feed: Feed::new(may_read, agreement.cursors, agreement.session_scoped, head),
            waiting: FuturesUnordered::new(),
            tells_state: !agreement.cursors,
            may_read,
            caller: Caller {
                gateway,
                scopes: Arc::new(agreement.scopes),
                cursors: agreement.cursors,
            },
        }
    }

    async fn run(mut self) {
        let gateway = Arc::clone(&self.caller.gateway);
        let mut head = gateway.sessions.head();
        let mut stopping = gateway.stopping.subscribe();
        let mut presence = gateway.presence.version();
        presence.mark_unchanged();
        let mut presence_due = None;
        let mut ticks = tick_interval(gateway.config.tick_interval);
        let mut ticks_told = 0u64;
        let end = loop {
            let mut first = Vec::new();
            let mut last = Vec::new();
            tokio::select! {
                message = self.socket.recv(), if self.waiting.len() < MAX_WAITING_REQUESTS => {
                    match self.receive(message.as_ref()) {
                        Ok(response) => first.extend(response),
                        Err(end) => break end,
                    }
                }
                Some(response) = self.waiting.next() => last.push(response),
                _ = head.changed() => {}
                _ = presence.changed(), if self.tells_state && self.may_read && presence_due.is_none() => {
                    presence_due = Some(Instant::now() + PRESENCE_PAUSE);
                }
                () = until(presence_due) => {
                    presence_due = None;
                    presence.mark_unchanged();
                    first.push(self.presence_frame());
                }
                _ = ticks.tick() => {
                    self.feed.tick(clock::now(), &mut last);
                    ticks_told += 1;
                    if self.tells_state && ticks_told.is_multiple_of(2) {
                        last.push(self.health_frame());
                    }
                }
                () = wait_for(&mut stopping) => break self.say_shutdown().await,
            }
            while let Some(Some(response)) = self.waiting.next().now_or_never() {
                last.push(response);
            }
            if let Err(end) = self.write(first, last).await {
                break end;
            }
        };
        match end {
            End::Gone => {}
            End::Closed => linger(&mut self.socket).await,
            End::Close(code, reason) => close(&mut self.socket, code, reason).await,
        }
    }

    /// Takes in a message; answers at once what needs no waiting.
    fn receive(
        &mut self,
        message: Option<&Result<Message, axum::Error>>,
    ) -> Result<Option<String>, End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => Cow::Borrowed(text.as_str()),
            Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
            Some(Ok(Message::Close(_))) => return Err(End::Closed),
            None => return Err(End::Gone),
            Some(Err(error)) => return Err(end_of(error)),
        };
        if text.len() > MAX_FRAME {
            return Err(End::Close(close_code::SIZE, ""));
        }
        match dispatch::dispatch(&text, &self.caller, &mut self.feed) {
            Answer::None => Ok(None),
            Answer::Ready(response) => Ok(Some(response)),
            Answer::Waiting(mut response) => {
                // Polled once at once: the order in which requests arrive is the order of their commits.
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                match response.as_mut().poll(&mut context) {
                    Poll::Ready(response) => Ok(Some(response)),
                    Poll::Pending => {
                        self.waiting.push(response);
                        Ok(None)
                    }
                }
            }
        }
    }

    /// Writes answers that came at once, then every event that is due, then answers to changes: who awaits
    /// its own change has been told of it before.
    async fn write(&mut self, first: Vec<String>, last: Vec<String>) -> Result<(), End> {
        self.send(first).await?;
        loop {
            let mut frames = Vec::new();
            let done = self
                .feed
                .catch_up(self.caller.gateway.sessions.read().journal(), &mut frames);
            self.caller.gateway.metrics.events(frames.len());
            self.send(frames).await?;
            if done {
                break;
            }
        }
        self.send(last).await
    }

    /// Writes frames with as few system calls as they fit in. A peer that does not read ends the connection.
    async fn send(&mut self, frames: Vec<String>) -> Result<(), End> {
        if frames.is_empty() {
            return Ok(());
        }
        let writing = async {
            for frame in frames {
                self.socket.feed(Message::text(frame)).await?;
            }
            self.socket.flush().await
        };
        match timeout(WRITE_TIMEOUT, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(close_code::POLICY, "slow consumer")),
        }
    }

    async fn say_shutdown(&mut self) -> End {
        let payload = Shutdown {
            reason: "gateway stopping".to_owned(),
            restart_expected_ms: None,
        };
        let payload = serde_json::to_string(&payload).expect("a shutdown always serialises");
        let frame = self.feed.frame_of(event::SHUTDOWN, &payload);
        match self.write(Vec::new(), vec![frame]).await {
            Ok(()) => End::Close(close_code::RESTART, "service restart"),
            Err(end) => end,
        }
    }

    fn presence_frame(&mut self) -> String {
        let (presence, version) = self.caller.gateway.presence.snapshot();
        let payload =
            serde_json::to_string(&Presence { presence }).expect("presence always serialises");
        self.feed.frame_of_state(event::PRESENCE, &payload, version)
    }

    fn health_frame(&mut self) -> String {
        let payload = serde_json::to_string(&self.caller.gateway.health(self.may_read))
            .expect("health always serialises");
        let (_, version): (_, StateVersion) = self.caller.gateway.presence.snapshot();
        self.feed.frame_of_state(event::HEALTH, &payload, version)
    }
}

fn end_of(error: &axum::Error) -> End {
    match error.source().and_then(|cause| cause.downcast_ref()) {
        Some(SocketError::Capacity(_)) => End::Close(close_code::SIZE, ""),
        Some(SocketError::Utf8(_)) => End::Close(close_code::INVALID, ""),
        Some(SocketError::Protocol(_)) => End::Close(close_code::PROTOCOL, ""),
        _ => End::Gone,
    }
}

fn tick_interval(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn wait_for(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|set| *set).await.is_err() {
        std::future::pending().await
    }
}
