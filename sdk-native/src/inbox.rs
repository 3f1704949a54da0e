use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What has not been taken yet, between the driver that puts and the streams that take: mostly one.
#[derive(Debug)]
pub(crate) struct Inbox<U>(Mutex<State<U>>);

#[derive(Debug)]
struct State<U> {
    unread: U,
    ended: bool,
    takers: u64,
    /// Of the takers that wait.
    wakers: BTreeMap<u64, Waker>,
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
            takers: 0,
            wakers: BTreeMap::new(),
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
}

impl<U> Inbox<U> {
    fn lock(&self) -> MutexGuard<'_, State<U>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes who waits outside of the lock, which they are about to take. All of them: one may have given up waiting.
fn wake<U>(mut state: MutexGuard<'_, State<U>>) {
    let wakers = std::mem::take(&mut state.wakers);
    drop(state);
    wakers.into_values().for_each(Waker::wake);
}

/// One who takes from an inbox.
#[derive(Debug)]
pub(crate) struct Taker<U> {
    inbox: Arc<Inbox<U>>,
    number: u64,
}

impl<U: Unread> Taker<U> {
    /// A further one.
    pub(crate) fn new(inbox: Arc<Inbox<U>>) -> Self {
        let number = {
            let mut state = inbox.lock();
            state.takers += 1;
            state.takers
        };
        Self { inbox, number }
    }

    /// Takes the oldest event, if there is one.
    pub(crate) fn pop(&self) -> Option<U::Event> {
        self.inbox.lock().unread.pop()
    }

    /// Takes the oldest event; `None` when there is none and none follows.
    pub(crate) fn poll_pop(&self, context: &mut Context<'_>) -> Poll<Option<U::Event>> {
        let mut state = self.inbox.lock();
        match state.unread.pop() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.ended => Poll::Ready(None),
            None => {
                let before = state.wakers.insert(self.number, context.waker().clone());
                drop(state);
                drop(before);
                Poll::Pending
            }
        }
    }
}

/// Wakers, too, are dropped outside of the lock: with one a task may go that has takers.
impl<U> Drop for Taker<U> {
    fn drop(&mut self) {
        let mut state = self.inbox.lock();
        let waker = state.wakers.remove(&self.number);
        drop(state);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
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
        fn waits(self: &Arc<Self>, taker: &Taker<FramesUnread>) {
            let waker = Waker::from(Arc::clone(self));
            let polled = taker.poll_pop(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }

        fn times(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn all_who_wait_are_woken_once() {
        let inbox = Arc::new(Inbox::<FramesUnread>::new());
        let [taker, another] = [0; 2].map(|_| Taker::new(Arc::clone(&inbox)));
        let (one, other) = (Arc::<Woken>::default(), Arc::<Woken>::default());
        one.waits(&taker);
        other.waits(&another);
        one.waits(&taker);
        inbox.push(FrameEvent::Missed);
        assert_eq!((one.times(), other.times()), (1, 1));
        assert!(taker.pop().is_some());
        one.waits(&taker);
        other.waits(&another);
        inbox.end();
        assert_eq!((one.times(), other.times()), (2, 2));
    }

    #[test]
    fn who_waits_no_longer_is_not_kept() {
        let inbox = Arc::new(Inbox::<FramesUnread>::new());
        let taker = Taker::new(Arc::clone(&inbox));
        let given_up: Vec<_> = (0..3).map(|_| Arc::<Woken>::default()).collect();
        for woken in &given_up {
            woken.waits(&taker);
        }
        assert!(
            given_up[..2]
                .iter()
                .all(|woken| Arc::strong_count(woken) == 1)
        );
        drop(taker);
        assert_eq!(Arc::strong_count(&given_up[2]), 1);
    }
}
