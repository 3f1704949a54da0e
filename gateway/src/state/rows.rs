//! The sessions by their numbers, and by what names them.

use std::hash::RandomState;
use std::sync::Arc;
use std::thread;

use sessionwire_protocol::SessionKey;

use super::chunks::Chunks;
use super::names::{Name, Names};
use crate::session::Session;

/// The number of a session in memory. It keeps its number as long as it is there; then another may have it.
pub(super) type Number = u32;

/// All sessions.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    rows: Chunks<Option<Arc<Session>>>,
    /// Numbers that no session has.
    free: Chunks<Number>,
    len: usize,
    by_key: Names,
    by_id: Names,
    by_label: Names,
}

impl Rows {
    /// These, whose keys differ.
    pub(super) fn new(rows: Vec<Arc<Session>>) -> Self {
        let len = rows.len();
        let rows: Chunks<_> = rows.into_iter().map(Some).collect();
        let hasher = RandomState::new();
        let names = |name: Name| {
            let row_of = |number| get(&rows, number);
            Names::new(name, hasher.clone(), all(&rows), row_of)
        };
        let (by_key, by_id, by_label) = thread::scope(|scope| {
            let by_key = scope.spawn(|| names(KEY));
            let by_id = scope.spawn(|| names(ID));
            let by_label = names(LABEL);
            let by_key = by_key.join().expect(NAMED);
            (by_key, by_id.join().expect(NAMED), by_label)
        });
        Self {
            rows,
            free: Chunks::default(),
            len,
            by_key,
            by_id,
            by_label,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Above all numbers that sessions have.
    pub(super) fn bound(&self) -> usize {
        self.rows.len()
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Number, &Arc<Session>)> {
        all(&self.rows)
    }

    /// The session that has a number.
    pub(super) fn get(&self, number: Number) -> Option<&Arc<Session>> {
        get(&self.rows, number)
    }

    /// The numbers of which another session, or none, has become since a copy was made.
    pub(super) fn changed_since<'a>(
        &'a self,
        copy: &'a Self,
    ) -> impl Iterator<Item = Number> + use<'a> {
        let numbers = self.rows.changed_since(&copy.rows).map(number);
        numbers.filter(move |number| match (self.get(*number), copy.get(*number)) {
            (Some(own), Some(other)) => !Arc::ptr_eq(own, other),
            (own, other) => own.is_some() || other.is_some(),
        })
    }

    /// The number of a session.
    pub(super) fn find(&self, key: &SessionKey) -> Option<Number> {
        let mut numbers = self.by_key.numbers(key.as_str());
        numbers.find(|number| self.get(*number).is_some_and(|row| row.key == *key))
    }

    /// The session that has this transcript; of several the one that changed last.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Session>> {
        let rows = self.by_id.numbers(id);
        let rows = rows.filter_map(|number| self.get(number));
        let rows = rows.filter(|row| row.entry.session_id == id);
        // At an upstream gateway another session may have taken a name before this one is known to have lost it.
        rows.max_by_key(|row| row.entry.updated_at)
    }

    /// The sessions that have this label.
    pub(super) fn by_label(&self, label: &str) -> impl Iterator<Item = (Number, &Arc<Session>)> {
        let numbers = self.by_label.numbers(label);
        let rows = numbers.filter_map(|number| Some((number, self.get(number)?)));
        rows.filter(move |(_, row)| row.entry.label.as_deref() == Some(label))
    }

    /// About how many have it: that takes no look at them.
    pub(super) fn count_by_label(&self, label: &str) -> usize {
        self.by_label.count(label)
    }

    /// Puts a session in; there is none with its key.
    pub(super) fn insert(&mut self, row: Arc<Session>) -> Number {
        let number = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            number(self.rows.len() - 1)
        });
        let Self { rows, .. } = self;
        for names in [&mut self.by_key, &mut self.by_id, &mut self.by_label] {
            names.insert(number, &row, |number| get(rows, number));
        }
        if let Some(place) = rows.get_mut(number as usize) {
            *place = Some(row);
        }
        self.len += 1;
        number
    }

    /// Takes a session out.
    pub(super) fn remove(&mut self, number: Number) -> Option<Arc<Session>> {
        self.get(number)?;
        let row = self.rows.get_mut(number as usize)?.take()?;
        for names in [&mut self.by_key, &mut self.by_id, &mut self.by_label] {
            names.remove(number, &row);
        }
        self.free.push(number);
        self.len -= 1;
        Some(row)
    }
}

const KEY: Name = |row| Some(row.key.as_str());
/// An upstream gateway may show many sessions without one.
const ID: Name = |row| Some(row.entry.session_id.as_str()).filter(|id| !id.is_empty());
const LABEL: Name = |row| row.entry.label.as_deref();

const NAMED: &str = "names are read without a panic";

fn get(rows: &Chunks<Option<Arc<Session>>>, number: Number) -> Option<&Arc<Session>> {
    rows.get(number as usize)?.as_ref()
}

fn all(rows: &Chunks<Option<Arc<Session>>>) -> impl Iterator<Item = (Number, &Arc<Session>)> {
    let rows = (0..).zip(rows.iter());
    rows.filter_map(|(number, row)| Some((number, row.as_ref()?)))
}

fn number(place: usize) -> Number {
    Number::try_from(place).expect("fewer sessions than 2^32")
}
