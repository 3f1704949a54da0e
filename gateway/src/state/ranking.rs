//! All sessions in one order.

use std::cmp::Ordering;
use std::sync::Arc;

use sessionwire_listing::{Level, Order, Rank};

use super::rows::{Number, Rows};
use super::runs::{Place, Runs};
use crate::session::Session;

/// The numbers of sessions in an order.
#[derive(Clone, Debug)]
pub(super) struct Ranking {
    order: Order,
    pub(super) runs: Runs,
}

impl Ranking {
    /// The order of all sessions.
    pub(super) fn new(order: Order, rows: &Rows) -> Self {
        let level = |(number, row): (Number, &Arc<Session>)| (order.level(row.as_ref()), number);
        let mut ranked: Vec<(Level, Number)> = rows.all().map(level).collect();
        ranked.sort_unstable();
        // A store gives out its sessions by key, and then their numbers follow that.
        if !rows.all().is_sorted_by_key(|(_, row)| &row.key) {
            let key = |number: Number| rows.get(number).map(|row| &row.key);
            for same in ranked.chunk_by_mut(|(a, _), (b, _)| a == b) {
                same.sort_unstable_by(|(_, a), (_, b)| key(*a).cmp(&key(*b)));
            }
        }
        Self {
            order,
            runs: ranked.into_iter().map(|(_, number)| number).collect(),
        }
    }

    /// The order of no session.
    pub(super) fn empty(order: Order) -> Self {
        Self {
            order,
            runs: Runs::default(),
        }
    }

    /// The place of those that stand after a rank, or of all.
    pub(super) fn after(&self, rank: Option<&Rank>, rows: &Rows) -> Place {
        rank.map_or_else(Place::default, |rank| {
            let order = self.order;
            self.runs
                .end_of(|number| compare(order, number, rank, rows).is_le())
        })
    }

    /// Puts a number in, whose session is among the rows.
    pub(super) fn insert(&mut self, number: Number, rows: &Rows) {
        if let Some(rank) = self.rank(number, rows) {
            let order = self.order;
            self.runs
                .insert(number, |other| compare(order, other, &rank, rows));
        }
    }

    /// Takes a number out, whose session is among the rows still.
    pub(super) fn remove(&mut self, number: Number, rows: &Rows) {
        if let Some(rank) = self.rank(number, rows) {
            let order = self.order;
            self.runs.remove(|other| compare(order, other, &rank, rows));
        }
    }

    /// Takes in what became of the rows since they were those of which it is the order.
    pub(super) fn follow(&mut self, before: &Rows, now: &Rows) {
        let changed: Vec<Number> = now.changed_since(before).collect();
        // All that it has are rows of before until the changed ones are out, and of now from then on.
        for number in &changed {
            self.remove(*number, before);
        }
        for number in &changed {
            self.insert(*number, now);
        }
    }

    fn rank(&self, number: Number, rows: &Rows) -> Option<Rank> {
        Some(self.order.rank(rows.get(number)?.as_ref()))
    }
}

fn compare(order: Order, number: Number, rank: &Rank, rows: &Rows) -> Ordering {
    match rows.get(number) {
        Some(row) => order.compare(row.as_ref(), rank),
        None => Ordering::Less,
    }
}
