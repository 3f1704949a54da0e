use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What has not been taken yet, between the driver that puts and the streams that take: mostly one.
#[derive(Debug)]
pub(crate) struct Inbox<U>(Mutex<State<U>>);

#[derive(Debug)]
struct State<U> {
    unread: U,
    ended: bool,
    /// Of those who wait.
    wakers: Vec<Waker>,
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
            wakers: Vec::new(),
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
                let waker = context.waker();
                if !state.wakers.iter().any(|other| other.will_wake(waker)) {
                    state.wakers.push(waker.clone());
                }
                Poll::Pending
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<U>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes who waits outside of the lock, which they are about to take. All of them: one may have given up waiting.
fn wake<U>(mut state: MutexGuard<'_, State<U>>) {
    let wakers = std::mem::take(&mut state.wakers);
    drop(state);
    wakers.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use sessionwire_client_core::FrameEvent;

    use super::*;
    use crate::unread::FramesUnread;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Woken {
        fn waits(self: &Arc<Self>, inbox: &Inbox<FramesUnread>) {
            let waker = Waker::from(Arc::clone(self));
            let polled = inbox.poll_pop(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }

        fn times(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn all_who_wait_are_woken_once() {
        let inbox = Inbox::<FramesUnread>::new();
        let (one, other) = (Arc::<Woken>::default(), Arc::<Woken>::default());
        one.waits(&inbox);
        other.waits(&inbox);
        one.waits(&inbox);
        inbox.push(FrameEvent::Missed);
        assert_eq!((one.times(), other.times()), (1, 1));
        assert!(inbox.pop().is_some());
        one.waits(&inbox);
        other.waits(&inbox);
        inbox.end();
        assert_eq!((one.times(), other.times()), (2, 2));
    }
}
