//! The sessions by their numbers, and by what names them.

use std::hash::{BuildHasher, Hash, RandomState};
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
            let table = |name| move || table(rows, names, name);
            let by_key = scope.spawn(table(|row| Some(row.key.as_str())));
            let by_id = scope.spawn(table(|row| Some(row.entry.session_id.as_str())));
            let by_label = table(|row| row.entry.label.as_deref())();
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
        self.by_key.find(self.hash(key), found).copied()
    }

    /// The session that has this transcript; of several the one that changed last.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Session>> {
        let numbers = self.by_id.iter_hash(self.hash(id));
        let rows = numbers.filter_map(|number| self.get(*number));
        let rows = rows.filter(|row| row.entry.session_id == id);
        // At an upstream gateway another session may have taken a name before this one is known to have lost it.
        rows.max_by_key(|row| row.entry.updated_at)
    }

    /// The sessions that have this label.
    pub(super) fn by_label(&self, label: &str) -> impl Iterator<Item = (Number, &Arc<Session>)> {
        let numbers = self.by_label.iter_hash(self.hash(label));
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
        let (names, rows) = (&self.names, &self.rows);
        let of = |number: &Number| rows[*number as usize].as_deref().expect(LISTED);
        let rehash = |number: &Number| names.hash_one(&of(number).key);
        self.by_key
            .insert_unique(names.hash_one(&row.key), number, rehash);
        let rehash = |number: &Number| names.hash_one(of(number).entry.session_id.as_str());
        let hash = names.hash_one(row.entry.session_id.as_str());
        self.by_id.insert_unique(hash, number, rehash);
        if let Some(label) = row.entry.label.as_deref() {
            let rehash = |number: &Number| names.hash_one(label_of(of(number)));
            self.by_label
                .insert_unique(names.hash_one(label), number, rehash);
        }
        self.rows[number as usize] = Some(row);
        number
    }

    /// Takes a session out.
    pub(super) fn remove(&mut self, number: Number) -> Option<Arc<Session>> {
        let row = self.rows.get_mut(number as usize)?.take()?;
        let label = row.entry.label.as_deref();
        let tables = [
            (&mut self.by_key, Some(self.names.hash_one(&row.key))),
            (
                &mut self.by_id,
                Some(self.names.hash_one(row.entry.session_id.as_str())),
            ),
            (
                &mut self.by_label,
                label.map(|label| self.names.hash_one(label)),
            ),
        ];
        for (table, hash) in tables {
            let own = |other: &Number| *other == number;
            if let Some(found) = hash.and_then(|hash| table.find_entry(hash, own).ok()) {
                found.remove();
            }
        }
        self.free.push(number);
        Some(row)
    }

    fn hash(&self, name: &(impl Hash + ?Sized)) -> u64 {
        self.names.hash_one(name)
    }
}

/// The numbers of the rows that have a name, by it.
fn table(
    rows: &[Option<Arc<Session>>],
    names: &RandomState,
    name: fn(&Session) -> Option<&str>,
) -> HashTable<Number> {
    let name = |number: usize| rows[number].as_deref().and_then(name);
    let named = (0..rows.len()).filter(|number| name(*number).is_some());
    let mut table = HashTable::with_capacity(named.clone().count());
    for number in named {
        let rehash = |number: &Number| names.hash_one(name(*number as usize).expect(LISTED));
        let hash = names.hash_one(name(number).expect(LISTED));
        table.insert_unique(hash, Number::try_from(number).expect(FEWER), rehash);
    }
    table
}

const FEWER: &str = "fewer sessions than 2^32";
const LISTED: &str = "tables have numbers of sessions that are there";

fn label_of(row: &Session) -> &str {
    row.entry.label.as_deref().unwrap_or_default()
}
