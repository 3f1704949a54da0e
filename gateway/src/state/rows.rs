//! The sessions by their numbers, and by what names them.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::thread;

use hashbrown::HashTable;
use sessionwire_protocol::SessionKey;

use crate::session::Session;

/// The number of a session in memory. It keeps its number as long as it is there; then another may have it.
pub(super) type Number = u32;

/// All sessions.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Option<Arc<Session>>>,
    free: Vec<Number>,
    names: RandomState,
    /// Tables of numbers only: what they are found by stands in the rows.
    by_key: HashTable<Number>,
    by_id: HashTable<Number>,
    by_label: HashTable<Number>,
}

impl Rows {
    /// These, whose keys differ.
    pub(super) fn new(rows: Vec<Arc<Session>>) -> Self {
        let mut all = Self {
            rows: rows.into_iter().map(Some).collect(),
            ..Self::default()
        };
        let (rows, names) = (&all.rows, &all.names);
        (all.by_key, all.by_id, all.by_label) = thread::scope(|scope| {
            let by_key = scope.spawn(|| table(rows, names, KEY));
            let by_id = scope.spawn(|| table(rows, names, ID));
            let by_label = table(rows, names, LABEL);
            let by_key = by_key.join().expect(LISTED);
            (by_key, by_id.join().expect(LISTED), by_label)
        });
        all
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Above all numbers that sessions have.
    pub(super) fn bound(&self) -> usize {
        self.rows.len()
    }

    /// All numbers below that bound.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Number> + use<> {
        (0..self.rows.len()).map(|number| Number::try_from(number).expect(FEWER))
    }

    /// The session that has a number.
    pub(super) fn get(&self, number: Number) -> Option<&Arc<Session>> {
        self.rows.get(number as usize)?.as_ref()
    }

    /// The number of a session.
    pub(super) fn find(&self, key: &SessionKey) -> Option<Number> {
        let found = |number: &Number| self.get(*number).is_some_and(|row| row.key == *key);
        let hash = self.names.hash_one(key.as_str());
        self.by_key.find(hash, found).copied()
    }

    /// The session that has this transcript; of several the one that changed last.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Session>> {
        let numbers = self.by_id.iter_hash(self.names.hash_one(id));
        let rows = numbers.filter_map(|number| self.get(*number));
        let rows = rows.filter(|row| row.entry.session_id == id);
        // At an upstream gateway another session may have taken a name before this one is known to have lost it.
        rows.max_by_key(|row| row.entry.updated_at)
    }

    /// The sessions that have this label.
    pub(super) fn by_label(&self, label: &str) -> impl Iterator<Item = (Number, &Arc<Session>)> {
        let numbers = self.by_label.iter_hash(self.names.hash_one(label));
        let rows = numbers.filter_map(|number| Some((*number, self.get(*number)?)));
        rows.filter(move |(_, row)| row.entry.label.as_deref() == Some(label))
    }

    /// Puts a session in; there is none with its key.
    pub(super) fn insert(&mut self, row: Arc<Session>) -> Number {
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.rows.push(None);
                Number::try_from(self.rows.len() - 1).expect(FEWER)
            }
        };
        self.rows[number as usize] = Some(row);
        let Self { rows, names, .. } = self;
        for (table, name) in [
            (&mut self.by_key, KEY),
            (&mut self.by_id, ID),
            (&mut self.by_label, LABEL),
        ] {
            put(table, number, rows, names, name);
        }
        number
    }

    /// Takes a session out.
    pub(super) fn remove(&mut self, number: Number) -> Option<Arc<Session>> {
        let row = self.rows.get_mut(number as usize)?.take()?;
        for (table, name) in [
            (&mut self.by_key, KEY),
            (&mut self.by_id, ID),
            (&mut self.by_label, LABEL),
        ] {
            let hash = name(&row).map(|name| self.names.hash_one(name));
            let own = |other: &Number| *other == number;
            if let Some(found) = hash.and_then(|hash| table.find_entry(hash, own).ok()) {
                found.remove();
            }
        }
        self.free.push(number);
        Some(row)
    }
}

/// By what a session is found.
type Name = fn(&Session) -> Option<&str>;

const KEY: Name = |row| Some(row.key.as_str());
const ID: Name = |row| Some(row.entry.session_id.as_str());
const LABEL: Name = |row| row.entry.label.as_deref();

const FEWER: &str = "fewer sessions than 2^32";
const LISTED: &str = "tables have numbers of sessions that are there";

/// The numbers of the rows that have a name, by it.
fn table(rows: &[Option<Arc<Session>>], names: &RandomState, name: Name) -> HashTable<Number> {
    let has_name = |row: &Option<Arc<Session>>| row.as_deref().and_then(name).is_some();
    let mut table = HashTable::with_capacity(rows.iter().filter(|row| has_name(row)).count());
    for number in 0..rows.len() {
        let number = Number::try_from(number).expect(FEWER);
        put(&mut table, number, rows, names, name);
    }
    table
}

/// Puts in the number of a row, if it has a name.
fn put(
    table: &mut HashTable<Number>,
    number: Number,
    rows: &[Option<Arc<Session>>],
    names: &RandomState,
    name: Name,
) {
    let name = |number: Number| rows[number as usize].as_deref().and_then(name);
    if let Some(own) = name(number) {
        let rehash = |number: &Number| names.hash_one(name(*number).expect(LISTED));
        table.insert_unique(names.hash_one(own), number, rehash);
    }
}
