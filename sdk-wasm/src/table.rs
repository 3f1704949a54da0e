//! A map for a handful of entries, as small in code as in use.

use alloc::vec::Vec;

/// Values by key, in the order of their arrival.
pub(crate) struct Table<K, V>(Vec<(K, V)>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, V> Table<K, V> {
    /// Adds a value under a key that has none.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.0.push((key, value));
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let entry = self.0.iter_mut().find(|(other, _)| other == key)?;
        Some(&mut entry.1)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let entry = self.0.iter().find(|(other, _)| other == key)?;
        Some(&entry.1)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let index = self.0.iter().position(|(other, _)| other == key)?;
        Some(self.0.remove(index).1)
    }
}
