//! What can change.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sessionwire_protocol::chat::ChatEvent;
use sessionwire_protocol::event::{SessionMessage, SocketDrain};
use sessionwire_protocol::{ChangeReason, ContentBlock, MessageContent, SessionKey};

use crate::goal::Operation;
use crate::groups::Groups;
use crate::session::Session;

/// What a commit can change, and all that a store has to know of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Change {
    /// A session is new, or differs.
    Upserted {
        /// The session after the change.
        session: Arc<Session>,
        /// Why.
        reason: ChangeReason,
        /// The operation on its goal that led here, for the store to remember; nobody is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<Arc<Operation>>,
    },
    /// A generation of a session is gone; without a next generation, so is the session.
    Evicted {
        /// As told to subscribers.
        drain: SocketDrain,
    },
    /// A message was added to a transcript.
    Message {
        /// As told to subscribers.
        message: Box<SessionMessage>,
        /// The session after it, for events of plain protocol 4. Gone after a restart, when no such
        /// connection is left that could ask for it.
        #[serde(skip)]
        session: Option<Arc<Session>>,
    },
    /// A run moved on.
    Chat {
        /// As told to subscribers.
        event: Box<ChatEvent>,
    },
    /// The groups are others, or in another order.
    Groups {
        /// All of them, until they are so. Nobody is told of them by this, and there may be many.
        #[serde(skip)]
        groups: Groups,
    },
}

impl Change {
    /// The eviction that it is.
    pub fn drain(&self) -> Option<&SocketDrain> {
        match self {
            Self::Evicted { drain } => Some(drain),
            Self::Upserted { .. }
            | Self::Message { .. }
            | Self::Chat { .. }
            | Self::Groups { .. } => None,
        }
    }

    /// How many bytes of messages it holds.
    pub fn said(&self) -> usize {
        let message = match self {
            Self::Message { message, .. } => Some(&message.message),
            Self::Chat { event } => event.message.as_ref(),
            Self::Upserted { .. } | Self::Evicted { .. } | Self::Groups { .. } => None,
        };
        message.map_or(0, |message| match &message.content {
            MessageContent::Text(text) => text.len(),
            MessageContent::Blocks(blocks) => blocks.iter().map(bytes).sum(),
        })
    }

    /// The session that it is about.
    pub fn key(&self) -> Option<&SessionKey> {
        match self {
            Self::Upserted { session, .. } => Some(&session.key),
            Self::Evicted { drain } => Some(&drain.session_key),
            Self::Message { message, .. } => Some(&message.session_key),
            Self::Chat { event } => Some(&event.session_key),
            Self::Groups { .. } => None,
        }
    }
}

fn bytes(block: &ContentBlock) -> usize {
    let text = block.text.as_ref().map_or(0, String::len);
    let others = match block.fields.is_empty() {
        true => 0,
        false => serde_json::to_string(&block.fields).map_or(0, |json| json.len()),
    };
    text + others
}
