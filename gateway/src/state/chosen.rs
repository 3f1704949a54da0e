//! Some of the sessions, and the first of them in an order.

use std::sync::Arc;

use sessionwire_listing::{Order, Rank, Traits};

use super::catalog::Catalog;
use super::numbers::Numbers;
use super::rows::Number;
use super::shelves::Shelves;
use crate::session::Session;

/// The sessions that a filter takes.
pub struct Chosen<'a> {
    catalog: &'a Catalog,
    set: Set,
}

/// The numbers of some sessions, in no order.
pub(super) enum Set {
    /// All that stand on these shelves.
    Shelves {
        taken: Vec<bool>,
        count: usize,
    },
    Numbers {
        numbers: Numbers,
        count: usize,
    },
    Few(Vec<Number>),
}

impl Set {
    pub(super) fn shelves(taken: impl Iterator<Item = bool>, shelves: &Shelves) -> Self {
        let taken: Vec<bool> = taken.collect();
        let counts = shelves.iter().zip(&taken);
        Self::Shelves {
            count: counts
                .filter(|(_, taken)| **taken)
                .map(|(shelf, _)| shelf.numbers.len())
                .sum(),
            taken,
        }
    }

    pub(super) fn numbers(numbers: Numbers) -> Self {
        let count = numbers.len();
        Self::Numbers { numbers, count }
    }

    pub(super) fn few(numbers: impl Iterator<Item = Number>) -> Self {
        Self::Few(numbers.collect())
    }
}

impl<'a> Chosen<'a> {
    pub(super) fn new(catalog: &'a Catalog, set: Set) -> Self {
        Self { catalog, set }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        match &self.set {
            Set::Shelves { count, .. } | Set::Numbers { count, .. } => *count,
            Set::Few(numbers) => numbers.len(),
        }
    }

    /// Whether they are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &'a Arc<Session>> {
        self.numbers()
            .filter_map(|number| self.catalog.rows.get(number))
    }

    /// Those of them that go with something else: sessions with some traits all do or do not, and of the others each is
    /// asked.
    pub fn retain(
        self,
        of_traits: impl Fn(&Traits<'_>) -> Option<bool>,
        of_session: impl Fn(&Session) -> bool,
    ) -> Self {
        let shelves = &self.catalog.shelves;
        let answers = shelves.iter().map(|shelf| of_traits(&shelf.traits()));
        let answers: Vec<Option<bool>> = answers.collect();
        if let Set::Shelves { taken, .. } = &self.set {
            let taken = taken.iter().zip(&answers);
            let all: Option<Vec<bool>> = taken
                .map(|(taken, answer)| if *taken { *answer } else { Some(false) })
                .collect();
            if let Some(taken) = all {
                let set = Set::shelves(taken.into_iter(), shelves);
                return Self::new(self.catalog, set);
            }
        }
        let fits = |number: &Number| {
            let row = self.catalog.rows.get(*number);
            let asked = || row.is_some_and(|row| of_session(row));
            answers[shelves.of(*number)].unwrap_or_else(asked)
        };
        let set = match &self.set {
            Set::Few(numbers) => Set::few(numbers.iter().copied().filter(fits)),
            Set::Shelves { .. } | Set::Numbers { .. } => {
                let mut numbers = self.catalog.no_numbers();
                self.numbers()
                    .filter(fits)
                    .for_each(|number| numbers.insert(number));
                Set::numbers(numbers)
            }
        };
        Self::new(self.catalog, set)
    }

    /// The next `count` of them in an order, after `skipped` of those that stand after a rank, or of all.
    pub fn page(
        &self,
        order: Order,
        after: Option<&Rank>,
        skipped: usize,
        count: usize,
    ) -> Vec<&'a Arc<Session>> {
        let wanted = skipped.saturating_add(count);
        if self.is_picked_sooner(wanted) {
            let mut page = self.picked(order, after, wanted);
            return page
                .drain(skipped.min(page.len())..)
                .map(|(_, row)| row)
                .collect();
        }
        let ranking = self.catalog.ranking(order);
        let rows = &self.catalog.rows;
        let row = |number| rows.get(number);
        if after.is_none() && self.len() == rows.len() {
            let numbers = ranking.starting_at(skipped).take(count);
            return numbers.filter_map(row).collect();
        }
        let numbers = ranking.after(after, rows);
        let own = numbers.filter(|number| self.contains(*number));
        own.skip(skipped).take(count).filter_map(row).collect()
    }

    /// Whether a session is one of them.
    pub(super) fn contains(&self, number: Number) -> bool {
        match &self.set {
            Set::Shelves { taken, .. } => taken[self.catalog.shelves.of(number)],
            Set::Numbers { numbers, .. } => numbers.contains(number),
            Set::Few(numbers) => numbers.contains(&number),
        }
    }

    pub(super) fn numbers(&self) -> Box<dyn Iterator<Item = Number> + '_> {
        match &self.set {
            Set::Shelves { taken, .. } => {
                let shelves = self.catalog.shelves.iter().zip(taken);
                let taken = shelves.filter(|(_, taken)| **taken);
                Box::new(taken.flat_map(|(shelf, _)| shelf.numbers.iter().copied()))
            }
            Set::Numbers { numbers, .. } => Box::new(numbers.iter()),
            Set::Few(numbers) => Box::new(numbers.iter().copied()),
        }
    }

    /// Whether they are found sooner one by one than on the way through all sessions in order, as they stand there on
    /// average. To pick one costs as much as some thirty steps of that way.
    fn is_picked_sooner(&self, wanted: usize) -> bool {
        const STEPS: usize = 30;
        let (count, all) = (self.len(), self.catalog.rows.len());
        let steps = match wanted < count {
            true => wanted.saturating_mul(all) / count.max(1),
            false => all,
        };
        matches!(self.set, Set::Few(_)) || count.saturating_mul(STEPS) < steps
    }

    fn picked(
        &self,
        order: Order,
        after: Option<&Rank>,
        wanted: usize,
    ) -> Vec<(Rank, &'a Arc<Session>)> {
        let ranked = self.iter().map(|row| (order.rank(row.as_ref()), row));
        let mut ranked: Vec<_> = ranked
            .filter(|(rank, _)| after.is_none_or(|after| rank > after))
            .collect();
        if wanted < ranked.len() {
            ranked.select_nth_unstable_by(wanted, |(a, _), (b, _)| a.cmp(b));
            ranked.truncate(wanted);
        }
        ranked.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        ranked
    }
}
