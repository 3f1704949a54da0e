use std::collections::HashMap;

/// The text of a frame, shared by all who are told it.
pub use axum::extract::ws::Utf8Bytes as Text;

/// How many bytes of frames are remembered, so that laggards who all stand somewhere else cost nothing.
const MOST: usize = 1 << 20;

/// What is told in one go: frames that one subscription is told serve every other that stands in the same place.
#[derive(Debug, Default)]
pub struct Turn {
    head: u64,
    bytes: usize,
    tellings: HashMap<Standing, Vec<(String, Telling)>>,
}

/// Where a subscription stands before it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The list that it is to.
    pub list: u64,
    /// The cursor that the client was told last.
    pub told: u64,
    /// Everything up to here was looked at.
    pub offset: u64,
}

/// What leads a subscription from where it stands to the head.
#[derive(Debug)]
pub struct Telling {
    /// The frames.
    pub frames: Vec<Text>,
    /// Their size.
    pub bytes: usize,
    /// The cursor that they lead to.
    pub told: u64,
}

impl Turn {
    /// What leads a subscription of this name to the head, if it was put into words.
    pub fn telling(&self, head: u64, standing: &Standing, name: &str) -> Option<&Telling> {
        let same = self.tellings.get(standing).filter(|_| head == self.head)?;
        let telling = same.iter().find(|(other, _)| other == name);
        telling.map(|(_, telling)| telling)
    }

    /// Remembers that for the next.
    pub fn remember(&mut self, head: u64, standing: Standing, name: &str, telling: Telling) {
        if head != self.head {
            *self = Self {
                head,
                ..Self::default()
            };
        }
        if self.bytes + telling.bytes > MOST {
            return;
        }
        self.bytes += telling.bytes;
        let same = self.tellings.entry(standing).or_default();
        same.push((name.to_owned(), telling));
    }
}
