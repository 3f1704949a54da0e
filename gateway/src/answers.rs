//! Answers that are awaited, and who looks for them.
//!
//! To wake a task for an answer costs a good part of what the change costs that is answered. So whoever commits looks
//! for the answers as well: for all that it settles together, where the socket and the conversation are free. What
//! anybody else wakes is left to the connection's task: whoever does may hold a lock, and it may take its time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::crier::{Listener, Turn};
use crate::text::Text;

thread_local! {
    /// Who is to hear of what this thread settles, by address, so that each is there once.
    static SETTLED: RefCell<Option<BTreeMap<usize, Weak<dyn Listener>>>> = const { RefCell::new(None) };
}

/// Where somebody looks for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Look {
    /// Among those that a commit has settled.
    AtSettled = 1,
    /// Among all that may be there.
    AtAll,
}

/// Who is told that there may be an answer.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Hears of what is settled.
    pub listener: Weak<dyn Listener>,
    /// Rings for anything else.
    pub bell: Arc<Notify>,
}

/// The answers that a connection awaits, in the order in which they were asked for.
#[derive(Default)]
pub struct Answers(Vec<Awaited<Text>>);

/// Something that a connection awaits.
pub struct Awaited<T> {
    awaited: BoxFuture<'static, T>,
    call: Arc<Call>,
}

/// Calls somebody to look at one of them.
struct Call {
    asker: Asker,
    /// For whom it is to be looked at, as a [`Look`]; 0 when it need not be.
    made: AtomicU8,
}

impl Answers {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Begins with a further one, and awaits it if it is not there at once.
    pub fn begin(&mut self, answer: BoxFuture<'static, Text>, asker: &Asker) -> Option<Text> {
        let mut awaited = Awaited::new(answer, asker);
        match awaited.poll() {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => {
                self.0.push(awaited);
                None
            }
        }
    }

    /// Takes those that are there.
    pub fn take(&mut self, look: Look) -> Vec<Text> {
        let mut taken = Vec::new();
        self.0.retain_mut(|awaited| {
            let answer = awaited.take(look);
            let is_there = answer.is_some();
            taken.extend(answer);
            !is_there
        });
        taken
    }
}

impl<T> Awaited<T> {
    /// What is not looked at before somebody takes it.
    pub fn new(awaited: BoxFuture<'static, T>, asker: &Asker) -> Self {
        let call = Arc::new(Call {
            asker: asker.clone(),
            made: AtomicU8::new(Look::AtSettled as u8),
        });
        Self { awaited, call }
    }

    /// Takes it, if it is there.
    pub fn take(&mut self, look: Look) -> Option<T> {
        let is_called = (1..=look as u8).contains(&self.call.made.load(Ordering::Acquire));
        match is_called.then(|| self.poll())? {
            Poll::Ready(there) => Some(there),
            Poll::Pending => None,
        }
    }

    fn poll(&mut self) -> Poll<T> {
        // Before: what is called from here on is looked at once more, and what calls until now were made for is seen.
        self.call.made.swap(0, Ordering::AcqRel);
        let waker = Waker::from(Arc::clone(&self.call));
        self.awaited.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl Call {
    fn make(&self, look: Look) -> bool {
        self.made.fetch_max(look as u8, Ordering::AcqRel) < look as u8
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        let is_settled = SETTLED.with_borrow_mut(|settled| match settled {
            Some(settled) => {
                if self.make(Look::AtSettled) {
                    let listener = &self.asker.listener;
                    let address = listener.as_ptr().cast::<()>().addr();
                    settled.insert(address, listener.clone());
                }
                true
            }
            None => false,
        });
        if !is_settled && self.make(Look::AtAll) {
            self.asker.bell.notify_one();
        }
    }
}

/// Does what settles requests, then lets hear who awaited that.
pub fn settle(work: impl FnOnce()) {
    SETTLED.set(Some(BTreeMap::new()));
    work();
    let mut turn = Turn::default();
    for listener in SETTLED.take().unwrap_or_default().into_values() {
        if let Some(listener) = listener.upgrade() {
            listener.hear(&mut turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    /// How often it heard of something.
    #[derive(Default)]
    struct Ear(AtomicUsize);

    impl Listener for Ear {
        fn hear(&self, _: &mut Turn) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Ear {
        fn times(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn what_is_settled_together_is_heard_once_and_anything_else_rings_for_the_task() {
        let (mut answers, ear, bell) = (Answers::default(), Arc::<Ear>::default(), Arc::default());
        let listener: Weak<Ear> = Arc::downgrade(&ear);
        let asker = Asker {
            listener,
            bell: Arc::clone(&bell),
        };
        let is_rung = || bell.notified().now_or_never().is_some();
        // Each is there when something is sent.
        let [one, other, third, last] = [(); 4].map(|()| {
            let (send, sent) = oneshot::channel::<&str>();
            let answer = async move { Text::from(sent.await.expect("it is sent")) };
            assert!(answers.begin(Box::pin(answer), &asker).is_none());
            send
        });
        third.send("third").expect("it is awaited");
        assert!(is_rung() && ear.times() == 0);
        settle(|| {
            other.send("other").expect("it is awaited");
            one.send("one").expect("it is awaited");
            assert_eq!(ear.times(), 0, "more may be settled");
        });
        assert!(!is_rung() && ear.times() == 1);
        let mut taken = |look| {
            let taken = answers.take(look);
            let texts = taken.iter().map(|text| text.as_str().to_owned());
            texts.collect::<Vec<_>>()
        };
        let settled = taken(Look::AtSettled);
        assert_eq!(settled, ["one", "other"], "as they were asked for");
        assert_eq!(taken(Look::AtAll), ["third"]);
        assert!(taken(Look::AtAll).is_empty());
        settle(|| last.send("last").expect("it is awaited"));
        assert_eq!(taken(Look::AtAll), ["last"], "the task takes both");
        assert!(answers.is_empty());
    }
}
