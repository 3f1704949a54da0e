//! What happens to events that nobody takes: they must neither grow without bound nor be skipped in silence.

mod frames;
mod list;
mod messages;

pub(crate) use frames::FramesUnread;
pub(crate) use list::ListUnread;
pub(crate) use messages::{Letter, MessagesUnread};

#[cfg(test)]
fn evicted(key: &str) -> sessionwire_client_core::Evicted {
    sessionwire_client_core::Evicted {
        key: key.into(),
        agent_id: None,
        session_id: None,
        lifecycle_revision: Some("1".to_owned()),
        next_lifecycle_revision: None,
        reason: sessionwire_protocol::EvictionReason::Deleted,
        inferred: false,
        ts: None,
    }
}
