//! What an upstream tells beside its list: which of it a connection is told.

use sessionwire_protocol::event;

use super::Feed;
use super::frames::{Beside, ENOUGH, Frames};
use crate::journal::Journal;
use crate::upstream::{Heard, Told};

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

    /// Whether little enough waits to be told.
    pub fn has_room_to_hear(&self) -> bool {
        let bytes = |heard: &Heard| match heard {
            Heard::Event(told) => told.bytes(),
            Heard::Missed => 0,
        };
        let waiting: usize = self.heard.iter().map(bytes).sum();
        self.heard.len() < 64 && waiting < ENOUGH
    }

    /// An upstream has told something that the connection may hear.
    pub fn hear(&mut self, heard: Heard) {
        self.heard_in_all += 1;
        self.heard.push_back(heard);
    }

    /// Adds the frames of what was heard, each after what stood in the journal before it.
    pub(super) fn catch_up_heard(&mut self, journal: &Journal, frames: &mut Frames<'_>) {
        while let Some(heard) = self.heard.front() {
            if let Heard::Event(told) = heard {
                self.follow_journal(journal, told.after, frames);
            }
            if frames.are_enough() {
                return;
            }
            match self.heard.pop_front() {
                Some(Heard::Event(told)) if self.wants_told(&told) => {
                    frames.put(&told.event, told.json.get(), &Beside::Nothing);
                }
                Some(Heard::Missed) => frames.leave_one_out(),
                Some(Heard::Event(_)) | None => {}
            }
        }
    }

    /// Whom the upstream would have told. Connections with cursors are told of the sessions that they follow.
    fn wants_told(&self, told: &Told) -> bool {
        let key = told.key.as_ref();
        let followed = || key.and_then(|key| self.followed(key)).is_some();
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use serde_json::Value;
    use serde_json::value::RawValue;
    use tokio::sync::Notify;

    use super::*;
    use crate::crier::Turn;
    use crate::journal::Retention;
    use crate::text::Text;
    use crate::upstream::Told;

    #[test]
    fn a_gap_stands_between_what_was_heard_before_and_after_it() {
        let retention = Retention { entries: 1, age: 1 };
        let journal = Journal::new("e".to_owned(), 0, retention);
        let mut feed = Feed::new(true, false, false, 0, Weak::<Notify>::new());
        let event = || {
            let told = Told::new("agent".to_owned(), RawValue::NULL.to_owned(), 0);
            Heard::Event(Arc::new(told.expect("it is passed on")))
        };
        for heard in [event(), Heard::Missed, event()] {
            feed.hear(heard);
        }
        let mut frames: Vec<Text> = Vec::new();
        assert!(feed.catch_up(&journal, &mut Turn::default(), &mut frames));
        let numbers = frames.iter().map(|frame| {
            let frame: Value = serde_json::from_str(frame.as_str()).expect("it is JSON");
            frame["seq"].as_u64()
        });
        assert_eq!(numbers.collect::<Vec<_>>(), [Some(1), Some(3)]);
    }
}
