//! The task of a connection: what comes up on it, and when.
//!
//! What a commit brings, and ticks, are written by whoever announces them ([`crate::crier`]), answers to changes by
//! whoever commits ([`crate::answers`]), and the task sleeps meanwhile. Between its steps the task lets go of the socket
//! and the conversation; who finds them free writes what is due. What cannot be done without waiting is left to the
//! task, by ringing the bell: while somebody else has them, while the socket is full, when there is too much to say, when
//! there is room for requests again, and when the connection is to end.

mod talk;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::close_code;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};

use crate::answers::Look;
use crate::auth::Peer;
use crate::conversation::Conversation;
use crate::crier::Turn;
use crate::farewell::{close, linger};
use crate::gateway::Gateway;
use crate::handshake;
use crate::limit::Handshaking;
use crate::presence::Present;
use crate::socket::{Socket, WebSocket};
use crate::text::Text;
use crate::upstream::{Heard, Hearing, moved};
use crate::watch::Watch;

use talk::{End, SLOW, Shared, Talk};

/// Closes a connection whose device was removed, or its token taken away.
const AUTHORITY_GONE: u16 = 4001;
/// How long the answers may take that a device is still given when it is removed.
const LAST_ANSWERS_TIMEOUT: Duration = Duration::from_secs(1);
/// How long changes of the presence list are gathered before they are told.
const PRESENCE_PAUSE: Duration = Duration::from_millis(250);
/// How often is written before whatever else comes up has its turn: to a slow peer there may always be more to say.
const WRITES: usize = 2;

/// Serves a socket from its challenge to its end. The socket is that of `upgrade`, when there is one.
///
/// Each connection keeps as much room as what its task does at most takes, so its beginning and its end are in boxes.
pub async fn serve(
    upgrade: impl Future<Output = Option<WebSocket>>,
    gateway: Arc<Gateway>,
    peer: Peer,
    handshaking: Handshaking,
) {
    let beginning = Box::pin(Connection::begin(upgrade, gateway, peer, handshaking));
    if let Some((connection, mut watch)) = beginning.await {
        let end = connection.follow(&mut watch).await;
        Box::pin(connection.end(end)).await;
    }
}

struct Connection<S> {
    id: String,
    gateway: Arc<Gateway>,
    shared: Arc<Shared<S>>,
    _present: Present,
}

impl Connection<WebSocket> {
    async fn begin(
        upgrade: impl Future<Output = Option<WebSocket>>,
        gateway: Arc<Gateway>,
        peer: Peer,
        handshaking: Handshaking,
    ) -> Option<(Self, Watch)> {
        let mut socket = upgrade.await?;
        let (agreement, present, watch) = handshake::shake(&mut socket, &gateway, &peer).await?;
        drop(handshaking);
        let id = agreement.connection.clone();
        let client = &agreement.params.client.id;
        tracing::debug!(connection = id, client, "connected");
        let connection = Self {
            id,
            shared: Shared::new(socket, Arc::clone(&gateway), agreement, watch.head),
            gateway,
            _present: present,
        };
        Some((connection, watch))
    }

    /// Says what is to be said last.
    async fn end(self, end: End) {
        if let Some(talk) = self.shared.take() {
            say_goodbye(talk, end, &self.gateway).await;
        }
        tracing::debug!(connection = self.id, "disconnected");
    }
}

impl<S: Socket + 'static> Connection<S> {
    /// Does what comes up until the end.
    async fn follow(&self, watch: &mut Watch) -> End {
        let gateway = &self.gateway;
        let mut stopping = gateway.stopping.subscribe();
        let Watch {
            presence,
            pairing,
            standing,
            hearing,
            ..
        } = watch;
        let (tells_presence, tells_pairing, rests_on_device) = self.shared.with(|talk| {
            (
                talk.conversation.tells_presence(),
                talk.conversation.tells_pairing(),
                talk.conversation.rests_on_device(),
            )
        });
        pairing.take_if(|_| !tells_pairing);
        let mut devices = gateway.sessions.devices_changed();
        devices.mark_changed();
        let mut presence_due = None;
        loop {
            self.listen_upstream(hearing);
            let is_all_said = match self.write().await {
                Ok(is_all_said) => is_all_said,
                Err(end) => return end,
            };
            let (has_room, has_room_to_hear) = self.shared.with(|talk| {
                let conversation = &talk.conversation;
                (conversation.has_room(), conversation.has_room_to_hear())
            });
            tokio::select! {
                message = self.shared.next_message(), if has_room => {
                    if let Err(end) = self.shared.with(|talk| talk.receive(message.as_ref())) {
                        return end;
                    }
                }
                () = self.shared.bell.notified() => {}
                _ = presence.changed(), if tells_presence && presence_due.is_none() => {
                    presence_due = Some(Instant::now() + PRESENCE_PAUSE);
                }
                () = until(presence_due) => {
                    presence_due = None;
                    presence.mark_unchanged();
                    self.shared.with(|talk| talk.conversation.tell_presence());
                }
                () = moved(standing) => self.shared.with(|talk| talk.conversation.tell_health()),
                news = next_news(pairing) => self.shared.with(|talk| match news {
                    Some(news) => talk.conversation.tell_pairing(&news),
                    None => talk.conversation.miss_event(),
                }),
                heard = next_heard(hearing), if has_room_to_hear => self.shared.with(|talk| {
                    talk.conversation.hear(heard);
                    hear_unread(&mut talk.conversation, hearing);
                }),
                // What has changed is looked at before anything is written.
                _ = devices.changed(), if rests_on_device => {}
                () = wait_for(&mut stopping) => {
                    return self.write_all().await.err().unwrap_or(End::Stopping);
                }
                // Only when nothing else has come up.
                () = yield_now(), if !is_all_said => {}
            }
        }
    }

    /// Begins to listen to the upstream, or ends that. What was told before is not to be told.
    fn listen_upstream(&self, hearing: &mut Option<Hearing>) {
        let upstream = self.gateway.upstream.as_ref();
        let upstream =
            upstream.filter(|_| self.shared.with(|talk| talk.conversation.hears_upstream()));
        match (upstream, &hearing) {
            (Some(upstream), None) => *hearing = Some(upstream.hear()),
            (Some(_), Some(_)) => {}
            (None, _) => *hearing = None,
        }
    }

    /// Writes until everything is said. A peer that does not read ends the connection.
    async fn write_all(&self) -> Result<(), End> {
        while !self.write().await? {}
        Ok(())
    }

    /// The same a few times; `false` where there may be more to say.
    async fn write(&self) -> Result<bool, End> {
        let put = |talk: &mut Talk<_>| talk.put(Look::AtAll, &mut Turn::default());
        for _ in 0..WRITES {
            if self.shared.with(put)? == 0 {
                return Ok(true);
            }
            let writing = self.shared.written(self.gateway.config.write_timeout);
            match self.shared.with(|talk| talk.conversation.bonded()) {
                None => writing.await?,
                Some(bonded) => tokio::select! {
                    biased;
                    written = writing => written?,
                    () = bonded.shown_out() => {}
                },
            }
        }
        Ok(false)
    }
}

async fn say_goodbye(mut talk: Talk<WebSocket>, end: End, gateway: &Gateway) {
    let socket = &mut talk.socket;
    match end {
        End::Gone => {}
        End::Closed => linger(socket).await,
        End::Close(code, reason) => close(socket, code, reason).await,
        End::Removed => {
            // What was asked before, the removal itself among it, is answered, and nothing else is told. All that is
            // settled when this is.
            let settled = gateway.sessions.commit(|_| Ok(()));
            let _in_time = timeout(LAST_ANSWERS_TIMEOUT, settled).await;
            let answers = talk.conversation.last_answers();
            let goodbye = (AUTHORITY_GONE, "device removed");
            say_last(socket, answers, LAST_ANSWERS_TIMEOUT, goodbye).await;
        }
        End::Stopping => {
            let shutdown = vec![talk.conversation.shutdown_frame()];
            let goodbye = (close_code::RESTART, "service restart");
            say_last(socket, shutdown, gateway.config.write_timeout, goodbye).await;
        }
    }
}

/// Writes the last frames, and closes.
async fn say_last(
    socket: &mut WebSocket,
    frames: Vec<Text>,
    patience: Duration,
    (code, reason): (u16, &str),
) {
    let writing = async {
        for frame in frames {
            socket.give(frame);
        }
        socket.flush().await
    };
    match timeout(patience, writing).await {
        Ok(Ok(())) => close(socket, code, reason).await,
        Ok(Err(_)) => {}
        Err(_) => close(socket, close_code::POLICY, SLOW).await,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// The next news, for who listens to any; `None` when some were missed.
async fn next_news<T: Clone>(news: &mut Option<broadcast::Receiver<T>>) -> Option<T> {
    match news {
        Some(news) => match news.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// What the upstream tells next, for who listens to it.
async fn next_heard(hearing: &mut Option<Hearing>) -> Heard {
    match hearing {
        Some(hearing) => hearing.next().await,
        None => std::future::pending().await,
    }
}

/// Takes in what else the upstream has told, to be written together.
fn hear_unread(conversation: &mut Conversation, hearing: &mut Option<Hearing>) {
    while conversation.has_room_to_hear()
        && let Some(heard) = hearing.as_mut().and_then(Hearing::unread)
    {
        conversation.hear(heard);
    }
}

async fn wait_for(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|set| *set).await.is_err() {
        std::future::pending().await
    }
}
