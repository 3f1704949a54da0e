//! Answers that are awaited, and who writes them.
//!
//! To wake a task for an answer costs a good part of what the change costs that is answered. So whoever commits writes
//! the answers as well: all that are settled together, where the socket and the conversation are free.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use crate::config::MAX_WAITING_REQUESTS;
use crate::crier::{Listener, Turn};
use crate::text::Text;

/// A response that takes a commit or a read of the store.
pub type Awaited = Pin<Box<dyn Future<Output = Text> + Send>>;

thread_local! {
    /// Who was called while this thread settles.
    static CALLED: RefCell<Option<Vec<Arc<Call>>>> = const { RefCell::new(None) };
}

/// The answers that a connection awaits.
#[derive(Default)]
pub struct Answers {
    /// In the order in which they were asked for.
    awaited: Vec<Awaited>,
    /// None where nothing was ever awaited.
    call: Option<Arc<Call>>,
}

/// Wakes the listener of a connection.
struct Call {
    listener: Weak<dyn Listener>,
    /// Since the answers were looked at.
    was_made: AtomicBool,
}

impl Answers {
    /// Whether a further one may be awaited.
    pub fn have_room(&self) -> bool {
        self.awaited.len() < MAX_WAITING_REQUESTS
    }

    /// Begins with a further one, and awaits it if it is not there at once. The listener is told when one may be.
    pub fn begin(&mut self, mut answer: Awaited, listener: &Weak<dyn Listener>) -> Option<Text> {
        let call = self.call.get_or_insert_with(|| {
            Arc::new(Call {
                listener: listener.clone(),
                was_made: AtomicBool::new(false),
            })
        });
        let waker = Waker::from(Arc::clone(call));
        match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(text) => Some(text),
            Poll::Pending => {
                self.awaited.push(answer);
                None
            }
        }
    }

    /// Takes those that are there.
    pub fn take(&mut self) -> Vec<Text> {
        let mut taken = Vec::new();
        if let Some(call) = &self.call
            && call.was_made.swap(false, Ordering::AcqRel)
        {
            let waker = Waker::from(Arc::clone(call));
            let mut context = Context::from_waker(&waker);
            self.awaited
                .retain_mut(|answer| match answer.as_mut().poll(&mut context) {
                    Poll::Ready(text) => {
                        taken.push(text);
                        false
                    }
                    Poll::Pending => true,
                });
        }
        taken
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        if self.was_made.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut call = Some(self);
        CALLED.with_borrow_mut(|called| {
            if let Some(called) = called {
                called.extend(call.take());
            }
        });
        // Whoever wakes it elsewhere may be in the middle of anything, and it may have much to do.
        if let Some(listener) = call.and_then(|call| call.listener.upgrade()) {
            listener.ring();
        }
    }
}

/// Does what settles requests, then lets hear who awaited that.
pub fn settle(work: impl FnOnce()) {
    CALLED.set(Some(Vec::new()));
    work();
    let mut turn = Turn::default();
    for call in CALLED.take().unwrap_or_default() {
        if let Some(listener) = call.listener.upgrade() {
            listener.hear(&mut turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::oneshot;

    use super::*;

    #[derive(Default)]
    struct Counts {
        heard: AtomicUsize,
        rung: AtomicUsize,
    }

    impl Listener for Counts {
        fn hear(&self, _: &mut Turn) {
            self.heard.fetch_add(1, Ordering::Relaxed);
        }

        fn ring(&self) {
            self.rung.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Counts {
        fn seen(&self) -> (usize, usize) {
            let (heard, rung) = (&self.heard, &self.rung);
            (heard.load(Ordering::Relaxed), rung.load(Ordering::Relaxed))
        }
    }

    /// Awaits an answer that is there when something is sent.
    fn begin(answers: &mut Answers, counts: &Arc<Counts>) -> oneshot::Sender<&'static str> {
        let (send, sent) = oneshot::channel::<&str>();
        let listener: Weak<Counts> = Arc::downgrade(counts);
        let listener: Weak<dyn Listener> = listener;
        let answer = Box::pin(async move { Text::from(sent.await.expect("it is sent")) });
        assert!(answers.begin(answer, &listener).is_none());
        send
    }

    #[test]
    fn what_is_settled_together_is_heard_once_and_anything_else_rings() {
        let (mut answers, counts) = (Answers::default(), Arc::<Counts>::default());
        let [one, other, last] = [(); 3].map(|()| begin(&mut answers, &counts));
        settle(|| {
            other.send("other").expect("it is awaited");
            one.send("one").expect("it is awaited");
            assert_eq!(counts.seen(), (0, 0), "more may be settled");
        });
        assert_eq!(counts.seen(), (1, 0));
        let taken = answers.take();
        let texts: Vec<&str> = taken.iter().map(Text::as_str).collect();
        assert_eq!(texts, ["one", "other"], "as they were asked for");
        assert!(answers.take().is_empty());
        last.send("last").expect("it is awaited");
        assert_eq!(counts.seen(), (1, 1));
        assert_eq!(answers.take().len(), 1);
    }
}
