use alloc::vec::Vec;

use sessionwire_protocol::SessionKey;

use crate::order::Rank;

/// The first rows of a list, kept as its sessions change.
///
/// It holds some rows beyond its limit, so that a freed place is mostly filled without looking at the whole list.
#[derive(Clone, Debug)]
pub struct Window<T> {
    limit: usize,
    rows: Vec<(Rank, T)>,
    /// Whether there are no rows beyond those held.
    whole: bool,
}

/// Finds the rows that follow a rank, or the first ones: in order, at most so many.
pub type Beyond<'a, T> = &'a mut dyn FnMut(Option<&Rank>, usize) -> Vec<(Rank, T)>;

/// What the change of one session did to a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift<T> {
    /// Whether the session was shown before.
    pub was_shown: bool,
    /// Whether it is now.
    pub is_shown: bool,
    /// The session that had to make room for it.
    pub pushed_out: Option<SessionKey>,
    /// The row that took its place.
    pub filled_by: Option<T>,
}

impl<T: Clone> Window<T> {
    /// The window of the first `limit` rows.
    pub fn new(limit: usize, beyond: Beyond<'_, T>) -> Self {
        let mut window = Self {
            limit,
            rows: Vec::new(),
            whole: false,
        };
        window.refill(beyond);
        window
    }

    /// The rows that it shows.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &T> {
        self.rows.iter().take(self.limit).map(|(_, row)| row)
    }

    /// Whether it shows what stands at this rank.
    pub fn shows(&self, rank: &Rank) -> bool {
        self.find(rank).is_ok_and(|index| index < self.limit)
    }

    /// A session of the list changed: it stood at `before` and stands at `after` now, if at all. `beyond` looks at
    /// the list after the change.
    pub fn apply(
        &mut self,
        before: Option<&Rank>,
        after: Option<(Rank, T)>,
        beyond: Beyond<'_, T>,
    ) -> Shift<T> {
        let stood = before.and_then(|rank| self.find(rank).ok());
        if let Some(index) = stood {
            self.rows.remove(index);
        }
        let place = after.map(|(rank, row)| self.insert(rank, row));
        if self.rows.len() < self.limit && !self.whole {
            self.refill(beyond);
        }
        let was_shown = stood.is_some_and(|index| index < self.limit);
        // Only now: a row that went beyond what was held may have come back with those that filled it.
        let stands = place.and_then(|rank| self.find(&rank).ok());
        let is_shown = stands.is_some_and(|index| index < self.limit);
        let shift = Shift {
            was_shown,
            is_shown,
            pushed_out: match (was_shown, is_shown) {
                (false, true) => self
                    .rows
                    .get(self.limit)
                    .map(|(rank, _)| rank.key().clone()),
                _ => None,
            },
            filled_by: match (was_shown, is_shown) {
                (true, false) => {
                    let last = self.limit.checked_sub(1);
                    last.and_then(|last| self.rows.get(last))
                        .map(|(_, row)| row.clone())
                }
                _ => None,
            },
        };
        if self.rows.len() > self.capacity() {
            self.rows.truncate(self.capacity());
            self.whole = false;
        }
        shift
    }

    /// Puts in a row, unless it is beyond what is held.
    fn insert(&mut self, rank: Rank, row: T) -> Rank {
        let index = self.find(&rank).unwrap_or_else(|index| index);
        if index < self.rows.len() || self.whole {
            self.rows.insert(index, (rank.clone(), row));
        }
        rank
    }

    fn refill(&mut self, beyond: Beyond<'_, T>) {
        let wanted = self.limit.saturating_add(self.slack()) - self.rows.len();
        let found = beyond(self.rows.last().map(|(rank, _)| rank), wanted);
        self.whole = found.len() < wanted;
        self.rows.extend(found);
    }

    fn find(&self, rank: &Rank) -> Result<usize, usize> {
        self.rows.binary_search_by(|(held, _)| held.cmp(rank))
    }

    fn slack(&self) -> usize {
        self.limit / 2 + 16
    }

    fn capacity(&self) -> usize {
        self.limit
            .saturating_add(self.slack())
            .saturating_add(self.slack())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use sessionwire_dice::Dice;
    use sessionwire_protocol::{Millis, RowHead};

    use super::*;
    use crate::order::Order;

    /// A list in which every change is applied to a window and, the simple way, to the whole.
    struct Model {
        dice: Dice,
        list: BTreeMap<SessionKey, Rank>,
        window: Window<SessionKey>,
        looks: usize,
    }

    #[test]
    fn a_window_is_the_beginning_of_its_list() {
        for limit in [0, 1, 2, 7, 40] {
            for seed in 0..20 {
                let mut model = Model::new(limit, seed);
                let mut shown = model.expected();
                for _ in 0..400 {
                    shown = model.change_one(&shown);
                }
            }
        }
    }

    #[test]
    fn a_freed_place_is_mostly_filled_from_what_is_held() {
        let mut model = Model::new(20, 1);
        let mut shown = model.expected();
        for _ in 0..1_000 {
            shown = model.change_one(&shown);
        }
        assert!(model.looks < 100, "looked {} times", model.looks);
    }

    #[test]
    fn a_window_may_be_as_large_as_can_be_said() {
        let mut model = Model::new(usize::MAX, 1);
        let mut shown = model.expected();
        for _ in 0..20 {
            shown = model.change_one(&shown);
        }
    }

    impl Model {
        fn new(limit: usize, seed: u64) -> Self {
            let list: BTreeMap<_, _> = (0..60).map(|key| rank(key, 100 + key)).collect();
            let window = Window::new(limit, &mut |from, count| beyond(&list, from, count));
            Self {
                dice: Dice::new(seed),
                list,
                window,
                looks: 0,
            }
        }

        fn expected(&self) -> Vec<SessionKey> {
            let order: BTreeSet<_> = self.list.values().cloned().collect();
            let first = order.into_iter().take(self.window.limit);
            first.map(|rank| rank.key().clone()).collect()
        }

        fn change_one(&mut self, shown: &[SessionKey]) -> Vec<SessionKey> {
            let (number, at, removed) = (
                self.dice.below(90),
                self.dice.below(400),
                self.dice.below(3) == 0,
            );
            let (key, after) = rank(number, at);
            let after = (!removed).then_some(after);
            let before = match &after {
                Some(after) => self.list.insert(key.clone(), after.clone()),
                None => self.list.remove(&key),
            };
            let (list, looks) = (&self.list, &mut self.looks);
            let shift = self.window.apply(
                before.as_ref(),
                after.map(|after| (after, key.clone())),
                &mut |from, count| {
                    *looks += 1;
                    beyond(list, from, count)
                },
            );
            let expected = self.expected();
            assert_eq!(self.window.shown().cloned().collect::<Vec<_>>(), expected);
            self.must_tell(&shift, &key, shown, &expected);
            expected
        }

        /// What the shift says leads from one set of shown rows to the next.
        fn must_tell(
            &self,
            shift: &Shift<SessionKey>,
            key: &SessionKey,
            before: &[SessionKey],
            after: &[SessionKey],
        ) {
            assert_eq!(shift.was_shown, before.contains(key));
            assert_eq!(shift.is_shown, after.contains(key));
            let others = |rows: &[SessionKey], without: &[SessionKey]| -> Vec<SessionKey> {
                let gone = rows
                    .iter()
                    .filter(|row| *row != key && !without.contains(row));
                gone.cloned().collect()
            };
            assert_eq!(
                Vec::from_iter(shift.pushed_out.clone()),
                others(before, after)
            );
            assert_eq!(
                Vec::from_iter(shift.filled_by.clone()),
                others(after, before)
            );
        }
    }

    fn beyond(
        list: &BTreeMap<SessionKey, Rank>,
        from: Option<&Rank>,
        count: usize,
    ) -> Vec<(Rank, SessionKey)> {
        let order: BTreeSet<_> = list
            .values()
            .filter(|rank| from.is_none_or(|from| *rank > from))
            .collect();
        order
            .into_iter()
            .take(count)
            .map(|rank| (rank.clone(), rank.key().clone()))
            .collect()
    }

    fn rank(number: u64, updated_at: Millis) -> (SessionKey, Rank) {
        let key = SessionKey::from(format!("s{number:02}").as_str());
        let head = RowHead {
            key: key.clone(),
            session_id: None,
            lifecycle_revision: None,
            pinned_at: None,
            updated_at: Some(updated_at),
            created_at: None,
            last_interaction_at: None,
            last_activity_at: None,
            label: None,
        };
        (key, Order::default().rank(&head))
    }
}
