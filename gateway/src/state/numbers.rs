//! A set of sessions.

use super::rows::Number;

/// A bit for each number.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<u64>);

impl Numbers {
    /// None, with room for all numbers below a bound.
    pub(super) fn below(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    /// Puts a number in.
    pub(super) fn insert(&mut self, number: Number) {
        self.0[number as usize / 64] |= 1 << (number % 64);
    }

    /// Whether it is in.
    pub(super) fn contains(&self, number: Number) -> bool {
        let word = self.0.get(number as usize / 64);
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// All of them, the least first.
    pub(super) fn iter(&self) -> impl Iterator<Item = Number> {
        (0..).zip(&self.0).flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// The words of numbers in equal parts, each part `numbers` long, for those who fill them side by side.
    pub(super) fn parts(&mut self, numbers: usize) -> impl Iterator<Item = &mut [u64]> {
        self.0.chunks_mut(numbers / 64)
    }
}
