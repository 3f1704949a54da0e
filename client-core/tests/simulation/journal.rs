//! What happened, entry by entry, and the frames that an entry makes for a list.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::state::{State, View, row};

/// How many entries are remembered.
const REMEMBERED: usize = 12;

#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) head: u64,
    entries: VecDeque<Entry>,
}

/// One change, of one session at most.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) before: State,
    pub(crate) after: State,
    pub(crate) key: Option<String>,
    pub(crate) drain: Option<Value>,
    /// An event that says nothing to lists.
    pub(crate) aside: Option<(&'static str, Value)>,
}

impl Journal {
    pub(crate) fn append(&mut self, entry: Entry) {
        self.head += 1;
        self.entries.push_back(entry);
        if self.entries.len() > REMEMBERED {
            self.entries.pop_front();
        }
    }

    /// Everything before the head is forgotten.
    pub(crate) fn forget(&mut self, head: u64) {
        self.head = head;
        self.entries.clear();
    }

    /// The entries after an offset; `None` where they are forgotten, or there is no such place.
    pub(crate) fn since(&self, offset: u64) -> Option<impl Iterator<Item = &Entry>> {
        let behind = self.head.checked_sub(offset)? as usize;
        let skipped = self.entries.len().checked_sub(behind)?;
        Some(self.entries.iter().skip(skipped))
    }
}

impl Entry {
    /// The frames that lead from one state of a list to the next.
    pub(crate) fn frames(&self, view: View) -> Vec<(&'static str, Value)> {
        let (before, after) = (view.list(&self.before), view.list(&self.after));
        let is_told = |key: &String| view == View::EVERYTHING || before.contains(&key);
        let drain = self
            .drain
            .clone()
            .filter(|_| self.key.as_ref().is_some_and(is_told));
        let mut frames: Vec<_> = drain
            .map(|drain| ("socket.drain", drain))
            .into_iter()
            .collect();
        for key in &before {
            if !after.contains(key) && self.after.contains_key(*key) {
                let left = json!({ "sessionKey": key, "change": "left", "ts": 1 });
                frames.push(("sessions.changed", left));
            }
        }
        for key in &after {
            if self.key.as_ref() == Some(*key) || !before.contains(key) {
                let row = row(key, &self.after[*key], false);
                let told = json!({ "reason": "patch", "session": row });
                frames.push(("sessions.changed", told));
            }
        }
        frames.extend(self.aside.clone());
        frames
    }
}
