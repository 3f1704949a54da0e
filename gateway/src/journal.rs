//! The recent changes in order. The journal is every subscriber's queue: a subscriber is an offset in it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use sessionwire_protocol::{EvictionReason, Millis};

use crate::change::Change;
use crate::payload::{self, Payload};

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
        self.plain
            .get_or_init(|| payload::plain(&self.change, self.at))
    }

    /// What a connection with cursors is told; encoded once for all of them.
    pub fn lean(&self) -> &[Payload] {
        self.lean
            .get_or_init(|| [payload::lean(&self.change, self.at)])
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

    /// How many entries it remembers.
    pub fn remembered(&self) -> usize {
        self.entries.len()
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
    use sessionwire_protocol::event::SocketDrain;

    use super::*;
    use crate::groups::Groups;

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
