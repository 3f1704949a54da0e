use std::collections::VecDeque;

use crate::text::Text;

/// How many tellings are remembered. A turn goes from list to list, so the newest serve the next.
const MOST: usize = 32;

/// What is told in one go: frames that one subscription is told serve every other that stands in the same place.
#[derive(Debug, Default)]
pub struct Turn {
    /// The oldest first.
    tellings: VecDeque<Telling>,
}

/// Where a subscription stands before it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The list that it is to.
    pub list: u64,
    /// Where the journal ends.
    pub head: u64,
    /// The cursor that the client was told last.
    pub told: u64,
    /// Everything up to here was looked at.
    pub offset: u64,
}

/// What leads a subscription from where it stands to the head.
#[derive(Debug)]
pub struct Telling {
    /// From where.
    pub from: Position,
    /// The client's name for the subscription.
    pub name: String,
    /// The frames.
    pub frames: Vec<Text>,
    /// Their size.
    pub bytes: usize,
    /// The cursor that they lead to.
    pub told: u64,
}

impl Turn {
    /// What leads a subscription of this name to the head, if it was put into words.
    pub fn telling(&self, from: Position, name: &str) -> Option<&Telling> {
        let mut newest = self.tellings.iter().rev();
        newest.find(|telling| telling.from == from && telling.name == name)
    }

    /// Remembers that for the next.
    pub fn remember(&mut self, telling: Telling) {
        if self.tellings.len() == MOST {
            self.tellings.pop_front();
        }
        self.tellings.push_back(telling);
    }
}
