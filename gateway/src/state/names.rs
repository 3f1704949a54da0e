//! By what sessions are found: tables of their numbers, of which copies share what they have in common.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::chunks::Chunks;
use super::rows::Number;
use crate::session::Session;

/// By what a session is found.
pub(super) type Name = fn(&Session) -> Option<&str>;

/// A table of numbers only: what they are found by stands in the rows. It is many small tables, so that a change after a
/// copy was made copies a small one, and none ever has to grow for long.
#[derive(Clone, Debug)]
pub(super) struct Names {
    name: Name,
    hasher: RandomState,
    tables: Chunks<Arc<HashTable<Number>>>,
}

const TABLES: usize = 256;
const LISTED: &str = "tables have numbers of sessions that are there";

impl Names {
    /// Those of some sessions. They are sorted by their tables first, so that each table is filled while it is near at
    /// hand: for a million sessions that takes half as long.
    pub(super) fn new<'a>(
        name: Name,
        hasher: RandomState,
        rows: impl Iterator<Item = (Number, &'a Arc<Session>)>,
        row_of: impl Fn(Number) -> Option<&'a Arc<Session>>,
    ) -> Self {
        let mut sorted: Vec<Vec<(u64, Number)>> = vec![Vec::new(); TABLES];
        for (number, row) in rows {
            if let Some(name) = name(row) {
                let hash = hasher.hash_one(name);
                sorted[table_of(hash)].push((hash, number));
            }
        }
        let rehash = |number: &Number| rehash(*number, name, &hasher, &row_of);
        let table = |numbers: Vec<(u64, Number)>| {
            let mut table = HashTable::with_capacity(numbers.len());
            for (hash, number) in numbers {
                table.insert_unique(hash, number, rehash);
            }
            Arc::new(table)
        };
        Self {
            tables: sorted.into_iter().map(table).collect(),
            name,
            hasher,
        }
    }

    /// The numbers of the sessions that may have this name.
    pub(super) fn numbers(&self, name: &str) -> impl Iterator<Item = Number> + use<'_> {
        let hash = self.hasher.hash_one(name);
        let table = self.tables.get(table_of(hash));
        table
            .into_iter()
            .flat_map(move |table| table.iter_hash(hash))
            .copied()
    }

    /// Puts in the number of a row, if it has a name.
    pub(super) fn insert<'a>(
        &mut self,
        number: Number,
        row: &Session,
        row_of: impl Fn(Number) -> Option<&'a Arc<Session>>,
    ) {
        let Self { name, hasher, .. } = self;
        let Some(hash) = name(row).map(|name| hasher.hash_one(name)) else {
            return;
        };
        let rehash = |number: &Number| rehash(*number, *name, hasher, &row_of);
        if let Some(table) = self.tables.get_mut(table_of(hash)) {
            Arc::make_mut(table).insert_unique(hash, number, rehash);
        }
    }

    /// Takes out the number of a row.
    pub(super) fn remove(&mut self, number: Number, row: &Session) {
        let hash = (self.name)(row).map(|name| self.hasher.hash_one(name));
        let Some(hash) = hash else { return };
        if let Some(table) = self.tables.get_mut(table_of(hash)) {
            let own = |other: &Number| *other == number;
            if let Ok(found) = Arc::make_mut(table).find_entry(hash, own) {
                found.remove();
            }
        }
    }
}

fn rehash<'a>(
    number: Number,
    name: Name,
    hasher: &RandomState,
    row_of: impl Fn(Number) -> Option<&'a Arc<Session>>,
) -> u64 {
    let row = row_of(number).expect(LISTED);
    hasher.hash_one(name(row).expect(LISTED))
}

/// By other bits than those by which a table finds its place.
fn table_of(hash: u64) -> usize {
    (hash >> 40) as usize % TABLES
}
