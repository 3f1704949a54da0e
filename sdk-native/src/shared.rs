use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sessionwire_client_core::{
    ClientState, Config, Error, Event, Instant, Json, Output, RequestId, Status, SubscriptionId,
};
use sessionwire_protocol::sessions::SessionsListParams;
use tokio::sync::{Notify, oneshot, watch};
use tracing::{debug, info, warn};

use crate::inbox::Inbox;
use crate::unread::{FramesUnread, Letter, ListUnread, MessagesUnread};

/// What the handles and the driver of one client share.
#[derive(Debug)]
pub(crate) struct Shared {
    origin: tokio::time::Instant,
    core: Mutex<Core>,
    wake: Notify,
    status: watch::Sender<Status>,
    /// How often all sessions were listed.
    listed: watch::Sender<u64>,
    frames: Arc<Inbox<FramesUnread>>,
    /// There is no driver any longer.
    ended: watch::Sender<bool>,
}

/// The machine, and who waits for what comes out of it.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) state: ClientState,
    replies: BTreeMap<RequestId, Reply>,
    lists: BTreeMap<SubscriptionId, Arc<Inbox<ListUnread>>>,
    messages: BTreeMap<SubscriptionId, Arc<Inbox<MessagesUnread>>>,
    connected_before: bool,
}

pub(crate) type Reply = oneshot::Sender<Result<Json, Error>>;

/// What the driver has to do to its transport, and with its device.
#[derive(Debug)]
pub(crate) enum Deed {
    Open,
    Send(String),
    Close { code: u16, reason: &'static str },
    Identify,
    Sign(String),
    Keep(String),
    Forget(String),
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        let state = ClientState::new(config);
        Self {
            origin: tokio::time::Instant::now(),
            status: watch::Sender::new(state.status().clone()),
            listed: watch::Sender::new(0),
            frames: Arc::new(Inbox::new()),
            core: Mutex::new(Core {
                state,
                replies: BTreeMap::new(),
                lists: BTreeMap::new(),
                messages: BTreeMap::new(),
                connected_before: false,
            }),
            wake: Notify::new(),
            ended: watch::Sender::new(false),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::since_origin(self.origin.elapsed())
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// The state of the connection, also while it is not told yet.
    pub(crate) fn standing(&self) -> Status {
        self.lock().state.status().clone()
    }

    pub(crate) fn listed(&self) -> watch::Receiver<u64> {
        self.listed.subscribe()
    }

    pub(crate) fn frames(&self) -> Arc<Inbox<FramesUnread>> {
        Arc::clone(&self.frames)
    }

    /// The machine has to be looked after.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Puts in what an application wants, and wakes the driver to take out what comes of it.
    pub(crate) fn want<T>(&self, put: impl FnOnce(&mut Core, Instant) -> T) -> T {
        let wanted = self.put(put);
        match *self.ended.borrow() {
            true => while self.next_deed().is_some() {},
            false => self.wake.notify_one(),
        }
        wanted
    }

    /// Puts in what has happened outside.
    pub(crate) fn put<T>(&self, put: impl FnOnce(&mut Core, Instant) -> T) -> T {
        put(&mut self.lock(), self.now())
    }

    /// Takes out the next thing that is to be done, having told everything before it.
    pub(crate) fn next_deed(&self) -> Option<Deed> {
        let mut core = self.lock();
        loop {
            let Some(output) = core.state.poll_output() else {
                let times = core.state.times_listed();
                self.listed
                    .send_if_modified(|listed| std::mem::replace(listed, times) != times);
                return None;
            };
            match output {
                Output::Open => return Some(Deed::Open),
                Output::Send(text) => return Some(Deed::Send(text)),
                Output::Close { code, reason } => return Some(Deed::Close { code, reason }),
                Output::Identify => return Some(Deed::Identify),
                Output::Sign(statement) => return Some(Deed::Sign(statement)),
                Output::Keep(token) => return Some(Deed::Keep(token)),
                Output::Forget(token) => return Some(Deed::Forget(token)),
                Output::Event(Event::Status(status)) => {
                    core.heed(&status);
                    self.status.send_replace(status);
                }
                Output::Event(Event::Response { id, result }) => {
                    if let Some(reply) = core.replies.remove(&id) {
                        // Whoever asked may have gone.
                        let _gone = reply.send(result);
                    }
                }
                Output::Event(Event::Sessions {
                    subscription,
                    event,
                    ..
                }) => {
                    if let Some(inbox) = core.lists.get(&subscription) {
                        inbox.push(event);
                    }
                }
                Output::Event(Event::Messages {
                    subscription,
                    event,
                }) => {
                    if let Some(inbox) = core.messages.get(&subscription) {
                        inbox.push(Letter::Event(event));
                    }
                }
                Output::Event(Event::Frame(frame)) => self.frames.push(frame),
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<tokio::time::Instant> {
        let deadline = self.lock().state.poll_timeout();
        deadline.map(|deadline| self.origin + (deadline - Instant::default()))
    }

    /// Whether the client was closed.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(
            self.lock().state.status(),
            Status::Disconnected {
                error: Some(Error::Closed),
                ..
            }
        )
    }

    /// Nothing is driven any longer: everyone is told, and nobody waits for ever.
    pub(crate) fn end(&self) {
        {
            let mut core = self.lock();
            core.state.close();
            self.ended.send_replace(true);
        }
        while self.next_deed().is_some() {}
        let mut core = self.lock();
        for inbox in std::mem::take(&mut core.lists).into_values() {
            inbox.end();
        }
        for inbox in std::mem::take(&mut core.messages).into_values() {
            inbox.end();
        }
        self.frames.end();
    }

    /// Waits until nothing is driven any longer.
    pub(crate) async fn ended(&self) {
        let mut ended = self.ended.subscribe();
        // The sender is in `self` and cannot go away.
        let _ended = ended.wait_for(|ended| *ended).await;
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    pub(crate) fn request(
        &mut self,
        ask: impl FnOnce(&mut ClientState, Instant) -> RequestId,
        reply: Reply,
        now: Instant,
    ) {
        let id = ask(&mut self.state, now);
        self.replies.insert(id, reply);
    }

    pub(crate) fn subscribe_sessions(
        &mut self,
        params: SessionsListParams,
        inbox: Arc<Inbox<ListUnread>>,
        now: Instant,
    ) -> SubscriptionId {
        let subscription = self.state.subscribe_sessions(params, now);
        self.lists.insert(subscription, inbox);
        subscription
    }

    pub(crate) fn subscribe_messages(
        &mut self,
        key: &str,
        inbox: Arc<Inbox<MessagesUnread>>,
        now: Instant,
    ) -> SubscriptionId {
        let subscription = self.state.subscribe_messages(key, now);
        self.messages.insert(subscription, inbox);
        subscription
    }

    pub(crate) fn unsubscribe(&mut self, subscription: SubscriptionId, now: Instant) {
        self.lists.remove(&subscription);
        self.messages.remove(&subscription);
        self.state.unsubscribe(subscription, now);
    }

    fn heed(&mut self, status: &Status) {
        match status {
            Status::Connecting { attempt } => debug!(attempt, "connecting"),
            Status::Connected { server, .. } => {
                info!(
                    version = server.version,
                    connection = server.conn_id,
                    "connected"
                );
                if std::mem::replace(&mut self.connected_before, true) {
                    for inbox in self.messages.values() {
                        inbox.push(Letter::Missed);
                    }
                }
            }
            Status::Disconnected { retry_in, error } => match (retry_in, error) {
                (Some(wait), Some(error)) => info!(?wait, %error, "disconnected"),
                (None, Some(Error::Closed)) => debug!("closed"),
                (None, Some(error)) => warn!(%error, "disconnected for good"),
                (_, None) => {}
            },
        }
    }
}
