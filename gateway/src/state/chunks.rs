//! A list of which copies share what they have in common.

use std::sync::Arc;

/// Values by their places. A copy costs a few pointers, however many there are, and a change after it copies the chunk
/// that it stands in. So whoever looks at all of them for long looks at a copy, and nobody waits for him.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T> {
    parts: Vec<Arc<Vec<Chunk<T>>>>,
    len: usize,
}

type Chunk<T> = Arc<Vec<T>>;

const CHUNK: usize = 256;
/// So many values stand in a part.
const PART: usize = 64 * CHUNK;

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Chunks<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The value at a place.
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        let part = self.parts.get(place / PART)?;
        part.get(place % PART / CHUNK)?.get(place % CHUNK)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let chunks = self.parts.iter().flat_map(|part| part.iter());
        chunks.flat_map(|chunk| chunk.iter())
    }

    /// The places that were changed, or came to be, since a copy was made; a few others may be among them.
    pub(super) fn changed_since<'a>(
        &'a self,
        copy: &'a Self,
    ) -> impl Iterator<Item = usize> + use<'a, T> {
        let differing = |part: &usize| match (self.parts.get(*part), copy.parts.get(*part)) {
            (Some(own), Some(other)) => !Arc::ptr_eq(own, other),
            _ => true,
        };
        let parts = (0..self.parts.len()).filter(differing);
        parts.flat_map(move |part| {
            let chunks = &self.parts[part];
            let others = copy.parts.get(part);
            let is_changed = move |chunk: &usize| {
                let other = others.and_then(|others| others.get(*chunk));
                other.is_none_or(|other| !Arc::ptr_eq(&chunks[*chunk], other))
            };
            (0..chunks.len()).filter(is_changed).flat_map(move |chunk| {
                let begin = part * PART + chunk * CHUNK;
                begin..begin + chunks[chunk].len()
            })
        })
    }
}

impl<T: Clone> Chunks<T> {
    /// The value at a place, to be changed.
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        let part = Arc::make_mut(self.parts.get_mut(place / PART)?);
        let chunk = Arc::make_mut(part.get_mut(place % PART / CHUNK)?);
        chunk.get_mut(place % CHUNK)
    }

    /// Puts a value after the others.
    pub(super) fn push(&mut self, value: T) {
        if self.len.is_multiple_of(PART) {
            self.parts.push(Arc::default());
        }
        let Some(part) = self.parts.last_mut() else {
            return;
        };
        let part = Arc::make_mut(part);
        if self.len.is_multiple_of(CHUNK) {
            part.push(Arc::default());
        }
        if let Some(chunk) = part.last_mut() {
            Arc::make_mut(chunk).push(value);
            self.len += 1;
        }
    }

    /// Takes out the last value.
    pub(super) fn pop(&mut self) -> Option<T> {
        let part = Arc::make_mut(self.parts.last_mut()?);
        let chunk = Arc::make_mut(part.last_mut()?);
        let value = chunk.pop()?;
        if chunk.is_empty() {
            part.pop();
        }
        if part.is_empty() {
            self.parts.pop();
        }
        self.len -= 1;
        Some(value)
    }

    /// Puts values after the others until there are so many.
    pub(super) fn fill(&mut self, len: usize, value: impl Fn() -> T) {
        while self.len < len {
            self.push(value());
        }
    }
}

impl<T> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values = values.into_iter().peekable();
        let mut chunks = Self::default();
        while values.peek().is_some() {
            let mut part = Vec::new();
            while part.len() < PART / CHUNK && values.peek().is_some() {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.extend(values.by_ref().take(CHUNK));
                chunks.len += chunk.len();
                part.push(Arc::new(chunk));
            }
            chunks.parts.push(Arc::new(part));
        }
        chunks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stays_as_it_was_and_tells_what_changed() {
        for len in [0, 1, CHUNK, PART, PART + CHUNK + 3] {
            let mut chunks: Chunks<usize> = (0..len).collect();
            let copy = chunks.clone();
            let changed = [0, CHUNK - 1, PART - 1, PART, len.saturating_sub(1)];
            for place in changed {
                if let Some(value) = chunks.get_mut(place) {
                    *value = usize::MAX;
                }
            }
            chunks.fill(len + 300, || 7);
            assert!(copy.iter().copied().eq(0..len));
            assert_eq!((copy.len(), copy.get(len)), (len, None));
            for place in 0..len + 300 {
                let expected = match place {
                    _ if place >= len => 7,
                    _ if changed.contains(&place) => usize::MAX,
                    _ => place,
                };
                assert_eq!(chunks.get(place), Some(&expected));
            }
            let told: Vec<usize> = chunks.changed_since(&copy).collect();
            assert!(told.is_sorted());
            let differs = |place: &usize| chunks.get(*place) != copy.get(*place);
            let missed = (0..len + 300).filter(differs);
            assert!(missed.clone().all(|place| told.contains(&place)));
            assert!(told.len() <= 300 + 6 * CHUNK, "{} told", told.len());
            assert_eq!(copy.changed_since(&copy.clone()).count(), 0);
        }
    }

    #[test]
    fn what_was_put_in_last_is_taken_out_first_and_copies_stay() {
        for len in [0, 1, CHUNK, PART, PART + CHUNK + 3] {
            let mut chunks: Chunks<usize> = (0..len).collect();
            let copy = chunks.clone();
            for left in (0..len).rev() {
                assert_eq!(chunks.pop(), Some(left));
                assert_eq!((chunks.len(), chunks.get(left)), (left, None));
            }
            assert_eq!(chunks.pop(), None);
            chunks.fill(len, || 7);
            assert!(chunks.iter().all(|value| *value == 7));
            assert_eq!(chunks.iter().count(), len);
            assert!(copy.iter().copied().eq(0..len));
        }
    }
}
