//! The socket of a connection: what comes in on it, what is written to it, and when.
//!
//! What a commit brings is written by whoever announces it ([`crate::crier`]), so the connection's task sleeps meanwhile.
//! Between its steps the task lets go of the socket and the conversation; a crier that finds them free writes what is
//! due. What it cannot do without waiting it leaves to the task, by ringing the bell: while somebody else has
//! them, while the socket is full, while requests wait for their answers (which the task is woken for anyway), and when
//! the connection is to end.

use std::borrow::Cow;
use std::error::Error;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, close_code};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Error as SocketError;

use crate::auth::Peer;
use crate::config::{MAX_FRAME, WRITE_TIMEOUT};
use crate::conversation::Conversation;
use crate::crier::{Listener, Text, Turn};
use crate::farewell::{close, linger};
use crate::feed::ENOUGH;
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
    let connection = Arc::new_cyclic(|own: &Weak<Connection>| {
        let conversation = Conversation::new(Arc::clone(&gateway), agreement, own.clone());
        Connection {
            talk: Mutex::new(Some(Talk {
                socket,
                conversation,
                unwritten: false,
                broken: false,
            })),
            bell: Notify::new(),
        }
    });
    connection.run(&gateway).await;
    gateway.presence.leave(&id);
    tracing::debug!(connection = id, "disconnected");
}

/// A connection, shared by its task and the criers.
struct Connection {
    /// Until the end, for which the task takes it.
    talk: Mutex<Option<Talk>>,
    /// Rings when the task has something to write.
    bell: Notify,
}

/// What is said, and where.
struct Talk {
    socket: WebSocket,
    conversation: Conversation,
    /// Whether the socket was given frames that it has not written yet.
    unwritten: bool,
    broken: bool,
}

/// Why a connection ends.
enum End {
    /// The peer is out of reach.
    Gone,
    /// The peer said goodbye.
    Closed,
    /// The device was removed.
    Removed,
    /// The gateway stops.
    Stopping,
    Close(u16, &'static str),
}

impl Listener for Connection {
    fn hear(&self, turn: &mut Turn) {
        // A talk that panics here is of no use to its task either, which ends alone.
        let told = catch_unwind(AssertUnwindSafe(|| self.tell(turn)));
        if !told.unwrap_or(false) {
            self.bell.notify_one();
        }
    }
}

impl Connection {
    async fn run(&self, gateway: &Gateway) {
        let end = self.follow(gateway).await;
        let Some(mut talk) = self.lock().take() else {
            return;
        };
        let socket = &mut talk.socket;
        let last_words = match end {
            End::Gone => return,
            End::Closed => return linger(socket).await,
            End::Close(code, reason) => return close(socket, code, reason).await,
            // What was asked before, the removal among it, is answered, and nothing else said.
            End::Removed => talk.conversation.last_answers(),
            End::Stopping => vec![talk.conversation.shutdown_frame()],
        };
        let (patience, code, reason) = match end {
            End::Removed => (LAST_ANSWERS_TIMEOUT, AUTHORITY_GONE, "device removed"),
            _ => (WRITE_TIMEOUT, close_code::RESTART, "service restart"),
        };
        match send(socket, last_words, patience).await {
            Ok(()) => close(socket, code, reason).await,
            Err(End::Close(code, reason)) => close(socket, code, reason).await,
            Err(_) => {}
        }
    }

    /// Does what comes up until the end.
    async fn follow(&self, gateway: &Gateway) -> End {
        let mut stopping = gateway.stopping.subscribe();
        let mut upstream = gateway.upstream.as_ref().map(Upstream::standing);
        let mut hearing = None;
        let mut presence = gateway.presence.version();
        presence.mark_unchanged();
        let (tells_presence, tells_pairing, rests_on_device) = self.with(|talk| {
            (
                talk.conversation.tells_presence(),
                talk.conversation.tells_pairing(),
                talk.conversation.rests_on_device(),
            )
        });
        let mut pairing = tells_pairing.then(|| gateway.pair_requests.news());
        let mut devices = gateway.sessions.devices_changed();
        devices.mark_changed();
        let mut presence_due = None;
        let mut ticks = tick_interval(gateway.config.tick_interval);
        loop {
            self.listen_upstream(gateway, &mut hearing);
            if let Err(end) = self.write().await {
                return end;
            }
            let has_room = self.with(|talk| talk.conversation.has_room());
            tokio::select! {
                message = self.next_message(), if has_room => {
                    if let Err(end) = self.with(|talk| talk.receive(message.as_ref())) {
                        return end;
                    }
                }
                () = self.answered() => {}
                () = self.bell.notified() => {}
                _ = presence.changed(), if tells_presence && presence_due.is_none() => {
                    presence_due = Some(Instant::now() + PRESENCE_PAUSE);
                }
                () = until(presence_due) => {
                    presence_due = None;
                    presence.mark_unchanged();
                    self.with(|talk| talk.conversation.tell_presence());
                }
                () = moved(&mut upstream) => self.with(|talk| talk.conversation.tell_health()),
                news = hear(&mut pairing) => self.with(|talk| match news {
                    Some(news) => talk.conversation.tell_pairing(&news),
                    None => talk.conversation.miss_event(),
                }),
                heard = hear(&mut hearing) => self.with(|talk| {
                    talk.conversation.hear(heard.unwrap_or(Heard::Missed));
                    for heard in unread(&mut hearing) {
                        talk.conversation.hear(heard);
                    }
                }),
                // What has changed is looked at before anything is written.
                _ = devices.changed(), if rests_on_device => {}
                _ = ticks.tick() => self.with(|talk| talk.conversation.tick()),
                () = wait_for(&mut stopping) => {
                    return self.write().await.err().unwrap_or(End::Stopping);
                }
            }
        }
    }

    /// Begins to listen to the upstream, or ends that. What was told before is not to be told.
    fn listen_upstream(&self, gateway: &Gateway, hearing: &mut Option<broadcast::Receiver<Heard>>) {
        let upstream = gateway.upstream.as_ref();
        let upstream = upstream.filter(|_| self.with(|talk| talk.conversation.hears_upstream()));
        match (upstream, &hearing) {
            (Some(upstream), None) => *hearing = Some(upstream.hear()),
            (Some(_), Some(_)) => {}
            (None, _) => *hearing = None,
        }
    }

    async fn next_message(&self) -> Option<Result<Message, axum::Error>> {
        poll_fn(|context| self.with(|talk| talk.socket.poll_next_unpin(context))).await
    }

    async fn answered(&self) {
        poll_fn(|context| self.with(|talk| talk.conversation.poll_answered(context))).await;
    }

    /// Writes until everything is said. A peer that does not read ends the connection.
    async fn write(&self) -> Result<(), End> {
        while self.with(|talk| talk.put(&mut Turn::default()))? > 0 {
            let writing = poll_fn(|context| self.with(|talk| talk.poll_write(context)));
            let writing = async {
                let written = timeout(WRITE_TIMEOUT, writing).await;
                written.unwrap_or(Err(End::Close(close_code::POLICY, "slow consumer")))
            };
            match self.with(|talk| talk.conversation.bonded()) {
                None => writing.await?,
                Some(bonded) => tokio::select! {
                    biased;
                    written = writing => written?,
                    () = bonded.shown_out() => {}
                },
            }
        }
        Ok(())
    }

    /// Says in a turn what there is to say; `false` where something is left to the task.
    fn tell(&self, turn: &mut Turn) -> bool {
        match self.talk.try_lock() {
            // Nothing is said any more.
            Ok(mut talk) => talk.as_mut().is_none_or(|talk| talk.tell(turn)),
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => false,
        }
    }

    /// Holds what the task shares, for something that takes no time.
    fn with<T>(&self, work: impl FnOnce(&mut Talk) -> T) -> T {
        let mut talk = self.talk.lock().expect("a talk that panics ends its task");
        work(talk.as_mut().expect("the task takes it last"))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Talk>> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Talk {
    /// Takes in a message.
    fn receive(&mut self, message: Option<&Result<Message, axum::Error>>) -> Result<(), End> {
        if !self.conversation.may_go_on() {
            return Err(End::Removed);
        }
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

    /// Gives the socket what is to be said next, about 128 KiB at a time, to be written together; returns how many bytes
    /// there are to write. What it was given before is to be written first.
    fn put(&mut self, turn: &mut Turn) -> Result<usize, End> {
        if !self.conversation.may_go_on() {
            return Err(End::Removed);
        }
        if self.unwritten {
            return Ok(ENOUGH);
        }
        let mut bytes = 0;
        while bytes < ENOUGH
            && let Some(frames) = self.conversation.next_frames(turn)
        {
            for frame in frames {
                bytes += frame.len();
                let given = self.socket.start_send_unpin(Message::Text(frame));
                self.broken |= given.is_err();
            }
        }
        if self.broken {
            return Err(End::Gone);
        }
        self.unwritten = bytes > 0;
        Ok(bytes)
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        let written = ready!(self.socket.poll_flush_unpin(context));
        self.unwritten = false;
        self.broken |= written.is_err();
        Poll::Ready(written.map_err(|_| End::Gone))
    }

    fn tell(&mut self, turn: &mut Turn) -> bool {
        if self.unwritten || self.conversation.awaits_answers() {
            return false;
        }
        match self.put(turn) {
            Ok(0) => true,
            // Where more is left to say, that is for the task, so that others need not wait for it.
            Ok(bytes) => {
                let mut context = Context::from_waker(Waker::noop());
                self.poll_write(&mut context).is_ready() && bytes < ENOUGH && !self.broken
            }
            Err(_) => false,
        }
    }
}

/// Writes frames with as few system calls as they fit in. A peer that does not read ends the connection.
async fn send(socket: &mut WebSocket, frames: Vec<Text>, patience: Duration) -> Result<(), End> {
    let writing = async {
        for frame in frames {
            socket.feed(Message::Text(frame)).await?;
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
