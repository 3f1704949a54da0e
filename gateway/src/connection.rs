//! The socket of a connection: what comes in on it, what is written to it, and when.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, close_code};
use futures_util::SinkExt;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Error as SocketError;

use crate::auth::Peer;
use crate::config::{MAX_FRAME, WRITE_TIMEOUT};
use crate::conversation::Conversation;
use crate::farewell::{close, linger};
use crate::gateway::Gateway;
use crate::handshake;
use crate::limit::Handshaking;
use crate::upstream::{Heard, Upstream, moved};

/// Closes a connection whose device was removed, or its token taken away.
const AUTHORITY_GONE: u16 = 4001;
/// How long the answers may take that a device is still given when it is removed.
const LAST_ANSWERS_TIMEOUT: Duration = Duration::from_secs(1);
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
    let connection = Connection {
        socket,
        conversation: Conversation::new(Arc::clone(&gateway), agreement),
        gateway: Arc::clone(&gateway),
    };
    connection.run().await;
    gateway.presence.leave(&id);
    tracing::debug!(connection = id, "disconnected");
}

struct Connection {
    socket: WebSocket,
    gateway: Arc<Gateway>,
    conversation: Conversation,
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
    async fn run(mut self) {
        let gateway = Arc::clone(&self.gateway);
        let mut head = gateway.sessions.head();
        let bell = Arc::clone(self.conversation.bell());
        let mut stopping = gateway.stopping.subscribe();
        let mut upstream = gateway.upstream.as_ref().map(Upstream::standing);
        let mut hearing = None;
        self.listen_upstream(&mut hearing);
        let mut presence = gateway.presence.version();
        presence.mark_unchanged();
        let mut pairing = self
            .conversation
            .tells_pairing()
            .then(|| gateway.pair_requests.news());
        let mut devices = gateway.sessions.devices_changed();
        let rests_on_device = self.conversation.rests_on_device();
        devices.mark_changed();
        let mut presence_due = None;
        let mut ticks = tick_interval(gateway.config.tick_interval);
        let end = loop {
            let follows_journal = self.conversation.follows_journal();
            tokio::select! {
                message = self.socket.recv(), if self.conversation.has_room() => {
                    if !self.conversation.may_go_on() {
                        break self.show_out().await;
                    }
                    if let Err(end) = self.receive(message.as_ref()) {
                        break end;
                    }
                }
                () = self.conversation.answered() => {}
                _ = head.changed(), if follows_journal => {}
                () = bell.notified() => {}
                _ = presence.changed(), if self.conversation.tells_presence() && presence_due.is_none() => {
                    presence_due = Some(Instant::now() + PRESENCE_PAUSE);
                }
                () = until(presence_due) => {
                    presence_due = None;
                    presence.mark_unchanged();
                    self.conversation.tell_presence();
                }
                () = moved(&mut upstream) => self.conversation.tell_health(),
                news = hear(&mut pairing) => match news {
                    Some(news) => self.conversation.tell_pairing(&news),
                    None => self.conversation.miss_event(),
                },
                heard = hear(&mut hearing) => {
                    self.conversation.hear(heard.unwrap_or(Heard::Missed));
                    for heard in unread(&mut hearing) {
                        self.conversation.hear(heard);
                    }
                }
                // What has changed is looked at before anything is written.
                _ = devices.changed(), if rests_on_device => {}
                _ = ticks.tick() => self.conversation.tick(),
                () = wait_for(&mut stopping) => break self.say_shutdown().await,
            }
            self.listen_upstream(&mut hearing);
            if let Err(end) = self.write().await {
                break end;
            }
        };
        match end {
            End::Gone => {}
            End::Closed => linger(&mut self.socket).await,
            End::Close(code, reason) => close(&mut self.socket, code, reason).await,
        }
    }

    /// Begins to listen to the upstream, or ends that. What was told before is not to be told.
    fn listen_upstream(&self, hearing: &mut Option<broadcast::Receiver<Heard>>) {
        let upstream = self.gateway.upstream.as_ref();
        let upstream = upstream.filter(|_| self.conversation.hears_upstream());
        match (upstream, &hearing) {
            (Some(upstream), None) => *hearing = Some(upstream.hear()),
            (Some(_), Some(_)) => {}
            (None, _) => *hearing = None,
        }
    }

    /// Takes in a message.
    fn receive(&mut self, message: Option<&Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => Cow::Borrowed(text.as_str()),
            Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Close(_))) => return Err(End::Closed),
            None => return Err(End::Gone),
            Some(Err(error)) => return Err(end_of(error)),
        };
        if text.len() > MAX_FRAME {
            return Err(End::Close(close_code::SIZE, ""));
        }
        self.conversation.receive(&text);
        Ok(())
    }

    /// Writes until everything is said.
    async fn write(&mut self) -> Result<(), End> {
        loop {
            if !self.conversation.may_go_on() {
                return Err(self.show_out().await);
            }
            let Some(frames) = self.conversation.next_frames() else {
                return Ok(());
            };
            let sending = send(&mut self.socket, frames, WRITE_TIMEOUT);
            match self.conversation.bonded() {
                None => sending.await?,
                Some(bonded) => tokio::select! {
                    biased;
                    sent = sending => sent?,
                    () = bonded.shown_out() => {}
                },
            }
        }
    }

    /// Answers what was asked before the device was removed, its own removal among it, and nothing else.
    async fn show_out(&mut self) -> End {
        let answers = self.conversation.last_answers();
        match send(&mut self.socket, answers, LAST_ANSWERS_TIMEOUT).await {
            Ok(()) => End::Close(AUTHORITY_GONE, "device removed"),
            Err(end) => end,
        }
    }

    async fn say_shutdown(&mut self) -> End {
        if let Err(end) = self.write().await {
            return end;
        }
        let frame = self.conversation.shutdown_frame();
        match send(&mut self.socket, vec![frame], WRITE_TIMEOUT).await {
            Ok(()) => End::Close(close_code::RESTART, "service restart"),
            Err(end) => end,
        }
    }
}

/// Writes frames with as few system calls as they fit in. A peer that does not read ends the connection.
async fn send(socket: &mut WebSocket, frames: Vec<String>, patience: Duration) -> Result<(), End> {
    let writing = async {
        for frame in frames {
            socket.feed(Message::text(frame)).await?;
        }
        socket.flush().await
    };
    match timeout(patience, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Close(close_code::POLICY, "slow consumer")),
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

/// The next news, for who listens to any; `None` when some were missed.
async fn hear<T: Clone>(news: &mut Option<broadcast::Receiver<T>>) -> Option<T> {
    match news {
        Some(news) => match news.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// What else has come, to be written together.
fn unread<T: Clone>(news: &mut Option<broadcast::Receiver<T>>) -> impl Iterator<Item = T> {
    const TOGETHER: usize = 64;
    let next = || news.as_mut()?.try_recv().ok();
    std::iter::from_fn(next).take(TOGETHER)
}

async fn wait_for(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|set| *set).await.is_err() {
        std::future::pending().await
    }
}
