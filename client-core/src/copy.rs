use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter;

use sessionwire_listing::Order;
use sessionwire_protocol::{ChangeReason, Cursor, Millis, RowHead, SessionKey};

use crate::list::LiveList;
use crate::output::{Evicted, SessionEvent, Splice};
use crate::renames::Renames;
use crate::row::Row;

/// What a subscriber holds of its list. An eviction is told to it exactly if the generation is held here and was
/// not told before.
#[derive(Debug)]
pub(crate) struct Copy {
    order: Order,
    rows: LiveList<Held>,
    /// Rows that a snapshot did not show any longer, where nothing says whether they were evicted.
    doubts: Vec<Arc<Row>>,
    /// Rows whose eviction an answer brought to light, the newest last. Answers are of a later state than the
    /// copy, so events that are on their way may show such a row again, and then its eviction.
    told_ahead: Vec<Arc<Row>>,
}

/// How many rows are remembered as told ahead. What is on its way comes soon.
const AHEAD: usize = 64;

#[derive(Clone, Debug)]
struct Held {
    /// As the gateway sent it.
    row: Arc<Row>,
    /// As it is shown, where that is something else: with a label that is not confirmed.
    shown: Option<Arc<Row>>,
    /// Its eviction was told, and the row of the next generation has not come yet.
    evicted: bool,
}

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
            doubts: Vec::new(),
            told_ahead: Vec::new(),
        }
    }

    /// The row as the gateway sent it.
    pub(crate) fn get(&self, key: &SessionKey) -> Option<&Arc<Row>> {
        self.rows.get(key).map(|held| &held.row)
    }

    /// The rows as the gateway sent them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.iter().map(|held| &held.row)
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
        if let Some(held) = self.rows.get(&row.head.key) {
            match precedes(&held.row.head, &row.head) {
                true if !held.evicted => {
                    let evicted = inferred(&held.row, Some(&row));
                    events.push(self.gone(evicted));
                }
                true => {}
                false if held.row.says_the_same(&row) => {
                    // Without revisions nothing else shows that it is the next generation.
                    if held.evicted && row.head.lifecycle_revision.is_none() {
                        let held = Held {
                            evicted: false,
                            ..held.clone()
                        };
                        self.set(held);
                    }
                    return;
                }
                false => evicted = held.evicted && row.head.lifecycle_revision.is_some(),
            }
        }
        let held = Held {
            shown: renames.shown(&row),
            row,
            evicted,
        };
        let event = SessionEvent::Changed {
            row: Arc::clone(held.visible()),
            reason,
            ts,
        };
        let splice = self.set(held);
        events.push(Told { event, splice });
    }

    /// The session exists, but not in this list.
    pub(crate) fn left(&mut self, key: SessionKey) -> Option<Told> {
        let removed = self.rows.remove(&key);
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
        let held = self.rows.get(&evicted.key)?;
        match (is_it(&held.row) && !held.evicted, evicted.lives_on()) {
            (true, _) => Some(self.tell(evicted)),
            (false, true) => None,
            (false, false) if held.evicted => self.left(evicted.key),
            (false, false) => {
                let evicted = inferred(&held.row, None);
                Some(self.gone(evicted))
            }
        }
    }

    /// The generation that is held was evicted; `None` where none is held, or that was told.
    pub(crate) fn evict_held(&mut self, evicted: Evicted) -> Option<Told> {
        let held = self.rows.get(&evicted.key)?;
        match (held.evicted, evicted.lives_on()) {
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
        let mut events: Vec<_> = evicted
            .into_iter()
            .flatten()
            .filter_map(|evicted| self.evict(evicted))
            .filter(|told| matches!(told.event, SessionEvent::Evicted(_)))
            .collect();
        let held: Vec<_> = rows.iter().map(|row| self.held(row, renames)).collect();
        let mut next = LiveList::new(self.order);
        next.replace(held.iter().map(|held| (&held.visible().head, held.clone())));
        let before = core::mem::replace(&mut self.rows, next);
        let doubts = core::mem::take(&mut self.doubts);
        for doubted in doubts {
            self.compare(doubted, |_| None, &mut events);
        }
        for held in before.iter().filter(|held| !held.evicted) {
            let missing = |row: &Row| match knows_evicted {
                true => Some(None),
                false if whole => Some(Some(inferred(row, None))),
                false => None,
            };
            self.compare(Arc::clone(&held.row), missing, &mut events);
        }
        // They are told while the rows of before are shown.
        for Told { event, splice } in &mut events {
            splice.removed = event.removed_key().and_then(|key| shown.remove(key));
        }
        let as_told = iter::zip(self.rows.iter(), rows);
        let is_as_told = self.rows.len() == rows.len()
            && as_told
                .into_iter()
                .all(|(held, row)| Arc::ptr_eq(&held.row, row));
        let shown = self.rows.iter().map(|held| match held.visible() {
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
        let held = Held {
            shown: renames.shown(&before.row),
            ..before.clone()
        };
        let row = Arc::clone(held.visible());
        (row != *before.visible()).then(|| Told::silently(row, self.set(held)))
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
        let held = self.rows.get(&evicted.key);
        if let Some(held) = held.filter(|_| evicted.lives_on()) {
            let held = Held {
                evicted: true,
                ..held.clone()
            };
            self.set(held);
        }
        self.gone(evicted)
    }

    /// A generation is gone, and its row, unless the session lives on.
    fn gone(&mut self, evicted: Evicted) -> Told {
        let event = SessionEvent::Evicted(evicted);
        let removed = event.removed_key().and_then(|key| self.rows.remove(key));
        Told::removal(event, removed)
    }

    /// Compares a row that was held with what is held now. `missing` says what it means that there is nothing:
    /// an event, none, or a doubt.
    fn compare(
        &mut self,
        row: Arc<Row>,
        missing: impl FnOnce(&Row) -> Option<Option<Evicted>>,
        events: &mut Vec<Told>,
    ) {
        let mut tell = |evicted| events.push(SessionEvent::Evicted(evicted).into());
        match self.rows.get(&row.head.key) {
            Some(next) if precedes(&row.head, &next.row.head) => {
                tell(inferred(&row, Some(&next.row)));
            }
            Some(_) => {}
            None => match missing(&row) {
                Some(evicted) => evicted.into_iter().for_each(tell),
                None => self.doubts.push(row),
            },
        }
    }

    fn held(&self, row: &Arc<Row>, renames: &Renames) -> Held {
        let before = self.rows.get(&row.head.key);
        Held {
            row: Arc::clone(row),
            shown: renames.shown(row),
            evicted: before
                .is_some_and(|held| held.evicted && !precedes(&held.row.head, &row.head)),
        }
    }

    fn set(&mut self, held: Held) -> Splice {
        let row = Arc::clone(held.visible());
        self.rows.set(&row.head, held)
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

impl Held {
    fn visible(&self) -> &Arc<Row> {
        self.shown.as_ref().unwrap_or(&self.row)
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
