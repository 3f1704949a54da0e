//! The live copy of a list: rows as JavaScript objects, kept in the order of the list.

use std::cmp::Reverse;

use js_sys::Array;
use sessionwire_protocol::{Millis, RowHead, SessionKey};
use wasm_bindgen::JsValue;

/// Rows in the order of the list.
///
/// Sorted vectors instead of maps: moving a few thousand small entries is quick, and maps are large code.
#[derive(Default)]
pub(crate) struct Copy {
    rows: Vec<(Place, JsValue)>,
    /// Where each row stands, sorted by key.
    places: Vec<Place>,
}

/// Where a row stands: pinned first, then newest first, then by key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    unpinned: bool,
    updated_at: Reverse<Option<Millis>>,
    key: SessionKey,
}

impl From<&RowHead> for Place {
    fn from(head: &RowHead) -> Self {
        Self {
            unpinned: !head.pinned,
            updated_at: Reverse(head.updated_at),
            key: head.key.clone(),
        }
    }
}

impl Copy {
    /// Takes the whole list, which is sorted.
    pub(crate) fn replace(&mut self, rows: Vec<(Place, JsValue)>) {
        self.places.clear();
        for (place, _) in &rows {
            insert(&mut self.places, place.clone(), |place| &place.key);
        }
        self.rows = rows;
    }

    /// Takes a new row, or another state of one.
    pub(crate) fn upsert(&mut self, head: &RowHead, row: JsValue) {
        let place = Place::from(head);
        match self.find(&head.key) {
            Ok(index) => {
                let before = std::mem::replace(&mut self.places[index], place.clone());
                self.take_out(&before);
            }
            Err(index) => self.places.insert(index, place.clone()),
        }
        insert(&mut self.rows, (place, row), |(place, _)| place);
    }

    /// Drops a row.
    pub(crate) fn remove(&mut self, key: &SessionKey) {
        if let Ok(index) = self.find(key) {
            let place = self.places.remove(index);
            self.take_out(&place);
        }
    }

    /// The row of a session.
    pub(crate) fn get(&self, key: &SessionKey) -> Option<JsValue> {
        let place = &self.places[self.find(key).ok()?];
        let index = self.find_row(place).ok()?;
        Some(self.rows[index].1.clone())
    }

    /// All rows.
    pub(crate) fn to_array(&self) -> Array {
        let array = Array::new();
        for (_, row) in &self.rows {
            array.push(row);
        }
        array
    }

    fn take_out(&mut self, place: &Place) {
        if let Ok(index) = self.find_row(place) {
            self.rows.remove(index);
        }
    }

    fn find(&self, key: &SessionKey) -> Result<usize, usize> {
        self.places.binary_search_by(|place| place.key.cmp(key))
    }

    fn find_row(&self, place: &Place) -> Result<usize, usize> {
        self.rows.binary_search_by(|(other, _)| other.cmp(place))
    }
}

/// Inserts where the order demands it. Appending is the quickest case.
pub(crate) fn insert<T, K: Ord>(sorted: &mut Vec<T>, item: T, key: fn(&T) -> &K) {
    let index = match sorted.last() {
        Some(last) if key(last) > key(&item) => {
            sorted.partition_point(|other| key(other) < key(&item))
        }
        _ => sorted.len(),
    };
    sorted.insert(index, item);
}
