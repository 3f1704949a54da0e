//! Work that may take long, beside the threads that serve connections: whoever else such a thread serves would wait.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet, spawn_blocking};

/// Takes on as much of it at a time as there are processors, and of everybody one thing at a time: so who asks for much
/// waits behind those who ask for little, and holds no more than one answer that it does not take. What waits costs no
/// thread.
#[derive(Clone, Debug)]
pub struct Aside {
    turns: Arc<Semaphore>,
    /// The turn of one who asks.
    own: Arc<Semaphore>,
}

impl Default for Aside {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self::new(processors)
    }
}

impl Aside {
    fn new(turns: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            own: Arc::new(Semaphore::new(1)),
        }
    }

    /// The same for somebody else who asks.
    pub fn for_another(&self) -> Self {
        Self {
            turns: Arc::clone(&self.turns),
            own: Arc::new(Semaphore::new(1)),
        }
    }

    /// Does something that takes long there, and something else at once: in this thread, before anybody waits.
    pub async fn run<T: Send + 'static>(
        &self,
        takes_long: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if !takes_long {
            return work();
        }
        let _own = self.own.acquire().await;
        // The turn is given to a task that takes it at once: a connection that writes may not look for a minute.
        let turns = Arc::clone(&self.turns);
        let mut working = JoinSet::new();
        working.spawn(async move {
            let turn = turns.acquire_owned().await;
            let working = spawn_blocking(move || {
                // Held until it is done, also when nobody waits for it any more.
                let _turn = turn;
                work()
            });
            working.await
        });
        let worked = working.join_next().await;
        match worked.map(|worked| worked.flatten().map_err(JoinError::try_into_panic)) {
            Some(Ok(done)) => done,
            Some(Err(Ok(panic))) => resume_unwind(panic),
            // The runtime ends, and with it who waits.
            Some(Err(Err(_))) | None => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use futures_util::FutureExt;
    use tokio::spawn;
    use tokio::task::JoinHandle;

    use super::*;

    /// Work that says that it has begun, and goes on when it may.
    fn begin(aside: &Aside, begun: &Sender<()>) -> (JoinHandle<()>, Sender<()>) {
        let (aside, begun) = (aside.clone(), begun.clone());
        let (go_on, goes_on): (_, Receiver<()>) = channel();
        let work = move || {
            begun.send(()).expect("the test listens");
            goes_on.recv().expect("the test lets it go on");
        };
        (spawn(async move { aside.run(true, work).await }), go_on)
    }

    #[tokio::test]
    async fn so_much_at_a_time_as_there_are_turns_also_when_nobody_waits() {
        let aside = Aside::new(2);
        let (begun, beginning) = channel();
        let another = || begin(&aside.for_another(), &begun);
        let first = [another(), another()];
        let both = spawn_blocking(move || {
            for _ in &first {
                beginning.recv().expect("it begins");
            }
            (first, beginning)
        });
        let (first, beginning) = both.await.expect("both begin");
        let third = another();
        for (waiting, _) in &first {
            waiting.abort();
        }
        tokio::task::yield_now().await;
        assert_eq!(aside.turns.available_permits(), 0, "the work goes on");
        assert!(beginning.try_recv().is_err(), "the third waits");
        first[0].1.send(()).expect("it is there");
        let next = spawn_blocking(move || beginning.recv().expect("three"));
        next.await.expect("it begins");
        for go_on in [&first[1].1, &third.1] {
            go_on.send(()).expect("it is there");
        }
        third.0.await.expect("it is done");
    }

    #[tokio::test]
    async fn who_does_not_look_keeps_nobody_and_has_one_thing_done_at_a_time() {
        let one = Aside::new(1);
        let other = one.for_another();
        let mut unseen = Box::pin(one.run(true, || "unseen"));
        let mut next = Box::pin(one.run(true, || "next"));
        assert!(unseen.as_mut().now_or_never().is_none());
        assert!(next.as_mut().now_or_never().is_none());
        // Whatever has a turn by now gives it back, though nobody looks.
        assert_eq!(other.run(true, || "other").await, "other");
        assert_eq!(other.run(true, || "another").await, "another");
        assert!(next.as_mut().now_or_never().is_none(), "one at a time");
        assert_eq!((unseen.await, next.await), ("unseen", "next"));
    }

    #[test]
    fn what_is_short_is_done_at_once_and_needs_no_runtime() {
        let home = std::thread::current().id();
        let work = move || std::thread::current().id() == home;
        assert_eq!(Aside::default().run(false, work).now_or_never(), Some(true));
    }

    #[tokio::test]
    #[should_panic(expected = "a planted panic")]
    async fn a_panic_is_that_of_who_waits() {
        let aside = Aside::default();
        aside.run(true, || panic!("a planted panic")).await
    }
}
