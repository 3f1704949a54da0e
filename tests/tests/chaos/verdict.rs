use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use serde_json::Value;
use sessionwire::protocol::EvictionReason;

use crate::follower::{Follower, Generation, ListReport, Report, Row, Told, View};
use crate::load::Acknowledged;
use crate::truth::Truth;

/// How many examples of a fault to show.
const SHOWN: usize = 3;

/// The fields that rows and the database have in common.
const STORED: [&str; 9] = [
    "sessionId",
    "lifecycleRevision",
    "updatedAt",
    "createdAt",
    "label",
    "category",
    "pinnedAt",
    "archivedAt",
    "lastMessagePreview",
];

/// What is wrong with what a follower has to say, if anything. `living` are the generations of all
/// sessions of the `store`.
pub(crate) fn faults(
    follower: &Follower,
    report: &Report,
    store: &[Row],
    living: &BTreeSet<Generation>,
    truth: &Truth,
) -> Vec<String> {
    let mut told = Vec::new();
    let mut say = |what: &str, faults: Faults| {
        let name = format!("{}, {what}", follower.name());
        let faults = faults.told().into_iter();
        told.extend(faults.map(|fault| format!("{name}: {fault}")));
    };
    for (view, list) in iter::zip(follower.views(), &report.lists) {
        say(view.name, faults_of_list(list, view, store, living, truth));
    }
    let everything = iter::zip(follower.views(), &report.lists)
        .find(|(view, _)| view.is_everything())
        .map(|(_, list)| list.held.as_slice());
    for (key, heard) in iter::zip(follower.messages(), &report.messages) {
        let held = everything.unwrap_or_default().iter();
        let held = held.filter(|generation| generation.key == *key);
        let mut faults = Faults::default();
        faults.tell(heard, held, truth);
        if heard.iter().any(|told| told.generation.key != *key) {
            faults.note("told of another session", heard);
        }
        say(key, faults);
    }
    told
}

fn faults_of_list(
    report: &ListReport,
    view: &View,
    store: &[Row],
    living: &BTreeSet<Generation>,
    truth: &Truth,
) -> Faults {
    let mut faults = Faults::default();
    let mut expected = view.of(store);
    faults.compare("its list", &report.list, &expected);
    expected.sort_by(|a, b| a["key"].as_str().cmp(&b["key"].as_str()));
    faults.compare("what the events add up to", &report.copy, &expected);
    for fault in &report.faults {
        faults.note(fault, &view.name);
    }
    faults.tell(&report.told, report.held.iter(), truth);
    if view.lasting && report.told.is_empty() {
        faults.note("told of no eviction at all", &report.told);
    }
    if report.snapshots < 2 && report.told.iter().any(|told| told.inferred) {
        faults.note("inferred from no snapshot", &report.told);
    }
    let evictions = truth.evictions();
    for held in &report.held {
        if !evictions.contains_key(held) && !living.contains(held) {
            faults.note("held and never there", held);
        }
    }
    faults
}

/// What is wrong with the list of a gateway, if it is not what its database holds.
pub(crate) fn faults_of_store(list: &[Row], stored: &BTreeMap<String, Value>) -> Vec<String> {
    let mut faults = Faults::default();
    if list.len() != stored.len() {
        let kind = "number of sessions, and of stored ones";
        faults.note(kind, &(list.len(), stored.len()));
    }
    for row in list {
        let entry = row["key"].as_str().and_then(|key| stored.get(key));
        for field in STORED {
            if entry.is_none_or(|entry| entry[field] != row[field]) {
                faults.note(&format!("stored with another {field}"), &row["key"]);
            }
        }
    }
    faults.told()
}

/// What a gateway said that it did, and did not.
pub(crate) fn faults_of_answers(acknowledged: &Acknowledged, truth: &Truth) -> Vec<String> {
    let mut faults = Faults::default();
    for next in &acknowledged.resets {
        if !truth.has_seen(next) {
            faults.note("a reset that was acknowledged and not made", next);
        }
    }
    let mut deleted = BTreeMap::<&str, usize>::new();
    for (generation, reason) in truth.evictions() {
        if *reason == EvictionReason::Deleted {
            *deleted.entry(&generation.key).or_default() += 1;
        }
    }
    for (key, times) in &acknowledged.deletes {
        if deleted.get(key.as_str()).is_none_or(|made| made < times) {
            faults.note("a deletion that was acknowledged and not made", key);
        }
    }
    faults.told()
}

/// Faults by kind, with a few examples of each.
#[derive(Default)]
struct Faults(BTreeMap<String, (usize, Vec<String>)>);

impl Faults {
    fn note(&mut self, kind: &str, example: &(impl std::fmt::Debug + ?Sized)) {
        let (times, examples) = self.0.entry(kind.to_owned()).or_default();
        *times += 1;
        if examples.len() < SHOWN {
            examples.push(format!("{example:?}"));
        }
    }

    /// What was told of evictions to one who held these generations until the end or until they were evicted.
    fn tell<'a>(
        &mut self,
        all: &[Told],
        held: impl Iterator<Item = &'a Generation>,
        truth: &Truth,
    ) {
        let evictions = truth.evictions();
        let mut told = BTreeSet::new();
        for eviction in all {
            if !told.insert(&eviction.generation) {
                self.note("told more than once", eviction);
            }
            let inferred = eviction.inferred && eviction.reason == EvictionReason::Unknown;
            match evictions.get(&eviction.generation) {
                Some(reason) if *reason == eviction.reason || inferred => {}
                Some(reason) => self.note("told with another reason", &(eviction, reason)),
                None => self.note("told although it did not happen", eviction),
            }
        }
        for held in held {
            if evictions.contains_key(held) && !told.contains(held) {
                self.note("not told", held);
            }
        }
    }

    fn compare(&mut self, what: &str, found: &[Row], expected: &[Row]) {
        if found.len() != expected.len() {
            let kind = format!("{what}: number of rows, and expected");
            self.note(&kind, &(found.len(), expected.len()));
        }
        for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
            if found != expected {
                let kind = format!("{what}: another row than expected");
                let rows = format!("{place}: {found} and {expected}");
                self.note(&kind, &rows);
            }
        }
    }

    fn told(self) -> Vec<String> {
        let told = |(kind, (times, examples)): (String, (usize, Vec<String>))| {
            format!("{kind}, {times} times: {}", examples.join("; "))
        };
        self.0.into_iter().map(told).collect()
    }
}
