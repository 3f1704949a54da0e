//! The recent changes in order. The journal is every subscriber's queue: a subscriber is an offset in it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use sessionwire_protocol::chat::ChatEvent;
use sessionwire_protocol::event::{SessionMessage, SocketDrain};
use sessionwire_protocol::sessions::Groups;
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, SessionKey};

use crate::goal::Operation;
use crate::payload::{self, Payload};
use crate::session::Session;

/// One committed change.
#[derive(Debug)]
pub struct Entry {
    /// Its place, from 1.
    pub offset: u64,
    /// When it was committed.
    pub at: Millis,
    /// What changed.
    pub change: Change,
    plain: OnceLock<Vec<Payload>>,
    lean: OnceLock<[Payload; 1]>,
}

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
        /// All of them.
        groups: Groups,
    },
}

impl Change {
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

impl Entry {
    /// The change at this place.
    pub fn new(offset: u64, at: Millis, change: Change) -> Self {
        Self {
            offset,
            at,
            change,
            plain: OnceLock::new(),
            lean: OnceLock::new(),
        }
    }

    /// What plain protocol 4 is told; encoded once for all subscribers, and not at all without any.
    pub fn plain(&self) -> &[Payload] {
        self.plain.get_or_init(|| payload::plain(self))
    }

    /// What a connection with cursors is told; encoded once for all of them.
    pub fn lean(&self) -> &[Payload] {
        self.lean.get_or_init(|| [payload::lean(self)])
    }
}

/// Entries without holes, the newest at most `capacity` of them.
#[derive(Debug)]
pub struct Journal {
    epoch: String,
    capacity: usize,
    head: u64,
    entries: VecDeque<Arc<Entry>>,
    evicted: HashMap<String, (u64, EvictionReason)>,
}

impl Journal {
    /// A journal whose newest entry is at `head` and which remembers none yet.
    pub fn new(epoch: String, head: u64, capacity: usize) -> Self {
        Self {
            epoch,
            capacity,
            head,
            entries: VecDeque::new(),
            evicted: HashMap::new(),
        }
    }

    /// Names this life of the journal.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The offset of the newest entry, 0 before the first.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Adds the next entry and forgets the oldest beyond the capacity.
    pub fn push(&mut self, entry: Arc<Entry>) {
        debug_assert_eq!(entry.offset, self.head + 1, "a journal has no holes");
        self.head = entry.offset;
        match &entry.change {
            Change::Evicted { drain } => {
                let gone = (entry.offset, drain.reason);
                if drain.next_lifecycle_revision.is_none() {
                    self.evicted.insert(drain.session_key.to_string(), gone);
                    self.evicted.insert(drain.session_id.clone(), gone);
                }
            }
            Change::Upserted { session, .. } => {
                self.evicted.remove(session.key.as_str());
                self.evicted.remove(&session.entry.session_id);
            }
            Change::Message { .. } | Change::Chat { .. } | Change::Groups { .. } => {}
        }
        self.entries.push_back(entry);
        while self.entries.len() > self.capacity {
            self.forget_oldest();
        }
    }

    /// The entries after `offset`, oldest first; `None` when some of them are forgotten or were never there.
    pub fn since(&self, offset: u64) -> Option<impl Iterator<Item = &Arc<Entry>>> {
        let missing = usize::try_from(self.head.checked_sub(offset)?).ok()?;
        let start = self.entries.len().checked_sub(missing)?;
        Some(self.entries.range(start..))
    }

    /// Why the session with this key or session id was evicted, while the journal remembers it.
    pub fn eviction(&self, key_or_id: &str) -> Option<EvictionReason> {
        self.evicted.get(key_or_id).map(|(_, reason)| *reason)
    }

    fn forget_oldest(&mut self) {
        let Some(entry) = self.entries.pop_front() else {
            return;
        };
        if let Change::Evicted { drain } = &entry.change {
            for name in [drain.session_key.as_str(), &drain.session_id] {
                if self
                    .evicted
                    .get(name)
                    .is_some_and(|(offset, _)| *offset == entry.offset)
                {
                    self.evicted.remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(capacity: usize, count: u64) -> Journal {
        let mut journal = Journal::new("e".to_owned(), 0, capacity);
        for offset in 1..=count {
            let change = Change::Groups {
                groups: Groups::default(),
            };
            journal.push(Arc::new(Entry::new(offset, 0, change)));
        }
        journal
    }

    fn offsets(journal: &Journal, since: u64) -> Option<Vec<u64>> {
        Some(journal.since(since)?.map(|entry| entry.offset).collect())
    }

    #[test]
    fn tells_what_follows_a_cursor() {
        let journal = filled(10, 5);
        assert_eq!(offsets(&journal, 3), Some(vec![4, 5]));
        assert_eq!(offsets(&journal, 5), Some(vec![]));
        assert_eq!(offsets(&journal, 0), Some(vec![1, 2, 3, 4, 5]));
    }

    #[test]
    fn knows_what_it_has_forgotten() {
        let journal = filled(3, 5);
        assert_eq!(offsets(&journal, 2), Some(vec![3, 4, 5]));
        assert_eq!(offsets(&journal, 1), None, "entry 2 is forgotten");
        assert_eq!(offsets(&journal, 6), None, "offset 6 was never there");
    }

    #[test]
    fn remembers_evictions_as_long_as_their_entries() {
        let drain = |offset| {
            let drain = SocketDrain {
                session_key: "agent:main:a".into(),
                agent_id: None,
                session_id: "id".to_owned(),
                lifecycle_revision: "rev".to_owned(),
                reason: EvictionReason::Deleted,
                next_lifecycle_revision: None,
                ts: 0,
            };
            Arc::new(Entry::new(offset, 0, Change::Evicted { drain }))
        };
        let mut journal = Journal::new("e".to_owned(), 0, 1);
        journal.push(drain(1));
        assert_eq!(journal.eviction("id"), Some(EvictionReason::Deleted));
        assert_eq!(
            journal.eviction("agent:main:a"),
            Some(EvictionReason::Deleted)
        );
        let groups = Change::Groups {
            groups: Groups::default(),
        };
        journal.push(Arc::new(Entry::new(2, 0, groups)));
        assert_eq!(journal.eviction("id"), None);
    }
}
