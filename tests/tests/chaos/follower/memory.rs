use std::collections::{BTreeMap, BTreeSet};

use sessionwire::{Evicted, SessionEvent, SessionRow};

use super::{Generation, ListReport, Row, Told};

/// What was told of a list, and nothing else.
#[derive(Default)]
pub(super) struct Memory {
    /// Sessions go from the list only by eviction.
    lasting: bool,
    copy: BTreeMap<String, Row>,
    held: BTreeSet<Generation>,
    told: Vec<Told>,
    snapshots: u64,
}

impl Memory {
    pub(super) fn new(lasting: bool) -> Self {
        Self {
            lasting,
            ..Self::default()
        }
    }

    pub(super) fn has_snapshot(&self) -> bool {
        self.snapshots > 0
    }

    /// Whether it was told of all of these that it held.
    pub(super) fn was_told_of(&self, gone: &BTreeSet<Generation>) -> bool {
        let told: BTreeSet<_> = self.told.iter().map(|told| &told.generation).collect();
        let mut held = self.held.intersection(gone);
        held.all(|generation| told.contains(generation))
    }

    pub(super) fn note(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Snapshot { rows, .. } => {
                self.snapshots += 1;
                let keys: BTreeSet<_> = rows.iter().map(|row| row.key.as_str()).collect();
                for (key, row) in std::mem::take(&mut self.copy) {
                    if !keys.contains(key.as_str()) {
                        self.forget(&row);
                    }
                }
                rows.iter().for_each(|row| self.hold(row));
            }
            SessionEvent::Changed { row, .. } => self.hold(&row),
            SessionEvent::Left { key } => {
                if let Some(row) = self.copy.remove(key.as_str()) {
                    self.forget(&row);
                }
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.copy.remove(evicted.key.as_str());
                }
                self.told.push(Told::of(evicted));
            }
            SessionEvent::Failed(error) => panic!("the subscription failed: {error}"),
        }
    }

    pub(super) fn report(&self, list: Vec<Row>, connections: u64) -> ListReport {
        ListReport {
            list,
            copy: self.copy.values().cloned().collect(),
            held: self.held.iter().cloned().collect(),
            told: self.told.clone(),
            faults: Vec::new(),
            snapshots: self.snapshots,
            connections,
        }
    }

    fn hold(&mut self, row: &SessionRow) {
        let row = super::row(row);
        let generation = Generation::of(&row);
        self.copy.insert(generation.key.clone(), row);
        self.held.insert(generation);
    }

    /// The session left the list, so that its eviction need not be told.
    fn forget(&mut self, row: &Row) {
        if !self.lasting {
            self.held.remove(&Generation::of(row));
        }
    }
}

impl Told {
    pub(super) fn of(evicted: Evicted) -> Self {
        Self {
            generation: Generation {
                key: evicted.key.to_string(),
                lifecycle_revision: evicted
                    .lifecycle_revision
                    .expect("this gateway names generations"),
            },
            reason: evicted.reason,
            inferred: evicted.inferred,
        }
    }
}
