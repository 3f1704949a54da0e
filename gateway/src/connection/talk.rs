//! What the task of a connection shares with the criers: the socket, and what is said on it.

use std::borrow::Cow;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::close_code;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::answers::{Asker, Look};
use crate::config::MAX_FRAME;
use crate::conversation::Conversation;
use crate::crier::{Listener, Ticking, Turn};
use crate::feed::ENOUGH;
use crate::gateway::Gateway;
use crate::greeting::Agreement;
use crate::patience::Patience;
use crate::socket::Socket;

/// Why a connection is closed whose peer does not read.
pub(super) const SLOW: &str = "slow consumer";

/// A talk, between the task of its connection and the criers.
pub(super) struct Shared<S> {
    /// Until the end, for which the task takes it.
    talk: Mutex<Option<Talk<S>>>,
    /// Rings when the task has something to write.
    pub(super) bell: Arc<Notify>,
}

/// What is said, and where.
pub(super) struct Talk<S> {
    pub(super) socket: S,
    pub(super) conversation: Conversation,
    ticking: Ticking,
    broken: bool,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
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

impl<S: Socket + 'static> Shared<S> {
    pub(super) fn new(
        socket: S,
        gateway: Arc<Gateway>,
        agreement: Agreement,
        head: u64,
    ) -> Arc<Self> {
        let bell: Arc<Notify> = Arc::default();
        Arc::new_cyclic(|own: &Weak<Self>| {
            let ticking = gateway.wheel.begin(own.clone());
            let asker = Asker {
                listener: own.clone(),
                bell: Arc::clone(&bell),
            };
            let conversation = Conversation::new(gateway, agreement, head, asker);
            let talk = Talk {
                socket,
                conversation,
                ticking,
                broken: false,
            };
            Self {
                talk: Mutex::new(Some(talk)),
                bell,
            }
        })
    }

    /// Holds the talk, for something that takes no time.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Talk<S>) -> T) -> T {
        let mut talk = self.talk.lock().expect("a talk that panics ends its task");
        work(talk.as_mut().expect("the task takes it last"))
    }

    /// Ends what is shared: criers find nothing any more.
    pub(super) fn take(&self) -> Option<Talk<S>> {
        self.lock().take()
    }

    pub(super) async fn next_message(&self) -> Option<Result<Message, Error>> {
        poll_fn(|context| self.with(|talk| talk.socket.poll_next(context))).await
    }

    /// Writes until nothing is left. A peer that takes nothing of it for so long ends the connection.
    pub(super) async fn written(&self, limit: Duration) -> Result<(), End> {
        let mut patience = Patience::new(limit);
        let mut left = usize::MAX;
        poll_fn(|context| {
            let (written, unwritten) =
                self.with(|talk| (talk.poll_write(context), talk.socket.unwritten()));
            if written.is_ready() {
                return written;
            }
            if unwritten < left {
                left = unwritten;
                patience.restore();
            }
            ready!(patience.poll_end(context));
            Poll::Ready(Err(End::Close(close_code::POLICY, SLOW)))
        })
        .await
    }

    /// Says what there is to say; `false` where something is left to the task.
    fn tell(&self, turn: &mut Turn) -> bool {
        match self.talk.try_lock() {
            // Nothing is said any more.
            Ok(mut talk) => talk.as_mut().is_none_or(|talk| talk.tell(turn)),
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Talk<S>>> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Socket + 'static> Listener for Shared<S> {
    fn hear(&self, turn: &mut Turn) {
        // A talk that panics here is of no use to its task either, which ends alone.
        let told = catch_unwind(AssertUnwindSafe(|| self.tell(turn)));
        if !told.unwrap_or(false) {
            self.bell.notify_one();
        }
    }
}

impl<S: Socket> Talk<S> {
    /// Takes in a message.
    pub(super) fn receive(&mut self, message: Option<&Result<Message, Error>>) -> Result<(), End> {
        if !self.conversation.may_go_on() {
            return Err(End::Removed);
        }
        let text = match message {
            Some(Ok(Message::Text(text))) => Cow::Borrowed(text.as_str()),
            Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
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

    /// Gives the socket what is to be said next, about 128 KiB, to be written together; what it was given before comes
    /// first. Returns how many bytes there are to write: none when everything is said.
    pub(super) fn put(&mut self, look: Look, turn: &mut Turn) -> Result<usize, End> {
        if !self.conversation.may_go_on() {
            return Err(End::Removed);
        }
        if self.broken {
            return Err(End::Gone);
        }
        if self.socket.unwritten() == 0 {
            if self.ticking.is_due() {
                self.conversation.tick();
            }
            self.fill(look, turn);
        }
        Ok(self.socket.unwritten())
    }

    fn fill(&mut self, look: Look, turn: &mut Turn) {
        while self.socket.unwritten() < ENOUGH
            && let Some(frames) = self.conversation.next_frames(look, turn)
        {
            for frame in frames {
                self.socket.give(frame);
            }
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        let written = self.socket.poll_write(context);
        written.map_err(|_| End::Gone)
    }

    fn tell(&mut self, turn: &mut Turn) -> bool {
        if self.socket.unwritten() > 0 {
            return false;
        }
        let reads = self.conversation.has_room();
        let Ok(bytes) = self.put(Look::AtSettled, turn) else {
            return false;
        };
        self.broken = self.socket.write().is_err();
        // Where more is left to say, that is for the task, so that others need not wait for it. The task reads on, too,
        // where answers have made room for requests.
        let reads_on = reads || !self.conversation.has_room();
        !self.broken && self.socket.unwritten() == 0 && bytes < ENOUGH && reads_on
    }
}

fn end_of(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Close(close_code::SIZE, ""),
        Error::Utf8(_) => End::Close(close_code::INVALID, ""),
        Error::Protocol(_) => End::Close(close_code::PROTOCOL, ""),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => End::Gone,
    }
}
