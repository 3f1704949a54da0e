//! A copy of a list as an application keeps it, and what it is promised.

use std::collections::BTreeSet;
use std::sync::Arc;

use sessionwire_client_core::{Evicted, LiveList, Order, Row, SessionEvent, Splice};
use sessionwire_gateway::row;
use sessionwire_protocol::sessions::SessionsListParams;
use sessionwire_protocol::{Cursor, RowHead};

use crate::place::Move;
use crate::store::{Content, Generation, Sessions};
use crate::view;

#[derive(Debug)]
pub(crate) struct Subscriber {
    params: SessionsListParams,
    rows: LiveList<Arc<Row>>,
    /// The same, as who keeps rows in their order has them.
    spliced: Vec<Arc<Row>>,
    /// Every generation that the copy ever held.
    seen: BTreeSet<Generation>,
    told: BTreeSet<Generation>,
    /// Generations that it held and that were evicted while the list showed them: on the present step,
    due: BTreeSet<Generation>,
    /// and on earlier ones.
    owed: BTreeSet<Generation>,
    /// Those of them whose reason the journal remembered.
    explained: BTreeSet<Generation>,
}

impl Subscriber {
    pub(crate) fn new(params: SessionsListParams) -> Self {
        Self {
            rows: LiveList::new(Order::by(params.sort_by.unwrap_or_default())),
            params,
            spliced: Vec::new(),
            seen: BTreeSet::new(),
            told: BTreeSet::new(),
            due: BTreeSet::new(),
            owed: BTreeSet::new(),
            explained: BTreeSet::new(),
        }
    }

    /// The copy is about to come to another place: which evictions have to be told on the way?
    pub(crate) fn expect(&mut self, step: &Move, disk: &Content) {
        let Some(from) = &step.from else {
            return;
        };
        let held: BTreeSet<_> = self.rows.iter().map(|row| generation(&row.head)).collect();
        if from.epoch != step.to.epoch {
            let sessions = disk.at(&step.to).expect("the place is durable");
            let gone = held
                .iter()
                .filter(|generation| !is_in(sessions, generation));
            self.due.extend(gone.cloned());
            return;
        }
        assert!(from.offset <= step.to.offset, "the copy goes back");
        let is_explained = !disk.has_forgotten(from, step.to.offset);
        for (offset, generation) in disk.evictions(from, step.to.offset) {
            let place = Cursor {
                offset,
                ..from.clone()
            };
            let before = disk.before(&place).expect("the copy came by there");
            if held.contains(&generation) && self.shows(&generation, before) {
                if is_explained {
                    self.explained.insert(generation.clone());
                }
                self.due.insert(generation);
            }
        }
    }

    pub(crate) fn apply(&mut self, event: &SessionEvent, splice: Splice, disk: &Content) {
        self.splice(event, splice);
        self.take(event, disk);
        assert!(self.rows.iter().eq(&self.spliced), "{:?}", self.spliced);
    }

    fn splice(&mut self, event: &SessionEvent, splice: Splice) {
        if let Some(index) = splice.removed {
            self.spliced.remove(index);
        }
        match (event, splice.inserted) {
            (SessionEvent::Snapshot { rows, .. }, _) => self.spliced.clone_from(rows),
            (SessionEvent::Changed { row, .. }, Some(index)) => {
                self.spliced.insert(index, Arc::clone(row));
            }
            (_, inserted) => assert_eq!(inserted, None, "{event:?}"),
        }
    }

    fn take(&mut self, event: &SessionEvent, disk: &Content) {
        match event {
            SessionEvent::Snapshot { rows, .. } => {
                self.rows.clear();
                for row in rows {
                    self.hold(row);
                }
            }
            SessionEvent::Changed { row, .. } => {
                if let Some(held) = self.rows.get(&row.head.key) {
                    let held = generation(&held.head);
                    assert!(
                        held == generation(&row.head) || self.told.contains(&held),
                        "a generation is replaced before its eviction is told: {held:?}"
                    );
                }
                self.hold(row);
            }
            SessionEvent::Left { key } => {
                assert!(
                    self.rows.remove(key).is_some(),
                    "a session leaves that is not held: {key}"
                );
            }
            SessionEvent::Evicted(evicted) => self.lose(evicted, disk),
            SessionEvent::Failed(error) => panic!("the subscription failed: {error}"),
        }
    }

    /// The copy has come to a place: it equals the list there, and what was evicted on the way has been told.
    ///
    /// Of a part of the list a snapshot may leave open for a while whether a session was evicted.
    pub(crate) fn must_have_come(&mut self, step: &Move, disk: &Content) {
        if let Some(params) = &step.snapshot {
            self.params = params.clone();
        }
        self.must_equal(&step.to, disk);
        if step.snapshot.is_none() || self.params == SessionsListParams::default() {
            must_be_told(&self.due, &self.told);
        }
        self.owed.append(&mut self.due);
    }

    pub(crate) fn must_equal(&self, place: &Cursor, disk: &Content) {
        let sessions = disk.at(place).expect("the place is durable");
        let list = view::list(&self.params, sessions);
        // A new label that nobody confirmed yet may show, and move the row.
        let is_pending = |key| self.rows.get(key).is_some_and(|row| row.is_pending());
        let list = list.iter().filter(|session| !is_pending(&session.key));
        let list: Vec<_> = list
            .map(|session| serde_json::to_string(&row::Row::terse(session)).expect("it is written"))
            .collect();
        let copy = self.rows.iter().filter(|row| !row.is_pending());
        let copy: Vec<_> = copy.map(|row| row.json().get()).collect();
        assert!(
            copy == list,
            "a copy differs from its list: {:?} at {place:?}\ncopy: {copy:#?}\nlist: {list:#?}",
            self.params
        );
    }

    /// Whether a row shows what nobody confirmed.
    pub(crate) fn is_pending(&self) -> bool {
        self.rows.iter().any(|row| row.is_pending())
    }

    /// No eviction is owed.
    pub(crate) fn must_owe_nothing(&mut self) {
        must_be_told(&self.owed, &self.told);
        self.owed.clear();
    }

    /// Whether an entry made a difference to the list.
    pub(crate) fn is_concerned_by(&self, place: &Cursor, disk: &Content) -> bool {
        let rows = |sessions| {
            let list = view::list(&self.params, sessions);
            let rows = list.iter().map(|session| session.row_json());
            rows.collect::<Vec<_>>()
        };
        disk.before(place).map(rows) != disk.at(place).map(rows)
    }

    fn hold(&mut self, row: &Arc<Row>) {
        self.seen.insert(generation(&row.head));
        self.rows.set(&row.head, Arc::clone(row));
    }

    fn lose(&mut self, evicted: &Evicted, disk: &Content) {
        let revision = evicted.lifecycle_revision.clone();
        let generation = (evicted.key.clone(), revision.expect("rows have revisions"));
        assert!(
            !disk.lives(&generation),
            "what is told as evicted lives: {generation:?}"
        );
        if evicted.inferred {
            assert!(
                !self.explained.contains(&generation),
                "the reason is not told: {generation:?}"
            );
        } else {
            assert!(
                Some(evicted.reason) == disk.eviction(&generation),
                "the reason is another: {generation:?}"
            );
        }
        assert!(
            self.seen.contains(&generation),
            "an eviction is told of what was not held: {generation:?}"
        );
        assert!(
            self.told.insert(generation.clone()),
            "an eviction is told twice: {generation:?}"
        );
        if !evicted.lives_on() {
            self.rows.remove(&evicted.key);
        }
    }

    fn shows(&self, (key, revision): &Generation, sessions: &Sessions) -> bool {
        let list = view::list(&self.params, sessions);
        list.iter()
            .any(|session| session.key == *key && session.entry.lifecycle_revision == *revision)
    }
}

fn must_be_told(evicted: &BTreeSet<Generation>, told: &BTreeSet<Generation>) {
    let missing: Vec<_> = evicted.difference(told).collect();
    assert!(missing.is_empty(), "evictions are not told: {missing:?}");
}

fn is_in(sessions: &Sessions, (key, revision): &Generation) -> bool {
    let session = sessions.get(key);
    session.is_some_and(|session| session.entry.lifecycle_revision == *revision)
}

fn generation(head: &RowHead) -> Generation {
    let revision = head.lifecycle_revision.as_deref();
    let revision = revision.expect("rows have revisions").to_owned();
    (head.key.clone(), revision)
}
