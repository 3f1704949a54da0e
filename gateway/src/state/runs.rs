//! Numbers in an order, of which copies share what they have in common.

use std::cmp::Ordering;
use std::sync::Arc;

use super::rows::Number;

/// Numbers of sessions in an order that only the caller knows, in runs that are short enough to be moved at every
/// change. A place is found by counting runs, so a page costs its length wherever it begins. A copy costs a pointer for
/// each run, and a change after it copies one run.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// None is empty.
    runs: Vec<Arc<Vec<Number>>>,
    len: usize,
}

/// Between two numbers, or before or after all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    run: usize,
    index: usize,
}

const LONGEST: usize = 1024;
/// A run that is this short joins the next one.
const SHORTEST: usize = 128;

impl Runs {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All numbers in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Number> {
        self.runs.iter().flat_map(|run| run.iter()).copied()
    }

    /// The numbers from a place on.
    pub(super) fn from(&self, place: Place) -> impl Iterator<Item = Number> + use<'_> {
        let (first, rest) = match self.runs.get(place.run..) {
            Some([first, rest @ ..]) => (&first[place.index.min(first.len())..], rest),
            Some([]) | None => (&[][..], &[][..]),
        };
        let rest = rest.iter().flat_map(|run| run.iter());
        first.iter().chain(rest).copied()
    }

    /// The place after so many numbers.
    pub(super) fn nth(&self, mut index: usize) -> Place {
        let run = self.runs.iter().position(|run| {
            let is_there = index < run.len();
            index -= if is_there { 0 } else { run.len() };
            is_there
        });
        Place {
            run: run.unwrap_or(self.runs.len()),
            index,
        }
    }

    /// How many numbers stand before a place.
    pub(super) fn count_before(&self, place: Place) -> usize {
        let runs = self.runs.iter().take(place.run);
        runs.map(|run| run.len()).sum::<usize>() + place.index
    }

    /// The place before the first number that is not so; none after it is.
    pub(super) fn end_of(&self, is_so: impl Fn(Number) -> bool) -> Place {
        let begins_so = |run: &Arc<Vec<Number>>| run.first().is_none_or(|first| is_so(*first));
        let run = self.runs.partition_point(begins_so).saturating_sub(1);
        let index = self.runs.get(run);
        Place {
            run,
            index: index.map_or(0, |run| run.partition_point(|number| is_so(*number))),
        }
    }

    /// Puts a number after those that do not stand after it.
    pub(super) fn insert(&mut self, number: Number, compare: impl Fn(Number) -> Ordering) {
        let Place {
            run: index,
            index: at,
        } = self.end_of(|other| compare(other).is_le());
        self.len += 1;
        let Some(run) = self.runs.get_mut(index) else {
            self.runs.push(Arc::new(vec![number]));
            return;
        };
        let run = Arc::make_mut(run);
        run.insert(at, number);
        if run.len() > LONGEST {
            let rest = run.split_off(LONGEST / 2);
            self.runs.insert(index + 1, Arc::new(rest));
        }
    }

    /// Takes out the number that stands where the comparison says.
    pub(super) fn remove(&mut self, compare: impl Fn(Number) -> Ordering) {
        let Place {
            run: index,
            index: end,
        } = self.end_of(|other| compare(other).is_le());
        let Some((at, run)) = end.checked_sub(1).zip(self.runs.get_mut(index)) else {
            return;
        };
        if compare(run[at]).is_ne() {
            return;
        }
        let run = Arc::make_mut(run);
        run.remove(at);
        self.len -= 1;
        if run.len() >= SHORTEST {
            return;
        }
        let mut short = self.runs.remove(index);
        match self.runs.get_mut(index) {
            Some(next) if short.len() + next.len() <= LONGEST / 2 => {
                Arc::make_mut(&mut short).extend(next.iter());
                *next = short;
            }
            _ if short.is_empty() => {}
            _ => self.runs.insert(index, short),
        }
    }
}

impl FromIterator<Number> for Runs {
    fn from_iter<I: IntoIterator<Item = Number>>(numbers: I) -> Self {
        let numbers: Vec<Number> = numbers.into_iter().collect();
        // Half full, so that the first changes need not split them.
        let runs = numbers.chunks(LONGEST / 2);
        Self {
            runs: runs.map(|run| Arc::new(run.to_vec())).collect(),
            len: numbers.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sessionwire_dice::Dice;

    use super::*;

    #[test]
    fn they_are_a_sorted_set_whatever_comes_and_goes_and_copies_stay() {
        let mut dice = Dice::new(1);
        let mut draw = |bound| Number::try_from(dice.below(bound)).expect("it is small");
        let mut plain: BTreeSet<Number> = (0..5_000).map(|_| draw(100_000)).collect();
        let mut runs: Runs = plain.iter().copied().collect();
        for round in 0..30 {
            let (copy, then) = (runs.clone(), plain.clone());
            for _ in 0..1_000 {
                let number = draw(100_000);
                let grows = round % 10 < 5;
                let is_in = plain.contains(&number);
                let near = plain.range(number..).next().copied();
                match (grows, near) {
                    (true, _) if !is_in => {
                        plain.insert(number);
                        runs.insert(number, |other| other.cmp(&number));
                    }
                    (false, Some(near)) => {
                        plain.remove(&near);
                        runs.remove(|other| other.cmp(&near));
                    }
                    _ => runs.remove(|_| Ordering::Less),
                }
            }
            assert!(copy.iter().eq(then.iter().copied()));
            assert_eq!(runs.len(), plain.len());
            assert!(runs.iter().eq(plain.iter().copied()));
            let runs_are_filled = runs
                .runs
                .iter()
                .all(|run| (1..=LONGEST).contains(&run.len()));
            assert!(runs_are_filled);
            for _ in 0..50 {
                let bound = draw(110_000);
                let end = runs.end_of(|number| number < bound);
                assert_eq!(runs.count_before(end), plain.range(..bound).count());
                assert!(runs.from(end).eq(plain.range(bound..).copied()));
                let skipped = draw(6_000) as usize;
                let rest = plain.iter().copied().skip(skipped);
                assert!(runs.from(runs.nth(skipped)).eq(rest));
            }
        }
        for number in plain {
            runs.remove(|other| other.cmp(&number));
        }
        assert_eq!((runs.len(), runs.iter().count()), (0, 0));
    }
}
