//! The recent changes in order. The journal is every subscriber's queue: a subscriber is an offset in it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use sessionwire_protocol::{Millis, SessionKey};

use crate::change::Change;
use crate::payload::{self, Payload};
use crate::session::Session;

/// One committed change.
#[derive(Debug)]
pub struct Entry {
    /// Its place: above that of every entry before it.
    pub offset: u64,
    /// When it was committed.
    pub at: Millis,
    /// What changed.
    pub change: Change,
    /// How many bytes of messages it holds.
    said: usize,
    replaced: OnceLock<Option<Arc<Session>>>,
    /// Where the next row of the same generation is; 0 while there is none.
    superseded_at: AtomicU64,
    plain: OnceLock<Vec<Payload>>,
    lean: OnceLock<Payload>,
}

impl Entry {
    /// The change at this place.
    pub fn new(offset: u64, at: Millis, change: Change) -> Self {
        Self {
            offset,
            at,
            said: change.said(),
            change,
            replaced: OnceLock::new(),
            superseded_at: AtomicU64::new(0),
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
    pub fn lean(&self) -> &Payload {
        self.lean
            .get_or_init(|| payload::lean(&self.change, self.at))
    }

    /// Whether anybody was told of it.
    #[cfg(test)]
    pub(crate) fn is_in_words(&self) -> bool {
        self.plain.get().is_some() || self.lean.get().is_some()
    }

    /// The session as it was before.
    pub fn replaced(&self) -> Option<&Arc<Session>> {
        self.replaced_if_known().flatten()
    }

    /// The same; `None` where that is not known, as of entries that were loaded from a store.
    pub fn replaced_if_known(&self) -> Option<Option<&Arc<Session>>> {
        self.replaced.get().map(Option::as_ref)
    }

    /// Tells what was there before. It is told once, when the entry is applied.
    pub fn set_replaced(&self, session: Option<Arc<Session>>) {
        let told = self.replaced.set(session);
        debug_assert!(told.is_ok(), "an entry is applied once");
    }

    /// Whether this is a row that another one of the same generation follows up to an offset.
    pub fn is_superseded_by(&self, offset: u64) -> bool {
        (1..=offset).contains(&self.superseded_at.load(Ordering::Relaxed))
    }

    /// The generation whose row this is.
    fn generation(&self) -> Option<(&SessionKey, &str)> {
        match &self.change {
            Change::Upserted { session, .. } => {
                Some((&session.key, &session.entry.lifecycle_revision))
            }
            Change::Evicted { .. }
            | Change::Message { .. }
            | Change::Chat { .. }
            | Change::Groups { .. } => None,
        }
    }
}

/// How many bytes of messages a journal remembers, which may be as long as a frame.
const MOST_SAID: usize = 64 << 20;

/// How much a journal remembers.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// So many entries.
    pub entries: usize,
    /// Those of so many milliseconds before the newest.
    pub age: Millis,
}

/// The newest entries, none missing between them.
#[derive(Debug)]
pub struct Journal {
    epoch: String,
    retention: Retention,
    tail: u64,
    head: u64,
    next: u64,
    entries: VecDeque<Arc<Entry>>,
    /// How many bytes of messages are among them.
    said: usize,
    /// Where the newest row of a session is.
    rows: HashMap<SessionKey, u64>,
}

impl Journal {
    /// A journal whose newest entry is at `head` and which remembers none yet.
    pub fn new(epoch: String, head: u64, retention: Retention) -> Self {
        Self {
            epoch,
            retention,
            tail: head,
            head,
            next: head + 1,
            entries: VecDeque::new(),
            said: 0,
            rows: HashMap::new(),
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

    /// The offset of the newest entry that it does not remember.
    pub fn tail(&self) -> u64 {
        self.tail
    }

    /// The offset that the next entry is to have.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Leaves out as many offsets. A journal that was restored to an earlier state begins its new entries so, lest
    /// they have the offsets of those that it lost, which clients may name.
    pub fn leap(&mut self, offsets: u32) {
        self.next += u64::from(offsets);
    }

    /// How many entries it remembers.
    pub fn remembered(&self) -> usize {
        self.entries.len()
    }

    /// What it remembers, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter()
    }

    /// Adds the next entry and forgets the oldest beyond what it is to remember.
    pub fn push(&mut self, entry: Arc<Entry>) {
        debug_assert!(entry.offset > self.head, "entries come in order");
        self.supersede(&entry);
        let oldest = entry.at.saturating_sub(self.retention.age);
        (self.head, self.next) = (entry.offset, entry.offset + 1);
        self.said += entry.said;
        self.entries.push_back(entry);
        while let Some(first) = self.entries.front()
            && (self.entries.len() > self.retention.entries
                || self.said > MOST_SAID
                || first.at < oldest)
        {
            self.forget_oldest();
        }
    }

    fn supersede(&mut self, entry: &Entry) {
        let Some((key, revision)) = entry.generation() else {
            return;
        };
        let before = self.rows.insert(key.clone(), entry.offset);
        let before = before.and_then(|offset| self.get(offset));
        if let Some(before) = before
            && before.generation() == Some((key, revision))
        {
            before.superseded_at.store(entry.offset, Ordering::Relaxed);
        }
    }

    fn get(&self, offset: u64) -> Option<&Arc<Entry>> {
        self.entries.get(self.index(offset)?)
    }

    fn index(&self, offset: u64) -> Option<usize> {
        let offsets = self
            .entries
            .binary_search_by_key(&offset, |entry| entry.offset);
        offsets.ok()
    }

    /// How many entries there are after `offset`; `None` when some of them are forgotten or were never there.
    pub fn count_since(&self, offset: u64) -> Option<usize> {
        if offset == self.tail {
            return Some(self.entries.len());
        }
        Some(self.entries.len() - self.index(offset)? - 1)
    }

    /// The entries after `offset`, oldest first; `None` when some of them are forgotten or were never there.
    pub fn since(&self, offset: u64) -> Option<impl Iterator<Item = &Arc<Entry>>> {
        let start = self.entries.len() - self.count_since(offset)?;
        Some(self.entries.range(start..))
    }

    fn forget_oldest(&mut self) {
        let Some(entry) = self.entries.pop_front() else {
            return;
        };
        self.tail = entry.offset;
        self.said -= entry.said;
        if let Some((key, _)) = entry.generation()
            && self.rows.get(key) == Some(&entry.offset)
        {
            self.rows.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_protocol::TranscriptMessage;
    use sessionwire_protocol::event::SessionMessage;

    use super::*;
    use crate::groups::Groups;

    fn filled(capacity: usize, count: u64) -> Journal {
        let mut journal = Journal::new(
            "e".to_owned(),
            0,
            Retention {
                entries: capacity,
                age: 1_000,
            },
        );
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
    fn of_long_messages_it_remembers_few() {
        const LONG: usize = 1 << 20;
        let mut journal = filled(1_000, 5);
        for offset in 6..=200 {
            let message = TranscriptMessage::assistant("x".repeat(LONG), 0);
            let message = SessionMessage {
                session_key: "a".into(),
                agent_id: None,
                message,
                message_id: None,
                message_seq: None,
                run_id: None,
            };
            let change = Change::Message {
                message: Box::new(message),
                session: None,
            };
            journal.push(Arc::new(Entry::new(offset, 0, change)));
        }
        assert_eq!(journal.remembered(), MOST_SAID / LONG);
        assert!(journal.since(200 - 64).is_some() && journal.since(200 - 65).is_none());
        for offset in 201..=1_200 {
            let change = Change::Groups {
                groups: Groups::default(),
            };
            journal.push(Arc::new(Entry::new(offset, 0, change)));
        }
        assert_eq!((journal.remembered(), journal.said), (1_000, 0));
    }

    #[test]
    fn offsets_that_are_left_out_were_never_there() {
        let mut journal = filled(3, 5);
        journal.leap(10);
        assert_eq!(journal.next(), 16);
        let change = Change::Groups {
            groups: Groups::default(),
        };
        journal.push(Arc::new(Entry::new(journal.next(), 0, change)));
        assert_eq!(offsets(&journal, 5), Some(vec![16]));
        assert_eq!(offsets(&journal, 6), None);
        assert_eq!(offsets(&journal, 15), None);
        assert_eq!(offsets(&journal, 3), Some(vec![4, 5, 16]));
        assert_eq!(journal.tail(), 3);
    }
}
