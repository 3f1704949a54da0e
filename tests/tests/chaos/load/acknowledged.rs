use std::collections::BTreeMap;
use std::fmt;

use sessionwire::Error;

use super::task::Answer;

/// What the gateway has said that it did.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// How many changes.
    pub(crate) changes: u64,
    /// How many changes it may have made or not, because it was killed.
    pub(crate) unknown: u64,
    /// How many changes it did not make, because others came first: archived sessions cannot be pinned.
    pub(crate) refused: u64,
    /// The generations that resets have led to.
    pub(crate) resets: Vec<String>,
    /// How often a session was deleted.
    pub(crate) deletes: BTreeMap<String, usize>,
}

impl Acknowledged {
    /// Takes an answer in. Any failure but those that a gateway may be excused for fails the test.
    pub(super) fn note(&mut self, answer: Result<Answer, Error>) {
        match answer {
            Ok(answer) => self.done(answer),
            Err(Error::Refused(_)) => self.refused += 1,
            Err(Error::Interrupted | Error::NotConnected) => self.unknown += 1,
            Err(error) => panic!("a change fails: {error}"),
        }
    }

    fn done(&mut self, answer: Answer) {
        self.changes += u64::from(!matches!(answer, Answer::Nothing));
        match answer {
            Answer::Done | Answer::Nothing => {}
            Answer::Reset(next) => self.resets.push(next),
            Answer::Deleted(key) => *self.deletes.entry(key).or_default() += 1,
        }
    }
}

impl fmt::Display for Acknowledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deletes: usize = self.deletes.values().sum();
        write!(
            f,
            "{} changes acknowledged, {} of them resets, {deletes} deletions; {} refused, {} unanswered",
            self.changes,
            self.resets.len(),
            self.refused,
            self.unknown
        )
    }
}
