use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What one subscriber has not taken yet, between the driver that puts and the stream that takes.
#[derive(Debug)]
pub(crate) struct Inbox<U>(Mutex<State<U>>);

#[derive(Debug)]
struct State<U> {
    unread: U,
    ended: bool,
    waker: Option<Waker>,
}

/// Events that wait to be taken. How they make room for each other is up to the kind of subscription.
pub(crate) trait Unread: Default {
    /// One of them.
    type Event;

    /// Adds the newest.
    fn push(&mut self, event: Self::Event);

    /// Takes the oldest.
    fn pop(&mut self) -> Option<Self::Event>;
}

impl<U: Unread> Inbox<U> {
    pub(crate) fn new() -> Self {
        Self::with(U::default())
    }

    pub(crate) fn with(unread: U) -> Self {
        Self(Mutex::new(State {
            unread,
            ended: false,
            waker: None,
        }))
    }

    pub(crate) fn push(&self, event: U::Event) {
        let mut state = self.lock();
        state.unread.push(event);
        wake(state);
    }

    /// Nothing follows what is unread.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        wake(state);
    }

    /// Takes the oldest event, if there is one.
    pub(crate) fn pop(&self) -> Option<U::Event> {
        self.lock().unread.pop()
    }

    /// Takes the oldest event; `None` when there is none and none follows.
    pub(crate) fn poll_pop(&self, context: &mut Context<'_>) -> Poll<Option<U::Event>> {
        let mut state = self.lock();
        match state.unread.pop() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.ended => Poll::Ready(None),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<U>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the subscriber outside of the lock, which it is about to take.
fn wake<U>(mut state: MutexGuard<'_, State<U>>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
