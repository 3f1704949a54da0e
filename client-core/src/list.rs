use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use sessionwire_protocol::{Millis, RowHead, SessionKey};

/// A copy of a list of sessions in the order of `sessions.list`: pinned ones first, then the most recently
/// changed, then by key. What it holds of each session is up to the driver.
#[derive(Clone, Debug)]
pub struct SessionList<T> {
    rows: BTreeMap<SessionKey, (Rank, T)>,
    order: BTreeSet<(Rank, SessionKey)>,
}

/// Pinned and when changed, so that what comes first is least.
type Rank = (Reverse<bool>, Reverse<Millis>);

impl<T> SessionList<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self {
            rows: BTreeMap::new(),
            order: BTreeSet::new(),
        }
    }

    /// Sets a row; returns what it held before.
    pub fn set(&mut self, head: &RowHead, row: T) -> Option<T> {
        let before = self.remove(&head.key);
        let rank = (
            Reverse(head.pinned),
            Reverse(head.updated_at.unwrap_or_default()),
        );
        self.order.insert((rank, head.key.clone()));
        self.rows.insert(head.key.clone(), (rank, row));
        before
    }

    /// Removes a row; returns what it held.
    pub fn remove(&mut self, key: &SessionKey) -> Option<T> {
        let (rank, row) = self.rows.remove(key)?;
        self.order.remove(&(rank, key.clone()));
        Some(row)
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.order.clear();
    }

    /// The row of a session.
    pub fn get(&self, key: &SessionKey) -> Option<&T> {
        self.rows.get(key).map(|(_, row)| row)
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.order.iter().filter_map(|(_, key)| self.get(key))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<T> Default for SessionList<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_gateway() {
        let mut list = SessionList::new();
        for (key, pinned, updated_at) in [
            ("old", false, Some(1)),
            ("never", false, None),
            ("b", false, Some(9)),
            ("a", false, Some(9)),
            ("top", true, Some(0)),
        ] {
            assert_eq!(list.set(&head(key, pinned, updated_at), key), None);
        }
        assert_eq!(
            list.iter().copied().collect::<Vec<_>>(),
            ["top", "a", "b", "old", "never"]
        );
        assert_eq!(
            list.set(&head("old", false, Some(10)), "old again"),
            Some("old")
        );
        assert_eq!(list.remove(&"a".into()), Some("a"));
        assert_eq!(list.remove(&"a".into()), None);
        assert_eq!(
            list.iter().copied().collect::<Vec<_>>(),
            ["top", "old again", "b", "never"]
        );
        assert_eq!((list.len(), list.get(&"b".into())), (4, Some(&"b")));
        list.clear();
        assert!(list.is_empty() && list.iter().next().is_none());
    }

    fn head(key: &str, pinned: bool, updated_at: Option<Millis>) -> RowHead {
        RowHead {
            key: key.into(),
            agent_id: None,
            session_id: None,
            lifecycle_revision: None,
            pinned,
            updated_at,
        }
    }
}
