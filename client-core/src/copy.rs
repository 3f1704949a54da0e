use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter;

use sessionwire_listing::Order;
use sessionwire_protocol::{ChangeReason, Cursor, Millis, RowHead, SessionKey};

use crate::list::LiveList;
use crate::output::{Evicted, SessionEvent, Splice};
use crate::renames::Renames;
use crate::row::Row;
use crate::table::Table;

/// What a subscriber holds of its list. An eviction is told to it exactly if the generation is held here and was
/// not told before.
#[derive(Debug)]
pub(crate) struct Copy {
    order: Order,
    /// As they are shown.
    rows: LiveList<Arc<Row>>,
    /// The sessions whose evictions were told, and whose rows of the next generation have not come yet.
    evicted: Table<SessionKey, ()>,
    /// Rows that a snapshot did not show any longer, where nothing says whether they were evicted.
    doubts: Vec<Arc<Row>>,
    /// Rows whose eviction an answer brought to light, the newest last. Answers are of a later state than the
    /// copy, so events that are on their way may show such a row again, and then its eviction.
    told_ahead: Vec<Arc<Row>>,
}

/// How many rows are remembered as told ahead. What is on its way comes soon.
const AHEAD: usize = 64;

/// What happens to a list, and what that does to its rows.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) event: SessionEvent,
    pub(crate) splice: Splice,
}

impl From<SessionEvent> for Told {
    fn from(event: SessionEvent) -> Self {
        let splice = Splice::default();
        Self { event, splice }
    }
}

impl Told {
    pub(crate) fn silently(row: Arc<Row>, splice: Splice) -> Self {
        let event = SessionEvent::Changed {
            row,
            reason: None,
            ts: None,
        };
        Self { event, splice }
    }

    fn removal(event: SessionEvent, removed: Option<usize>) -> Self {
        let inserted = None;
        let splice = Splice { removed, inserted };
        Self { event, splice }
    }
}

/// A change of a row.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) row: Arc<Row>,
    pub(crate) reason: Option<ChangeReason>,
    pub(crate) ts: Option<Millis>,
}

impl Change {
    /// A row of which nothing is told but how it is.
    pub(crate) fn silent(row: Arc<Row>) -> Self {
        Self {
            row,
            reason: None,
            ts: None,
        }
    }
}

impl Copy {
    pub(crate) const fn new(order: Order) -> Self {
        Self {
            order,
            rows: LiveList::new(order),
            evicted: Table::new(),
            doubts: Vec::new(),
            told_ahead: Vec::new(),
        }
    }

    /// The row as the gateway sent it.
    pub(crate) fn get(&self, key: &SessionKey) -> Option<&Arc<Row>> {
        self.rows.get(key).map(Row::sent)
    }

    /// The rows as the gateway sent them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.iter().map(Row::sent)
    }

    /// A row is new, or differs. Of another generation than the one held, the eviction of that one is certain.
    pub(crate) fn upsert(&mut self, change: Change, renames: &Renames, events: &mut Vec<Told>) {
        let Change { row, reason, ts } = change;
        if let Some(doubted) = self.take_doubt(&row.head.key, |_| true)
            && precedes(&doubted.head, &row.head)
        {
            events.push(self.gone(inferred(&doubted, Some(&row))));
        }
        let mut evicted = self.is_told_ahead(&row.head);
        if let Some(held) = self.get(&row.head.key) {
            let was_evicted = self.evicted.contains(&row.head.key);
            match precedes(&held.head, &row.head) {
                true if !was_evicted => {
                    let evicted = inferred(held, Some(&row));
                    events.push(self.gone(evicted));
                }
                true => {}
                false if held.says_the_same(&row) => {
                    // Without revisions nothing else shows that it is the next generation.
                    if row.head.lifecycle_revision.is_none() {
                        self.evicted.remove(&row.head.key);
                    }
                    return;
                }
                false => evicted = was_evicted && row.head.lifecycle_revision.is_some(),
            }
        }
        if evicted {
            self.evicted.insert(row.head.key.clone(), ());
        } else {
            self.evicted.remove(&row.head.key);
        }
        let row = renames.shown(&row);
        let splice = self.rows.set(&row.head, Arc::clone(&row));
        let event = SessionEvent::Changed { row, reason, ts };
        events.push(Told { event, splice });
    }

    /// The session exists, but not in this list.
    pub(crate) fn left(&mut self, key: SessionKey) -> Option<Told> {
        let removed = self.take_out(&key);
        removed.map(|_| Told::removal(SessionEvent::Left { key }, removed))
    }

    /// A generation was evicted.
    pub(crate) fn evict(&mut self, evicted: Evicted) -> Option<Told> {
        let is_it = |row: &Row| {
            let revision = &row.head.lifecycle_revision;
            revision.is_none() || *revision == evicted.lifecycle_revision
        };
        if self.take_doubt(&evicted.key, is_it).is_some() {
            return Some(self.gone(evicted));
        }
        let held = self.get(&evicted.key)?;
        let was_evicted = self.evicted.contains(&evicted.key);
        match (is_it(held) && !was_evicted, evicted.lives_on()) {
            (true, _) => Some(self.tell(evicted)),
            (false, true) => None,
            (false, false) if was_evicted => self.left(evicted.key),
            (false, false) => {
                let evicted = inferred(held, None);
                Some(self.gone(evicted))
            }
        }
    }

    /// The generation that is held was evicted; `None` where none is held, or that was told.
    pub(crate) fn evict_held(&mut self, evicted: Evicted) -> Option<Told> {
        self.get(&evicted.key)?;
        match (self.evicted.contains(&evicted.key), evicted.lives_on()) {
            (false, _) => Some(self.tell(evicted)),
            (true, true) => None,
            (true, false) => self.left(evicted.key),
        }
    }

    /// A snapshot takes the place of all that was held.
    ///
    /// `evicted` are the evictions since the place of the copy, if the gateway still knows them. Where it does not,
    /// a session that is missing is certainly gone only from the `whole` list.
    pub(crate) fn replace(
        &mut self,
        rows: &[Arc<Row>],
        cursor: Option<Cursor>,
        evicted: Option<Vec<Evicted>>,
        whole: bool,
        renames: &Renames,
    ) -> Vec<Told> {
        let mut shown = self.rows.clone();
        let knows_evicted = evicted.is_some();
        let mut events = Vec::new();
        for evicted in evicted.unwrap_or_default() {
            let told = self.evict(evicted);
            events.extend(told.filter(|told| matches!(told.event, SessionEvent::Evicted(_))));
        }
        let next: Vec<_> = rows.iter().map(|row| renames.shown(row)).collect();
        let before = self.put(&next);
        for doubted in core::mem::take(&mut self.doubts) {
            self.compare(doubted, &|_| None, &mut events);
        }
        for row in before {
            let missing = |row: &Row| match knows_evicted {
                true => Some(None),
                false if whole => Some(Some(inferred(row, None))),
                false => None,
            };
            self.compare(row, &missing, &mut events);
        }
        // They are told while the rows of before are shown.
        for Told { event, splice } in &mut events {
            splice.removed = event.removed_key().and_then(|key| shown.remove(key));
        }
        let is_as_told = self.rows.len() == rows.len()
            && iter::zip(self.iter(), rows).all(|(held, row)| Arc::ptr_eq(held, row));
        let shown = self.rows.iter().map(|row| match row {
            row if is_as_told || row.frame == 0 => Arc::clone(row),
            row => Arc::new(Row::clone(row).told_by(0)),
        });
        let rows = shown.collect();
        events.push(SessionEvent::Snapshot { rows, cursor }.into());
        events
    }

    /// Another label is wanted for the session, or none any longer.
    pub(crate) fn relabel(&mut self, key: &SessionKey, renames: &Renames) -> Option<Told> {
        let before = self.rows.get(key)?;
        let row = renames.shown(before.sent());
        (row != *before).then(|| {
            let splice = self.rows.set(&row.head, Arc::clone(&row));
            Told::silently(row, splice)
        })
    }

    /// The session whose eviction is to be asked about first.
    pub(crate) fn doubted(&self) -> Option<&SessionKey> {
        self.doubts.first().map(|row| &row.head.key)
    }

    /// The gateway was asked about a doubted session: this is its row, if there is one.
    pub(crate) fn clear_doubt(&mut self, key: &SessionKey, found: Option<&Row>) -> Option<Told> {
        let doubted = self.take_doubt(key, |_| true)?;
        let lives = found.is_some_and(|row| !precedes(&doubted.head, &row.head));
        (!lives).then(|| {
            let event = self.gone(inferred(&doubted, found));
            self.told_ahead.push(doubted);
            if self.told_ahead.len() > AHEAD {
                self.told_ahead.remove(0);
            }
            event
        })
    }

    /// Nothing can be found out about a doubted session.
    pub(crate) fn drop_doubt(&mut self, key: &SessionKey) -> Option<Told> {
        self.take_doubt(key, |_| true);
        None
    }

    fn tell(&mut self, evicted: Evicted) -> Told {
        if evicted.lives_on() {
            self.evicted.insert(evicted.key.clone(), ());
        }
        self.gone(evicted)
    }

    /// A generation is gone, and its row, unless the session lives on.
    fn gone(&mut self, evicted: Evicted) -> Told {
        let event = SessionEvent::Evicted(evicted);
        let removed = event.removed_key().and_then(|key| self.take_out(key));
        Told::removal(event, removed)
    }

    /// Compares a row that was held with what is held now. `missing` says what it means that there is nothing:
    /// an event, none, or a doubt.
    fn compare(
        &mut self,
        row: Arc<Row>,
        missing: &dyn Fn(&Row) -> Option<Option<Evicted>>,
        events: &mut Vec<Told>,
    ) {
        let mut tell = |evicted| events.push(SessionEvent::Evicted(evicted).into());
        match self.get(&row.head.key) {
            Some(next) if precedes(&row.head, &next.head) => tell(inferred(&row, Some(next))),
            Some(_) => {}
            None => match missing(&row) {
                Some(evicted) => evicted.into_iter().for_each(tell),
                None => self.doubts.push(row),
            },
        }
    }

    /// Puts these rows in the place of all others; returns those of before whose eviction was not told.
    fn put(&mut self, rows: &[Arc<Row>]) -> Vec<Arc<Row>> {
        let mut next = LiveList::new(self.order);
        next.replace(rows.iter().map(|row| (&row.head, Arc::clone(row))));
        let before = core::mem::replace(&mut self.rows, next);
        let mut untold = Vec::new();
        for row in before.iter().map(Row::sent) {
            let key = &row.head.key;
            if !self.evicted.contains(key) {
                untold.push(Arc::clone(row));
            } else if self
                .get(key)
                .is_none_or(|next| precedes(&row.head, &next.head))
            {
                self.evicted.remove(key);
            }
        }
        untold
    }

    fn take_out(&mut self, key: &SessionKey) -> Option<usize> {
        self.evicted.remove(key);
        self.rows.remove(key)
    }

    fn is_told_ahead(&self, head: &RowHead) -> bool {
        let mut told = self.told_ahead.iter();
        told.any(|row| row.head.key == head.key && !precedes(&row.head, head))
    }

    fn take_doubt(&mut self, key: &SessionKey, is_it: impl Fn(&Row) -> bool) -> Option<Arc<Row>> {
        let mut doubts = self.doubts.iter();
        let index = doubts.position(|row| row.head.key == *key && is_it(row))?;
        Some(self.doubts.remove(index))
    }
}

/// Whether `next` is another generation; without revisions, another transcript.
pub(crate) fn precedes(row: &RowHead, next: &RowHead) -> bool {
    match (&row.lifecycle_revision, &next.lifecycle_revision) {
        (Some(revision), Some(next)) => revision != next,
        _ => {
            row.session_id.is_some()
                && next.session_id.is_some()
                && row.session_id != next.session_id
        }
    }
}

fn inferred(row: &Row, next: Option<&Row>) -> Evicted {
    Evicted::of(&row.head, next.map(|next| &next.head))
}
