//! What an upstream tells beside its list: which of it a connection is told.

use std::sync::Arc;

use sessionwire_protocol::event;

use super::Feed;
use crate::upstream::Told;

/// Told to who subscribes to the list.
const OF_SESSIONS: [&str; 3] = [event::SESSION_MESSAGE, "session.operation", "session.tool"];
/// Told only to who follows the session's messages.
const OF_FOLLOWED: [&str; 3] = ["session.approval", "session.observer", "session.typing"];
/// Told to everybody who does not want them of followed sessions alone.
const OF_RUNS: [&str; 3] = ["agent", event::CHAT, "chat.side_result"];

impl Feed {
    /// Whether anything that an upstream tells may have to be told.
    pub fn hears_upstream(&self) -> bool {
        !self.cursors || !self.messages.is_empty()
    }

    /// An upstream has told something that the connection may hear.
    pub fn hear(&mut self, told: Arc<Told>) {
        self.heard.push_back(told);
    }

    /// Whom the upstream would have told. Connections with cursors are told of the sessions that they follow.
    pub(super) fn wants_told(&self, told: &Told) -> bool {
        let followed = || told.key.as_ref().is_some_and(|key| self.follows(key));
        if self.cursors {
            return followed();
        }
        match told.event.as_str() {
            name if OF_SESSIONS.contains(&name) => self.whole_list || followed(),
            name if OF_FOLLOWED.contains(&name) => followed(),
            name if OF_RUNS.contains(&name) => self.hears_all_chat() || followed(),
            _ => true,
        }
    }
}
