//! What an application makes of the events, and what it may expect of them.

use std::collections::{BTreeMap, BTreeSet};

use sessionwire_client_core::{Evicted, LiveList, Order, Row, SessionEvent, Splice};
use sessionwire_protocol::Cursor;

use crate::gateway::Gateway;
use crate::state::View;

/// A copy of a list.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) view: View,
    rows: LiveList<Shown>,
    /// The keys, as who keeps rows in their order has them.
    spliced: Vec<String>,
    held: BTreeMap<String, u64>,
    versions: BTreeMap<String, u64>,
    /// Generations whose evictions have to be told, where they are evicted.
    owed: BTreeSet<(String, u64)>,
    told: BTreeSet<(String, u64)>,
    complete: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    key: String,
    version: u64,
    revision: u64,
    label: Option<String>,
    pending: bool,
}

impl Copy {
    pub(crate) fn new(view: View) -> Self {
        Self {
            view,
            rows: LiveList::new(Order::default()),
            spliced: Vec::new(),
            held: BTreeMap::new(),
            versions: BTreeMap::new(),
            owed: BTreeSet::new(),
            told: BTreeSet::new(),
            complete: false,
        }
    }

    pub(crate) fn apply(&mut self, event: SessionEvent, splice: Splice, gateway: &Gateway) {
        self.splice(&event, splice);
        self.take(event, gateway);
        let keys = self.rows.iter().map(|row| &row.key);
        assert!(keys.eq(&self.spliced), "{:?}", self.spliced);
    }

    fn splice(&mut self, event: &SessionEvent, splice: Splice) {
        let key = |row: &Row| row.head.key.to_string();
        if let Some(index) = splice.removed {
            self.spliced.remove(index);
        }
        match (event, splice.inserted) {
            (SessionEvent::Snapshot { rows, .. }, _) => {
                self.spliced = rows.iter().map(|row| key(row)).collect();
            }
            (SessionEvent::Changed { row, .. }, Some(index)) => {
                self.spliced.insert(index, key(row));
            }
            (_, inserted) => assert_eq!(inserted, None, "{event:?}"),
        }
    }

    fn take(&mut self, event: SessionEvent, gateway: &Gateway) {
        match event {
            SessionEvent::Snapshot { rows, cursor } => {
                let keys: BTreeSet<_> = rows.iter().map(|row| row.head.key.as_str()).collect();
                let held = std::mem::take(&mut self.held);
                for (key, revision) in &held {
                    if !keys.contains(key.as_str()) {
                        self.missing(&(key.clone(), *revision), cursor.as_ref(), gateway);
                    }
                }
                self.rows.clear();
                for row in rows {
                    self.set(&row, held.get(row.head.key.as_str()).copied());
                }
                self.complete = true;
            }
            SessionEvent::Changed { row, .. } => {
                assert!(self.complete, "a change comes before the snapshot");
                let held = self.held.get(row.head.key.as_str()).copied();
                self.set(&row, held);
            }
            SessionEvent::Left { key } => {
                assert!(self.view != View::EVERYTHING, "{key} cannot leave");
                assert!(self.rows.remove(&key).is_some(), "only what is held leaves");
                if let Some(revision) = self.held.remove(key.as_str()) {
                    self.owed.remove(&(key.to_string(), revision));
                }
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.rows.remove(&evicted.key);
                }
                let generation = generation(&evicted);
                self.held.remove(&generation.0);
                self.owed.remove(&generation);
                assert!(
                    gateway.evicted.contains_key(&generation),
                    "{generation:?} lives"
                );
                assert!(
                    self.told.insert(generation.clone()),
                    "{generation:?} is told twice"
                );
            }
            SessionEvent::Failed(error) => panic!("the subscription failed: {error}"),
        }
    }

    pub(crate) fn version_of(&self, key: &str) -> Option<u64> {
        self.rows.get(&key.into()).map(|row| row.version)
    }

    pub(crate) fn must_equal(&self, gateway: &Gateway) {
        let list = self.view.list(&gateway.sessions).into_iter().map(|key| {
            let session = &gateway.sessions[key];
            Shown {
                key: key.clone(),
                version: session.version,
                revision: session.revision,
                label: session.label.map(|label| label.to_string()),
                pending: false,
            }
        });
        let copy: Vec<_> = self.rows.iter().cloned().collect();
        assert_eq!(
            copy,
            list.collect::<Vec<_>>(),
            "a copy differs from the list"
        );
        for generation in &self.owed {
            assert!(
                !gateway.evicted.contains_key(generation),
                "the eviction of {generation:?} is not told"
            );
        }
    }

    /// A snapshot does not show what was held: it left, or its eviction is still to be told, if that is what
    /// lies before the snapshot.
    fn missing(&mut self, generation: &(String, u64), cursor: Option<&Cursor>, gateway: &Gateway) {
        assert!(
            self.view != View::EVERYTHING,
            "{generation:?} is gone without a word"
        );
        let is_before = gateway.evicted.get(generation).is_some_and(|evicted| {
            cursor.is_none_or(|cursor| {
                let epoch = cursor.epoch.trim_start_matches('e').parse();
                *evicted <= (epoch.expect("a number"), cursor.offset)
            })
        });
        if !is_before {
            self.owed.remove(generation);
        }
    }

    fn set(&mut self, row: &Row, held: Option<u64>) {
        let key = row.head.key.to_string();
        let revision = number(
            row.head.lifecycle_revision.as_ref(),
            row.head.session_id.as_ref(),
        );
        let version = row.head.updated_at.expect("a number");
        if let Some(held) = held {
            assert_eq!(held, revision, "{key}@{revision} comes before the eviction");
        }
        let last = self.versions.insert(key.clone(), version).unwrap_or(0);
        assert!(last <= version, "{key} went back from {last} to {version}");
        self.held.insert(key.clone(), revision);
        if !self.told.contains(&(key.clone(), revision)) {
            self.owed.insert((key.clone(), revision));
        }
        let shown = Shown {
            key,
            version,
            revision,
            label: row.head.label.as_deref().map(str::to_owned),
            pending: row.is_pending(),
        };
        self.rows.set(&row.head, shown);
    }
}

pub(crate) fn generation(evicted: &Evicted) -> (String, u64) {
    let revision = number(
        evicted.lifecycle_revision.as_ref(),
        evicted.session_id.as_ref(),
    );
    (evicted.key.to_string(), revision)
}

/// A gateway without cursors names generations by their transcripts.
fn number(revision: Option<&String>, session_id: Option<&String>) -> u64 {
    let text = revision.or(session_id).expect("a generation has a name");
    text.parse().expect("a number")
}
