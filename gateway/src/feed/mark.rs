//! Which moment a feed has told everything of.

use super::Feed;

/// What had happened by some moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Where the journal ended.
    head: u64,
    /// How much an upstream had told.
    heard: u64,
}

impl Feed {
    /// What has happened by now, with the journal at `head`.
    pub fn mark(&self, head: u64) -> Mark {
        Mark {
            head,
            heard: self.heard_in_all,
        }
    }

    /// Whether all is told that had happened by then.
    pub fn has_told(&self, mark: Mark) -> bool {
        let mut subscriptions = self.subscriptions.iter();
        let heard = self.heard_in_all - self.heard.len() as u64;
        heard >= mark.heard
            && (self.offset >= mark.head || !self.listens())
            && subscriptions.all(|subscription| subscription.has_told(mark.head))
    }
}
