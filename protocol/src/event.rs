//! What a gateway tells without being asked: the names of the events and their payloads.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{
    ChangeReason, EvictionReason, Millis, Scope, SessionKey, SessionRow, TranscriptMessage,
};

/// The first frame of a connection; payload [`crate::connect::Challenge`].
pub const CHALLENGE: &str = "connect.challenge";
/// A row of the list changed; payload [`SessionsChanged`].
pub const SESSIONS_CHANGED: &str = "sessions.changed";
/// A generation of a session was evicted; payload [`SocketDrain`].
pub const SOCKET_DRAIN: &str = "socket.drain";
/// A message was added to a transcript; payload [`SessionMessage`].
pub const SESSION_MESSAGE: &str = "session.message";
/// A run of an agent moves on; payload [`crate::chat::ChatEvent`].
pub const CHAT: &str = "chat";
/// Who is connected; payload [`crate::gateway::Presence`].
pub const PRESENCE: &str = "presence";
/// A device asks to be let in; payload [`crate::device::PairRequest`].
pub const DEVICE_PAIR_REQUESTED: &str = "device.pair.requested";
/// That was decided; payload [`crate::device::PairResolved`].
pub const DEVICE_PAIR_RESOLVED: &str = "device.pair.resolved";
/// How the gateway is; payload [`crate::gateway::Health`].
pub const HEALTH: &str = "health";
/// Nothing happened; payload [`Tick`].
pub const TICK: &str = "tick";
/// The gateway is about to close the connection; payload [`Shutdown`].
pub const SHUTDOWN: &str = "shutdown";

/// Every event that a gateway may send after the handshake.
pub const ALL: [&str; 10] = [
    SESSIONS_CHANGED,
    SOCKET_DRAIN,
    SESSION_MESSAGE,
    CHAT,
    PRESENCE,
    DEVICE_PAIR_REQUESTED,
    DEVICE_PAIR_RESOLVED,
    HEALTH,
    TICK,
    SHUTDOWN,
];

/// The scope that a connection needs to be sent an event; `None` where it needs none.
pub fn required_scope(event: &str) -> Option<Scope> {
    match event {
        HEALTH | TICK | SHUTDOWN => None,
        DEVICE_PAIR_REQUESTED | DEVICE_PAIR_RESOLVED => Some(Scope::PAIRING),
        _ => Some(Scope::READ),
    }
}

/// Payload of `sessions.changed`, as sent to clients that asked for cursors.
///
/// With a row nothing is said beside it that it says itself. Without a row and `sessionKey` something about the list as a
/// whole changed. Plain protocol 4 sends the row twice, in `session` and flattened beside it, and never `change`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsChanged {
    /// The session, where there is no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Its agent, where there is no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What the row did; without it, a row is new, or differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<RowChange>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ChangeReason>,
    /// When; without it, when the row last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<Millis>,
    /// The row after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionRow>,
}

/// What a row did in a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowChange {
    /// It is new, or differs.
    Upserted,
    /// The session exists, but no longer in this subscription's view.
    Left,
}

/// Payload of `socket.drain`: a generation of a session is gone.
///
/// With reason `reset` or `new` the session lives on under its key, and its next row follows in a
/// `sessions.changed`; otherwise the row is to be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketDrain {
    /// The session.
    pub session_key: SessionKey,
    /// Its agent; absent for the sentinels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The transcript that the evicted generation had.
    pub session_id: String,
    /// The evicted generation.
    pub lifecycle_revision: String,
    /// Why.
    pub reason: EvictionReason,
    /// The generation that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_lifecycle_revision: Option<String>,
    /// When.
    pub ts: Millis,
}

/// Payload of `session.message`. Plain protocol 4 sends the session's row beside it, as in `sessions.changed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct SessionMessage {
    /// The session.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub session_key: SessionKey,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What was added.
    pub message: TranscriptMessage,
    /// The message's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Its place in the transcript, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_seq: Option<u64>,
    /// The run that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// Payload of `tick`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The gateway's clock.
    pub ts: Millis,
}

/// Payload of `shutdown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shutdown {
    /// For people.
    pub reason: String,
    /// When the gateway expects to be back, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_expected_ms: Option<u64>,
}
