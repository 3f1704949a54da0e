//! Some of the sessions, and the first of them in an order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::sync::Arc;

use sessionwire_listing::{Order, Rank, Traits};
use sessionwire_protocol::Millis;

use super::catalog::Catalog;
use super::numbers::Numbers;
use super::rows::Number;
use super::shelves::Shelf;
use crate::session::Session;

/// The sessions that a filter takes.
pub struct Chosen<'a> {
    catalog: &'a Catalog,
    set: Set,
}

/// The numbers of some sessions, in no order.
pub(super) enum Set {
    /// All that stand on these shelves and changed at a time or later.
    Shelves {
        /// Those of them that are not empty.
        taken: Vec<bool>,
        shelves: usize,
        since: Millis,
        count: usize,
    },
    Numbers {
        numbers: Numbers,
        count: usize,
    },
    Few(Vec<Number>),
}

impl Set {
    pub(super) fn shelves(
        taken: impl Iterator<Item = bool>,
        since: Millis,
        catalog: &Catalog,
    ) -> Self {
        let (mut shelves, mut count) = (0, 0);
        // All at once: there may be as many shelves as sessions, and each stands elsewhere in memory.
        let taken = catalog.shelves.iter().zip(taken).map(|(shelf, taken)| {
            let taken = taken && !shelf.is_empty();
            if taken {
                shelves += 1;
                count += shelf.count_since(since, &catalog.rows);
            }
            taken
        });
        Self::Shelves {
            taken: taken.collect(),
            shelves,
            since,
            count,
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
        if let Set::Shelves { taken, since, .. } = &self.set {
            let taken = taken.iter().zip(&answers);
            let all: Option<Vec<bool>> = taken
                .map(|(taken, answer)| if *taken { *answer } else { Some(false) })
                .collect();
            if let Some(taken) = all {
                let set = Set::shelves(taken.into_iter(), *since, self.catalog);
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
        if let Set::Shelves { taken, since, .. } = &self.set
            && self.merging(order, wanted) < self.steps(wanted)
        {
            let merged = self.merged(taken, *since, after);
            return merged.skip(skipped).take(count).collect();
        }
        let is_few = matches!(self.set, Set::Few(_));
        if is_few || self.picking() <= self.steps(wanted) {
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
            let runs = &ranking.runs;
            let numbers = runs.from(runs.nth(skipped)).take(count);
            return numbers.filter_map(row).collect();
        }
        let numbers = ranking.runs.from(ranking.after(after, rows));
        let own = numbers.filter(|number| self.contains(*number));
        own.skip(skipped).take(count).filter_map(row).collect()
    }

    /// What it costs to find the first so many of them in an order that is at hand, in sessions that are passed on the way
    /// through all of them.
    pub fn cost(&self, order: Order, wanted: usize) -> usize {
        match self.set {
            Set::Few(_) => self.picking(),
            _ if self.len() == self.catalog.rows.len() => 0,
            Set::Shelves { .. } | Set::Numbers { .. } => {
                let sooner = self.merging(order, wanted).min(self.picking());
                sooner.min(self.steps(wanted))
            }
        }
    }

    /// Whether a session is one of them.
    pub(super) fn contains(&self, number: Number) -> bool {
        match &self.set {
            Set::Shelves { taken, since, .. } => {
                let row = || self.catalog.rows.get(number);
                let is_recent = |row: &Arc<Session>| row.entry.updated_at >= *since;
                taken[self.catalog.shelves.of(number)]
                    && (*since == 0 || row().is_some_and(is_recent))
            }
            Set::Numbers { numbers, .. } => numbers.contains(number),
            Set::Few(numbers) => numbers.contains(&number),
        }
    }

    pub(super) fn numbers(&self) -> Box<dyn Iterator<Item = Number> + '_> {
        match &self.set {
            Set::Shelves { taken, since, .. } => {
                let Catalog { shelves, rows, .. } = self.catalog;
                let of = |shelf: &'a Shelf| shelf.since(*since, None, rows);
                Box::new(shelves.taken(taken).flat_map(of))
            }
            Set::Numbers { numbers, .. } => Box::new(numbers.iter()),
            Set::Few(numbers) => Box::new(numbers.iter().copied()),
        }
    }

    /// How many sessions are passed on the way through all of them in order until so many of these are found, as they
    /// stand there on average.
    fn steps(&self, wanted: usize) -> usize {
        let (count, all) = (self.len(), self.catalog.rows.len());
        match wanted < count {
            true => wanted.saturating_mul(all) / count.max(1),
            false => all,
        }
    }

    /// What it costs to pick them one by one, in those steps.
    fn picking(&self) -> usize {
        const STEPS: usize = 30;
        self.len().saturating_mul(STEPS)
    }

    /// What it costs to find the first of them on their shelves, where that can be: to begin with a shelf costs as much as
    /// some fifty steps, and to take one from it as much as some twenty.
    fn merging(&self, order: Order, wanted: usize) -> usize {
        const BEGINNING: usize = 50;
        const STEPS: usize = 20;
        match &self.set {
            Set::Shelves { shelves, .. } if order == Order::default() => {
                let found = wanted.min(self.len());
                shelves * BEGINNING + found.saturating_mul(STEPS)
            }
            Set::Shelves { .. } | Set::Numbers { .. } | Set::Few(_) => usize::MAX,
        }
    }

    /// Those on some shelves in the default order, from all of them side by side.
    fn merged(
        &self,
        taken: &[bool],
        since: Millis,
        after: Option<&Rank>,
    ) -> impl Iterator<Item = &'a Arc<Session>> + use<'a> {
        let Catalog { shelves, rows, .. } = self.catalog;
        let order = Order::default();
        let ranked = move |number| rows.get(number).map(|row| (order.rank(row.as_ref()), row));
        let mut rest: Vec<_> = shelves
            .taken(taken)
            .map(|shelf| shelf.since(since, after, rows).filter_map(ranked))
            .collect();
        let mut firsts: BinaryHeap<_> = rest
            .iter_mut()
            .enumerate()
            .filter_map(|(shelf, rest)| {
                let (rank, row) = rest.next()?;
                Some(First { rank, shelf, row })
            })
            .collect();
        std::iter::from_fn(move || {
            let mut first = firsts.peek_mut()?;
            let row = first.row;
            match rest[first.shelf].next() {
                Some((rank, row)) => {
                    first.rank = rank;
                    first.row = row;
                }
                None => {
                    PeekMut::pop(first);
                }
            }
            Some(row)
        })
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

/// The first session that is left of a shelf.
struct First<'a> {
    rank: Rank,
    shelf: usize,
    row: &'a Arc<Session>,
}

impl Ord for First<'_> {
    /// The greatest is the one that comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank.cmp(&self.rank)
    }
}

impl PartialOrd for First<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for First<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for First<'_> {}
