use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::iter;

use sessionwire_listing::{Order, Rank};
use sessionwire_protocol::{RowHead, SessionKey};

use crate::output::Splice;

/// A copy of a list of sessions in its order. What it holds of each session is up to its owner.
///
/// Two sorted vectors of pointers: moving those is quick even in long lists, and maps are large code.
#[derive(Clone, Debug)]
pub struct LiveList<T> {
    order: Order,
    by_rank: Vec<Arc<Slot<T>>>,
    /// By the hashes of the keys, then by key.
    by_key: Vec<Arc<Slot<T>>>,
}

#[derive(Debug)]
struct Slot<T> {
    position: Position,
    row: T,
}

/// Where a row stands in both orders.
#[derive(Debug)]
struct Position {
    rank: Rank,
    /// Of the key: keys mostly begin alike, so it takes long to compare them.
    hash: u32,
}

impl<T> LiveList<T> {
    /// An empty list in this order.
    pub const fn new(order: Order) -> Self {
        Self {
            order,
            by_rank: Vec::new(),
            by_key: Vec::new(),
        }
    }

    /// Takes these rows in the place of all others.
    pub fn replace<'a>(&mut self, rows: impl IntoIterator<Item = (&'a RowHead, T)>) {
        let mut slots = Vec::new();
        for (head, row) in rows {
            slots.push(self.slot(head, row));
        }
        self.arrange(slots);
    }

    fn arrange(&mut self, slots: Vec<Arc<Slot<T>>>) {
        self.by_rank = slots;
        self.by_key = self.by_rank.clone();
        sort(&mut self.by_key, Position::by_key);
        let count = self.by_key.len();
        self.by_key
            .dedup_by(|a, b| a.position.key() == b.position.key());
        if self.by_key.len() < count {
            self.by_rank = self.by_key.clone();
        }
        sort(&mut self.by_rank, Position::by_rank);
    }

    /// Sets the row of a session; returns where it stands, and where the one before stood.
    pub fn set(&mut self, head: &RowHead, row: T) -> Splice {
        let slot = self.slot(head, row);
        let removed = match self.find(slot.position.hash, &head.key) {
            Ok(index) => {
                let before = core::mem::replace(&mut self.by_key[index], Arc::clone(&slot));
                self.take_out(&before.position.rank)
            }
            Err(index) => {
                self.by_key.insert(index, Arc::clone(&slot));
                None
            }
        };
        let (Ok(index) | Err(index)) = self.find_rank(&slot.position.rank);
        self.by_rank.insert(index, slot);
        Splice {
            removed,
            inserted: Some(index),
        }
    }

    /// Removes the row of a session; returns where it stood, if there was one.
    pub fn remove(&mut self, key: &SessionKey) -> Option<usize> {
        let index = self.find(hash(key), key).ok()?;
        let slot = self.by_key.remove(index);
        self.take_out(&slot.position.rank)
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.by_key.clear();
        self.by_rank.clear();
    }

    /// The row of a session.
    pub fn get(&self, key: &SessionKey) -> Option<&T> {
        let index = self.find(hash(key), key).ok()?;
        Some(&self.by_key[index].row)
    }

    /// How many rows stand before that of a session.
    pub fn position(&self, key: &SessionKey) -> Option<usize> {
        let index = self.find(hash(key), key).ok()?;
        self.find_rank(&self.by_key[index].position.rank).ok()
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.by_rank.iter().map(|slot| &slot.row)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.by_rank.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_rank.is_empty()
    }

    fn slot(&self, head: &RowHead, row: T) -> Arc<Slot<T>> {
        let rank = self.order.rank(head);
        let hash = hash(rank.key());
        let position = Position { rank, hash };
        Arc::new(Slot { position, row })
    }

    fn take_out(&mut self, rank: &Rank) -> Option<usize> {
        let index = self.find_rank(rank).ok()?;
        self.by_rank.remove(index);
        Some(index)
    }

    fn find(&self, hash: u32, key: &SessionKey) -> Result<usize, usize> {
        self.by_key.binary_search_by(|slot| {
            let position = &slot.position;
            let by_hash = position.hash.cmp(&hash);
            by_hash.then_with(|| match are_equal(position.key(), key) {
                true => Ordering::Equal,
                false => position.key().cmp(key),
            })
        })
    }

    fn find_rank(&self, rank: &Rank) -> Result<usize, usize> {
        self.by_rank
            .binary_search_by(|slot| slot.position.rank.cmp(rank))
    }
}

impl Position {
    fn key(&self) -> &SessionKey {
        self.rank.key()
    }

    fn by_key(&self, other: &Self) -> Ordering {
        (self.hash.cmp(&other.hash)).then_with(|| self.key().cmp(other.key()))
    }

    fn by_rank(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

/// Eight bytes at a time: in wasm texts are otherwise compared byte by byte.
fn are_equal(key: &SessionKey, other: &SessionKey) -> bool {
    let (key, other) = (key.as_str().as_bytes(), other.as_str().as_bytes());
    let (words, rest) = key.as_chunks();
    let (other_words, other_rest) = other.as_chunks();
    let mut pairs = iter::zip(words, other_words);
    key.len() == other.len()
        && pairs.all(|(word, other)| u64::from_le_bytes(*word) == u64::from_le_bytes(*other))
        && rest == other_rest
}

/// As Firefox does it, four bytes at a time. Where hashes are equal the keys decide.
fn hash(key: &SessionKey) -> u32 {
    let (words, rest) = key.as_str().as_bytes().as_chunks();
    let words = words.iter().map(|word| u32::from_le_bytes(*word));
    let rest = rest.iter().map(|byte| u32::from(*byte));
    words.chain(rest).fold(0, |hash: u32, word| {
        (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9)
    })
}

/// One for the positions of all kinds of rows: sorting is large code.
fn sort<T>(slots: &mut Vec<Arc<Slot<T>>>, order: fn(&Position, &Position) -> Ordering) {
    let positions: Vec<_> = slots.iter().map(|slot| &slot.position).collect();
    // Gateways send lists in their order.
    if positions
        .windows(2)
        .all(|pair| order(pair[0], pair[1]).is_le())
    {
        return;
    }
    let places = sorted(&positions, order);
    *slots = places
        .iter()
        .map(|place| Arc::clone(&slots[*place]))
        .collect();
}

fn sorted(positions: &[&Position], order: fn(&Position, &Position) -> Ordering) -> Vec<usize> {
    let mut places: Vec<_> = (0..positions.len()).collect();
    let mut merged = places.clone();
    let mut width = 1;
    while width < places.len() {
        let pairs = iter::zip(places.chunks(2 * width), merged.chunks_mut(2 * width));
        for (runs, merged) in pairs {
            let (one, other) = runs.split_at(width.min(runs.len()));
            merge(one, other, merged, |a, b| {
                order(positions[a], positions[b]).is_le()
            });
        }
        core::mem::swap(&mut places, &mut merged);
        width *= 2;
    }
    places
}

/// Merges two sorted runs. The standard library's sort is quicker, and eight times as large.
fn merge<'r>(
    mut one: &'r [usize],
    mut other: &'r [usize],
    merged: &mut [usize],
    precedes: impl Fn(usize, usize) -> bool,
) {
    for place in merged {
        let takes_one = match (one.first(), other.first()) {
            (Some(a), Some(b)) => precedes(*a, *b),
            (first, _) => first.is_some(),
        };
        let run = if takes_one { &mut one } else { &mut other };
        if let Some((first, rest)) = run.split_first() {
            (*place, *run) = (*first, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_protocol::Millis;
    use sessionwire_protocol::sessions::SortBy;

    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_list() {
        let heads = [
            head("old", None, Some(1)),
            head("never", None, None),
            head("b", None, Some(9)),
            head("a", None, Some(9)),
            head("top", Some(1), Some(0)),
        ];
        let mut list = LiveList::new(Order::default());
        for head in &heads {
            let told = list.set(head, head.key.to_string());
            assert_eq!(told.removed, None);
            assert_eq!(told.inserted, list.position(&head.key));
        }
        assert_eq!(rows(&list), ["top", "a", "b", "old", "never"]);
        let mut replaced = LiveList::new(Order::by(SortBy::Label));
        replaced.set(&head("gone", None, None), String::new());
        replaced.replace(heads.iter().map(|head| (head, head.key.to_string())));
        assert_eq!(rows(&replaced), ["top", "a", "b", "never", "old"]);
        assert_eq!(replaced.len(), 5);

        let moved = list.set(&head("old", None, Some(10)), "old again".to_owned());
        assert_eq!((moved.removed, moved.inserted), (Some(3), Some(1)));
        assert_eq!(list.remove(&"a".into()), Some(2));
        assert_eq!(list.remove(&"a".into()), None);
        assert_eq!(rows(&list), ["top", "old again", "b", "never"]);
        assert_eq!(list.get(&"b".into()).map(String::as_str), Some("b"));
        assert_eq!(list.position(&"b".into()), Some(2));
        assert_eq!(list.position(&"a".into()), None);
        list.clear();
        assert!(list.is_empty() && list.iter().next().is_none());
    }

    #[test]
    fn many_rows_are_sorted() {
        for count in [0, 1, 2, 3, 7, 64, 1_001] {
            let mut list = LiveList::new(Order::default());
            let heads = (0..count).map(|number: u64| {
                let updated_at = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
                head(&format!("s{number}"), None, Some(updated_at))
            });
            let mut heads: Vec<_> = heads.collect();
            list.replace(heads.iter().map(|head| (head, head.key.to_string())));
            heads.sort_by_key(|head| Order::default().rank(head));
            let expected: Vec<_> = heads.iter().map(|head| head.key.as_str()).collect();
            assert_eq!(rows(&list), expected);
            assert!(heads.iter().all(|head| list.get(&head.key).is_some()));
        }
    }

    fn rows(list: &LiveList<String>) -> Vec<&str> {
        list.iter().map(String::as_str).collect()
    }

    fn head(key: &str, pinned_at: Option<Millis>, updated_at: Option<Millis>) -> RowHead {
        RowHead {
            key: key.into(),
            session_id: None,
            lifecycle_revision: None,
            pinned_at,
            updated_at,
            created_at: None,
            last_interaction_at: None,
            last_activity_at: None,
            label: None,
        }
    }
}
