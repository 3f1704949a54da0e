//! How long is waited for a peer that takes nothing of what is written to it. However slowly it takes that, it is waited
//! for.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// What is left of it, for one peer.
#[derive(Debug)]
pub struct Patience {
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// All of it.
    pub const fn new(limit: Duration) -> Self {
        Self {
            limit,
            waiting: None,
        }
    }

    /// The peer has taken something, or there is nothing for it.
    pub fn restore(&mut self) {
        self.waiting = None;
    }

    /// Waits until the peer has taken nothing for too long.
    pub fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        waiting.as_mut().poll(context)
    }
}
