//! What an entry of the journal looks like on the wire, in the two forms that connections ask for.

use serde::Serialize;
use serde_json::{Map, Value};
use sessionwire_protocol::event::{self, RowChange, SessionMessage};
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, SessionKey};

use crate::change::Change;
use crate::encoded::Encoded;
use crate::field::{Serialized, object};
use crate::row::Row;
use crate::session::Session;

/// The payload of one event, encoded.
#[derive(Debug)]
pub struct Payload {
    /// The event's name.
    pub event: &'static str,
    /// The payload as JSON.
    pub json: Box<str>,
}

impl Payload {
    fn new(event: &'static str, payload: &impl Serialize) -> Self {
        Self {
            event,
            json: Encoded::of(payload).into_boxed_str(),
        }
    }

    /// A payload with a row, or a part of one, which is written where it stands.
    fn written(event: &'static str, write: impl FnOnce(&mut String)) -> Self {
        let mut json = String::with_capacity(512);
        write(&mut json);
        Self {
            event,
            json: json.into_boxed_str(),
        }
    }
}

/// The event that tells of a change; others may follow it.
pub fn event(change: &Change) -> &'static str {
    match change {
        Change::Upserted { .. } | Change::Groups { .. } => event::SESSIONS_CHANGED,
        Change::Evicted { .. } => event::SOCKET_DRAIN,
        Change::Message { .. } => event::SESSION_MESSAGE,
        Change::Chat { .. } => event::CHAT,
    }
}

/// The frames of plain protocol 4, in order. An eviction is told as `socket.drain`, and as the
/// `sessions.changed` frames that clients without it know.
pub fn plain(change: &Change, at: Millis) -> Vec<Payload> {
    match change {
        Change::Upserted {
            session, reason, ..
        } => vec![changed(session, reason, at)],
        Change::Evicted { drain } if drain.next_lifecycle_revision.is_some() => {
            vec![Payload::new(event::SOCKET_DRAIN, drain)]
        }
        Change::Evicted { drain } => {
            let whole = match drain.reason {
                EvictionReason::Expired => ChangeReason::CLEANUP,
                EvictionReason::Reset
                | EvictionReason::New
                | EvictionReason::Deleted
                | EvictionReason::Unknown => ChangeReason::DELETE,
            };
            let removed = Removed {
                session_key: drain.session_key.as_str(),
                session_id: &drain.session_id,
                agent_id: drain.agent_id.as_deref(),
                reason: ChangeReason::DELETE,
                ts: at,
            };
            vec![
                Payload::new(event::SOCKET_DRAIN, drain),
                Payload::new(event::SESSIONS_CHANGED, &removed),
                broad(&whole, at),
            ]
        }
        Change::Message { message, session } => vec![Payload::new(
            event::SESSION_MESSAGE,
            &PlainMessage {
                message,
                session: session.as_deref().map(Row::whole),
                row: session
                    .as_deref()
                    .map(Session::flat_row)
                    .unwrap_or_default(),
            },
        )],
        Change::Chat { event: chat } => vec![Payload::new(event::CHAT, chat)],
        Change::Groups { .. } => vec![broad(&ChangeReason::GROUPS, at)],
    }
}

/// The frame for a connection with cursors: everything once.
pub fn lean(change: &Change, at: Millis) -> Payload {
    match change {
        Change::Upserted {
            session, reason, ..
        } => upserted(session, Some(reason), at),
        Change::Evicted { drain } => Payload::new(event::SOCKET_DRAIN, drain),
        Change::Message { message, .. } => Payload::new(event::SESSION_MESSAGE, message),
        Change::Chat { event: chat } => Payload::new(event::CHAT, chat),
        Change::Groups { .. } => broad(&ChangeReason::GROUPS, at),
    }
}

/// A session left a live list and still exists.
pub fn left(key: &SessionKey, at: Millis) -> Payload {
    Payload::written(event::SESSIONS_CHANGED, |json| {
        object!(json, {
            "sessionKey": key,
            "agentId": key.agent_id(),
            "change": Serialized(&RowChange::Left),
            "ts": at,
        });
    })
}

/// A session came into a live list without having changed.
pub fn shown(session: &Session, at: Millis) -> Payload {
    upserted(session, None, at)
}

/// The row says which session it is, and mostly when it changed.
fn upserted(session: &Session, reason: Option<&ChangeReason>, at: Millis) -> Payload {
    Payload::written(event::SESSIONS_CHANGED, |json| {
        object!(json, {
            "session": &Row::terse(session),
            "reason": reason.map(ChangeReason::as_str),
            "ts": (session.entry.updated_at != at).then_some(at),
        });
    })
}

/// Something about the list as a whole changed.
fn broad(reason: &ChangeReason, ts: Millis) -> Payload {
    Payload::new(event::SESSIONS_CHANGED, &Broad { reason, ts })
}

fn changed(session: &Session, reason: &ChangeReason, ts: Millis) -> Payload {
    let payload = PlainChanged {
        session_key: session.key.as_str(),
        agent_id: session.key.agent_id(),
        reason,
        ts,
        session: Row::whole(session),
        row: session
            .flat_row()
            .into_iter()
            .filter(|(field, _)| field != "agentId")
            .collect(),
    };
    Payload::new(event::SESSIONS_CHANGED, &payload)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainChanged<'a> {
    session_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<&'a str>,
    reason: &'a ChangeReason,
    ts: Millis,
    session: Row<'a>,
    #[serde(flatten)]
    row: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Removed<'a> {
    session_key: &'a str,
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<&'a str>,
    reason: ChangeReason,
    ts: Millis,
}

#[derive(Serialize)]
struct Broad<'a> {
    reason: &'a ChangeReason,
    ts: Millis,
}

#[derive(Serialize)]
struct PlainMessage<'a> {
    #[serde(flatten)]
    message: &'a SessionMessage,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Row<'a>>,
    #[serde(flatten)]
    row: Map<String, Value>,
}
