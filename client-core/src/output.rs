use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use sessionwire_json::{Json, digits, whole};
use sessionwire_protocol::connect::ServerInfo;
use sessionwire_protocol::{
    ChangeReason, Cursor, EvictionReason, Millis, RowHead, Scopes, SessionKey,
};

use crate::error::Error;
use crate::row::Row;

/// What the driver must do, in this order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Open a transport. There is none at this time.
    Open,
    /// Send one text frame on the transport.
    Send(String),
    /// Close the transport, or stop opening it, and report nothing more of it.
    Close {
        /// The WebSocket close code: 1000, or one that a browser allows too.
        code: u16,
        /// For the gateway's log.
        reason: &'static str,
    },
    /// Look up which device this is, and tell by [`crate::ClientState::identified`].
    /// Only where [`crate::Config::has_device`] says so.
    Identify,
    /// Sign this text with the private key of the device, and tell by [`crate::ClientState::signed`].
    Sign(String),
    /// Keep this token of the device for the next [`Output::Identify`] at the same gateway, in place of the one before.
    Keep(String),
    /// Forget this token, which the gateway refused; another that was kept meanwhile stays.
    Forget(String),
    /// Tell the application.
    Event(Event),
}

/// What the application is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// The connection is in another state.
    Status(Status),
    /// A request has settled; told once for each.
    Response {
        /// As returned by [`crate::ClientState::request`].
        id: RequestId,
        /// The payload, `null` where the gateway sent none.
        result: Result<Json, Error>,
    },
    /// Something happened in a subscription to the list of sessions.
    Sessions {
        /// As returned by [`crate::ClientState::subscribe_sessions`].
        subscription: SubscriptionId,
        /// What it was.
        event: SessionEvent,
        /// What that does to the rows, for who keeps them in their order and hears every event.
        splice: Splice,
    },
    /// Something happened in a subscription to the messages of a session.
    Messages {
        /// As returned by [`crate::ClientState::subscribe_messages`].
        subscription: SubscriptionId,
        /// What it was.
        event: MessageEvent,
    },
    /// The gateway said something, whoever it concerns; only where [`crate::Config::tells_frames`] says so.
    Frame(FrameEvent),
}

/// What a gateway says as it says it, after what subscriptions are told because of it.
#[derive(Clone, Debug)]
pub enum FrameEvent {
    /// It has greeted; a [`sessionwire_protocol::connect::HelloOk`].
    Hello(Json),
    /// An event.
    Event {
        /// Its name.
        name: String,
        /// Its payload, `null` where there is none.
        payload: Json,
    },
    /// Events are missing before the next one.
    Missed,
}

/// Names a request of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names a subscription of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

impl RequestId {
    /// The id as frames carry it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        whole(text).map(Self)
    }
}

impl SubscriptionId {
    /// The id as frames carry it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        whole(text).map(Self)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&digits(self.0))
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&digits(self.0))
    }
}

/// The state of the connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// On the way: a transport is opened, or the gateway has not greeted yet.
    Connecting {
        /// Counts the attempts since the last greeting, from 1.
        attempt: u32,
    },
    /// The gateway has greeted.
    Connected {
        /// Which gateway it is.
        server: Arc<ServerInfo>,
        /// The scopes that it says it granted.
        scopes: Arc<Scopes>,
        /// What it can do beyond the protocol's base.
        capabilities: Arc<[String]>,
    },
    /// There is no connection.
    Disconnected {
        /// When the next attempt begins; `None` where only [`crate::ClientState::connect`] begins one.
        retry_in: Option<Duration>,
        /// What ended the connection or the attempt; `None` before the first one.
        error: Option<Error>,
    },
}

/// What happens to a list of sessions.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// The whole list, in its order. Replaces what was held.
    Snapshot {
        /// The rows.
        rows: Vec<Arc<Row>>,
        /// The place in the gateway's journal at which the list was that; `None` where the gateway names none.
        cursor: Option<Cursor>,
    },
    /// A row is new, or differs.
    Changed {
        /// The row after the change.
        row: Arc<Row>,
        /// Why; `None` where the gateway did not say, or has not been asked yet.
        reason: Option<ChangeReason>,
        /// When.
        ts: Option<Millis>,
    },
    /// The session exists, but no longer in this list.
    Left {
        /// The session.
        key: SessionKey,
    },
    /// A generation of a session is gone, and its row is to be removed unless the session
    /// [lives on](Evicted::lives_on).
    Evicted(Evicted),
    /// The gateway refused the subscription; it is over.
    Failed(Error),
}

impl SessionEvent {
    /// Whose row it takes away.
    pub(crate) fn removed_key(&self) -> Option<&SessionKey> {
        match self {
            Self::Left { key } => Some(key),
            Self::Evicted(evicted) => (!evicted.lives_on()).then_some(&evicted.key),
            Self::Snapshot { .. } | Self::Changed { .. } | Self::Failed(_) => None,
        }
    }
}

/// What an event that is no snapshot does to the rows of a list, as they stood after the event before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Splice {
    /// Where a row is taken out.
    pub removed: Option<usize>,
    /// Where the row of the event is put in after that.
    pub inserted: Option<usize>,
}

/// What happens in a session.
#[derive(Clone, Debug)]
pub enum MessageEvent {
    /// A message was added; a [`sessionwire_protocol::event::SessionMessage`].
    Message(Json),
    /// A run moved on; a [`sessionwire_protocol::chat::ChatEvent`].
    Chat(Json),
    /// The session, or its generation, is gone. Messages of a next one follow all the same.
    Evicted(Evicted),
    /// The gateway refused the subscription; it is over.
    Failed(Error),
}

/// A generation of a session is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evicted {
    /// The session.
    pub key: SessionKey,
    /// Its agent.
    pub agent_id: Option<String>,
    /// The transcript that the generation had.
    pub session_id: Option<String>,
    /// The generation.
    pub lifecycle_revision: Option<String>,
    /// The generation that takes its place.
    pub next_lifecycle_revision: Option<String>,
    /// Why; [`EvictionReason::Unknown`] where it was inferred.
    pub reason: EvictionReason,
    /// Found by comparing two states of the list, not told by the gateway.
    pub inferred: bool,
    /// When.
    pub ts: Option<Millis>,
}

impl Evicted {
    /// Found by comparing: the generation of a row is gone, and `next` stands in its place.
    pub(crate) fn of(head: &RowHead, next: Option<&RowHead>) -> Self {
        Self {
            key: head.key.clone(),
            agent_id: head.key.agent_id().map(str::to_owned),
            session_id: head.session_id.clone(),
            lifecycle_revision: head.lifecycle_revision.clone(),
            next_lifecycle_revision: next.and_then(|next| next.lifecycle_revision.clone()),
            reason: EvictionReason::Unknown,
            inferred: true,
            ts: None,
        }
    }

    /// Whether the session goes on under its key, in a next generation.
    pub fn lives_on(&self) -> bool {
        self.next_lifecycle_revision.is_some()
            || matches!(self.reason, EvictionReason::Reset | EvictionReason::New)
    }
}
