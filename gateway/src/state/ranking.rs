//! All sessions in one order.

use std::cmp::Ordering;
use std::ops::Range;

use sessionwire_listing::{Order, Rank};

use super::rows::{Number, Rows};
use crate::session::Session;

/// The numbers of all sessions in an order, in runs that are short enough to be moved at every change. A place is
/// found by counting runs, so a page costs its length wherever it begins.
#[derive(Debug)]
pub(super) struct Ranking {
    order: Order,
    runs: Vec<Vec<Number>>,
}

const LONGEST: usize = 512;
/// A run that is this short joins the next one.
const SHORTEST: usize = 64;

impl Ranking {
    /// The order of all sessions.
    pub(super) fn new(order: Order, rows: &Rows) -> Self {
        let mut ranked: Vec<(Rank, Number)> = rows
            .numbers()
            .filter_map(|number| Some((order.rank(rows.get(number)?.as_ref()), number)))
            .collect();
        ranked.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let numbers: Vec<Number> = ranked.into_iter().map(|(_, number)| number).collect();
        Self {
            order,
            // Half full, so that the first changes need not split them.
            runs: numbers.chunks(LONGEST / 2).map(<[_]>::to_vec).collect(),
        }
    }

    /// All numbers in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Number> {
        self.runs.iter().flatten().copied()
    }

    /// How many there are before the first session that is not so; none after it is.
    pub(super) fn count_while(&self, rows: &Rows, is_so: impl Fn(&Session) -> bool) -> usize {
        let is_so = |number: &Number| rows.get(*number).is_some_and(|row| is_so(row));
        let begins_so = |run: &Vec<Number>| run.first().is_none_or(is_so);
        let runs = self.runs.partition_point(begins_so);
        let (before, rest) = self.runs.split_at(runs.saturating_sub(1));
        let last = rest.first().map_or(0, |run| run.partition_point(is_so));
        before.iter().map(Vec::len).sum::<usize>() + last
    }

    /// The numbers from a place on.
    pub(super) fn starting_at(&self, mut place: usize) -> impl Iterator<Item = Number> {
        let run = self.runs.iter().position(|run| {
            let is_there = place < run.len();
            place -= if is_there { 0 } else { run.len() };
            is_there
        });
        self.starting_in(run.unwrap_or(self.runs.len()), place)
    }

    /// The numbers of those that stand after a rank, or of all.
    pub(super) fn after(&self, rank: Option<&Rank>, rows: &Rows) -> impl Iterator<Item = Number> {
        let (run, range) = rank.map_or((0, 0..0), |rank| self.find(rank, rows));
        self.starting_in(run, range.end)
    }

    /// Puts a number in, whose session is among the rows.
    pub(super) fn insert(&mut self, number: Number, rows: &Rows) {
        let Some(row) = rows.get(number) else { return };
        let (index, range) = self.find(&self.order.rank(row.as_ref()), rows);
        let Some(run) = self.runs.get_mut(index) else {
            self.runs.push(vec![number]);
            return;
        };
        run.insert(range.end, number);
        if run.len() > LONGEST {
            let rest = run.split_off(LONGEST / 2);
            self.runs.insert(index + 1, rest);
        }
    }

    /// Takes a number out, whose session is among the rows still.
    pub(super) fn remove(&mut self, number: Number, rows: &Rows) {
        let Some(row) = rows.get(number) else { return };
        let (index, range) = self.find(&self.order.rank(row.as_ref()), rows);
        let Some(run) = self.runs.get_mut(index) else {
            return;
        };
        run.drain(range);
        if run.len() >= SHORTEST {
            return;
        }
        let mut short = self.runs.remove(index);
        match self.runs.get_mut(index) {
            Some(next) if short.len() + next.len() <= LONGEST / 2 => {
                short.append(next);
                *next = short;
            }
            _ if short.is_empty() => {}
            _ => self.runs.insert(index, short),
        }
    }

    /// The run where a rank belongs, and its place there: empty where nothing stands at it.
    fn find(&self, rank: &Rank, rows: &Rows) -> (usize, Range<usize>) {
        let compare = |number: &Number| match rows.get(*number) {
            Some(row) => self.order.rank(row.as_ref()).cmp(rank),
            None => Ordering::Less,
        };
        let begins_before = |run: &Vec<Number>| {
            let first = run.first();
            first.is_none_or(|first| compare(first).is_le())
        };
        let run = self.runs.partition_point(begins_before).saturating_sub(1);
        let found = self.runs.get(run).map(|run| run.binary_search_by(compare));
        match found {
            Some(Ok(place)) => (run, place..place + 1),
            Some(Err(place)) => (run, place..place),
            None => (run, 0..0),
        }
    }

    fn starting_in(&self, run: usize, place: usize) -> impl Iterator<Item = Number> {
        let (first, rest) = match self.runs.get(run..) {
            Some([first, rest @ ..]) => (&first[place.min(first.len())..], rest),
            Some([]) | None => (&[][..], &[][..]),
        };
        first.iter().chain(rest.iter().flatten()).copied()
    }
}
