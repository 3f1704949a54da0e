//! The live copy of a list: rows as JavaScript objects, kept in the order of the list.

use std::cmp::Reverse;
use std::slice;

use js_sys::Array;
use sessionwire_protocol::{Millis, RowHead, SessionKey};
use wasm_bindgen::JsValue;

/// Rows in the order of the list. They live in one JavaScript array, so handing out all of them is one step.
///
/// Sorted vectors instead of maps: moving a few thousand small entries is quick, and maps are large code.
#[derive(Default)]
pub(crate) struct Copy {
    rows: Array,
    /// Where each of `rows` stands.
    order: Vec<Place>,
    /// The same, sorted by key.
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
    /// Takes the whole list: `rows` are the rows of `order`, which is sorted.
    pub(crate) fn replace(&mut self, order: Vec<Place>, rows: &Array) {
        self.places.clear();
        for place in &order {
            insert(&mut self.places, place.clone(), |place| &place.key);
        }
        self.order = order;
        self.rows = rows.slice(0, rows.length());
    }

    /// Takes a new row, or another state of one.
    pub(crate) fn upsert(&mut self, head: &RowHead, row: &JsValue) {
        self.remove(&head.key);
        let place = Place::from(head);
        insert(&mut self.places, place.clone(), |place| &place.key);
        let index = insert(&mut self.order, place, |place| place);
        self.rows.splice_many(index as u32, 0, slice::from_ref(row));
    }

    /// Drops a row.
    pub(crate) fn remove(&mut self, key: &SessionKey) {
        let Ok(index) = self.find(key) else {
            return;
        };
        let place = self.places.remove(index);
        if let Ok(index) = self.order.binary_search(&place) {
            self.order.remove(index);
            self.rows.splice_many(index as u32, 1, &[]);
        }
    }

    /// The row of a session.
    pub(crate) fn get(&self, key: &SessionKey) -> Option<JsValue> {
        let place = &self.places[self.find(key).ok()?];
        let index = self.order.binary_search(place).ok()?;
        Some(self.rows.get(index as u32))
    }

    /// All rows, in an array of the caller's own.
    pub(crate) fn rows(&self) -> Array {
        self.rows.slice(0, self.rows.length())
    }

    fn find(&self, key: &SessionKey) -> Result<usize, usize> {
        self.places.binary_search_by(|place| place.key.cmp(key))
    }
}

/// Inserts where the order demands it; returns where that is. Appending is the quickest case.
pub(crate) fn insert<T, K: Ord>(sorted: &mut Vec<T>, item: T, key: fn(&T) -> &K) -> usize {
    let index = match sorted.last() {
        Some(last) if key(last) > key(&item) => {
            sorted.partition_point(|other| key(other) < key(&item))
        }
        _ => sorted.len(),
    };
    sorted.insert(index, item);
    index
}
