//! By what sessions are found: tables of their numbers, of which copies share what they have in common.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::chunks::Chunks;
use super::rows::Number;
use super::runs::Runs;
use crate::session::Session;

/// By what a session is found.
pub(super) type Name = fn(&Session) -> Option<&str>;

/// A table of numbers only: what they are found by stands in the rows. It is many small tables, so that a change after a
/// copy was made copies a small one, and none ever has to grow for long.
#[derive(Clone, Debug)]
pub(super) struct Names {
    name: Name,
    hasher: RandomState,
    tables: Chunks<Arc<Table>>,
}

/// Who looks for one of many in a table that stand in the same place of it passes by the others, and a start would do so
/// for each. So those of a name that many have stand in order.
#[derive(Clone, Debug, Default)]
struct Table {
    numbers: HashTable<Number>,
    /// By the hash of the name.
    of_many: BTreeMap<u64, Runs>,
}

/// So many of a name stand in a table.
const FEW: usize = 32;
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
        let hash_of = |number| hash_of(number, name, &hasher, &row_of);
        let table = |numbers: Vec<(u64, Number)>| {
            let mut table = Table::with_capacity(numbers.len());
            for (hash, number) in numbers {
                table.insert(hash, number, &hash_of);
            }
            if !table.of_many.is_empty() {
                table.numbers.shrink_to_fit(|number| hash_of(*number));
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
        table.into_iter().flat_map(move |table| table.numbers(hash))
    }

    /// How many they are.
    pub(super) fn count(&self, name: &str) -> usize {
        let hash = self.hasher.hash_one(name);
        let table = self.tables.get(table_of(hash));
        table.map_or(0, |table| table.count(hash))
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
        let hash_of = |number| hash_of(number, *name, hasher, &row_of);
        if let Some(table) = self.tables.get_mut(table_of(hash)) {
            Arc::make_mut(table).insert(hash, number, &hash_of);
        }
    }

    /// Takes out the number of a row.
    pub(super) fn remove(&mut self, number: Number, row: &Session) {
        let hash = (self.name)(row).map(|name| self.hasher.hash_one(name));
        let Some(hash) = hash else { return };
        if let Some(table) = self.tables.get_mut(table_of(hash)) {
            Arc::make_mut(table).remove(hash, number);
        }
    }
}

impl Table {
    fn with_capacity(numbers: usize) -> Self {
        Self {
            numbers: HashTable::with_capacity(numbers),
            of_many: BTreeMap::new(),
        }
    }

    /// Those of a name, and maybe a few others.
    fn numbers(&self, hash: u64) -> impl Iterator<Item = Number> + use<'_> {
        let of_many = self.of_many.get(&hash).into_iter().flat_map(Runs::iter);
        self.numbers.iter_hash(hash).copied().chain(of_many)
    }

    fn count(&self, hash: u64) -> usize {
        let of_many = self.of_many.get(&hash).map_or(0, Runs::len);
        self.numbers.iter_hash(hash).count() + of_many
    }

    fn insert(&mut self, hash: u64, number: Number, hash_of: &impl Fn(Number) -> u64) {
        let are_many = || self.numbers.iter_hash(hash).nth(FEW - 1).is_some();
        if !self.of_many.contains_key(&hash) && are_many() {
            self.gather(hash, hash_of);
        }
        match self.of_many.get_mut(&hash) {
            Some(numbers) => numbers.insert(number, |other| other.cmp(&number)),
            None => {
                let rehash = |number: &Number| hash_of(*number);
                self.numbers.insert_unique(hash, number, rehash);
            }
        }
    }

    /// Puts those of a name in order.
    fn gather(&mut self, hash: u64, hash_of: &impl Fn(Number) -> u64) {
        let numbers = self.numbers.iter_hash(hash).copied();
        let mut numbers: Vec<Number> = numbers.filter(|number| hash_of(*number) == hash).collect();
        for number in &numbers {
            self.remove(hash, *number);
        }
        numbers.sort_unstable();
        self.of_many.insert(hash, numbers.into_iter().collect());
    }

    fn remove(&mut self, hash: u64, number: Number) {
        let Some(of_many) = self.of_many.get_mut(&hash) else {
            if let Ok(found) = self.numbers.find_entry(hash, |other| *other == number) {
                found.remove();
            }
            return;
        };
        of_many.remove(|other| other.cmp(&number));
        if of_many.len() == 0 {
            self.of_many.remove(&hash);
        }
    }
}

fn hash_of<'a>(
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sessionwire_dice::Dice;

    use super::*;

    /// A table takes each of three names for the others.
    fn hash_of(number: Number) -> u64 {
        u64::from(number % 3) << 32
    }

    #[test]
    fn a_table_has_those_of_each_name_however_many_come_and_go() {
        let mut dice = Dice::new(1);
        let mut draw = |bound| Number::try_from(dice.below(bound)).expect("it is small");
        let (mut table, mut plain) = (Table::default(), BTreeSet::new());
        for round in 0..8 {
            for _ in 0..1_000 {
                let number = draw(300);
                let hash = hash_of(number);
                match (round % 2 == 0, plain.contains(&number)) {
                    (true, false) => {
                        plain.insert(number);
                        table.insert(hash, number, &hash_of);
                    }
                    (false, true) => {
                        plain.remove(&number);
                        table.remove(hash, number);
                    }
                    (true, true) | (false, false) => continue,
                }
                for hash in (0..3).map(hash_of) {
                    let is_named = |number: &Number| hash_of(*number) == hash;
                    let mut found: Vec<_> = table.numbers(hash).filter(is_named).collect();
                    found.sort_unstable();
                    let expected: Vec<_> = plain.iter().copied().filter(is_named).collect();
                    assert_eq!(found, expected);
                    assert_eq!(table.count(hash), table.numbers(hash).count());
                }
            }
        }
        for number in plain {
            table.remove(hash_of(number), number);
        }
        assert!(table.numbers.is_empty() && table.of_many.is_empty());
    }
}
