//! What an application makes of the events, and what it may expect of them.

use std::collections::{BTreeMap, BTreeSet};

use sessionwire_client_core::{Evicted, Row, SessionEvent, SessionList};

use crate::gateway::Gateway;

/// Keys that begin so are archived at times: their absence from a snapshot does not mean an eviction.
pub(crate) const HIDEABLE: char = 'h';

/// A copy of the list.
#[derive(Debug, Default)]
pub(crate) struct Copy {
    rows: SessionList<(String, u64, u64)>,
    held: BTreeMap<String, u64>,
    versions: BTreeMap<String, u64>,
    seen: BTreeSet<(String, u64)>,
    told: BTreeSet<(String, u64)>,
    complete: bool,
}

impl Copy {
    pub(crate) fn apply(&mut self, event: SessionEvent, gateway: &Gateway) {
        match event {
            SessionEvent::Snapshot { rows, .. } => {
                let keys: BTreeSet<_> = rows.iter().map(|row| row.head.key.as_str()).collect();
                for key in self.held.keys() {
                    assert!(
                        keys.contains(key.as_str()) || key.starts_with(HIDEABLE),
                        "{key} is gone without a word"
                    );
                }
                self.rows.clear();
                let held = std::mem::take(&mut self.held);
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
                assert!(key.as_str().starts_with(HIDEABLE), "{key} cannot leave");
                self.rows.remove(&key).expect("only what is held leaves");
                self.held.remove(key.as_str());
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.rows.remove(&evicted.key);
                }
                let generation = generation(&evicted);
                self.held.remove(&generation.0);
                if !generation.0.starts_with(HIDEABLE) {
                    assert!(
                        gateway.evicted.contains(&generation),
                        "{generation:?} lives"
                    );
                    assert!(
                        self.told.insert(generation.clone()),
                        "{generation:?} is told twice"
                    );
                }
            }
            SessionEvent::Failed(error) => panic!("the subscription failed: {error}"),
        }
    }

    pub(crate) fn version_of(&self, key: &str) -> Option<u64> {
        self.rows.get(&key.into()).map(|row| row.1)
    }

    pub(crate) fn must_equal(&self, gateway: &Gateway) {
        let list: Vec<_> = gateway
            .list()
            .into_iter()
            .map(|(key, session)| (key.clone(), session.version, session.revision))
            .collect();
        let copy: Vec<_> = self.rows.iter().cloned().collect();
        assert_eq!(copy, list, "a copy differs from the list");
        for generation in self.seen.intersection(&gateway.evicted) {
            assert!(
                self.told.contains(generation) || generation.0.starts_with(HIDEABLE),
                "the eviction of {generation:?} is not told"
            );
        }
    }

    fn set(&mut self, row: &Row, held: Option<u64>) {
        let key = row.head.key.to_string();
        let revision = row.head.lifecycle_revision.as_deref();
        let revision = revision
            .and_then(|text| text.parse().ok())
            .expect("a number");
        let version = row.head.updated_at.expect("a number");
        if let Some(held) = held.filter(|held| *held != revision) {
            assert!(
                key.starts_with(HIDEABLE),
                "{key}@{revision} comes before the eviction of {key}@{held}"
            );
        }
        let last = self.versions.insert(key.clone(), version).unwrap_or(0);
        assert!(last <= version, "{key} went back from {last} to {version}");
        self.held.insert(key.clone(), revision);
        self.seen.insert((key.clone(), revision));
        self.rows.set(&row.head, (key, version, revision));
    }
}

pub(crate) fn generation(evicted: &Evicted) -> (String, u64) {
    let revision = evicted.lifecycle_revision.as_deref();
    let revision = revision
        .and_then(|text| text.parse().ok())
        .expect("a number");
    (evicted.key.to_string(), revision)
}
