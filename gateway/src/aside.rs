//! Work that may take long, beside the threads that serve connections: whoever else such a thread serves would wait.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Takes on as much of it at a time as there are processors. The rest waits in order, and costs no thread.
#[derive(Debug)]
pub struct Aside(Arc<Semaphore>);

impl Default for Aside {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }
}

impl Aside {
    /// Does something that takes long there, and something else at once: in this thread, before anybody waits.
    pub async fn run<T: Send + 'static>(
        &self,
        takes_long: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if !takes_long {
            return work();
        }
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let working = spawn_blocking(move || {
            // Held until it is done, also when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        match working.await.map_err(|error| error.try_into_panic()) {
            Ok(done) => done,
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime ends, and with it who waits.
            Err(Err(_)) => pending().await,
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
    fn begin(aside: &Arc<Aside>, begun: &Sender<()>) -> (JoinHandle<()>, Sender<()>) {
        let (aside, begun) = (Arc::clone(aside), begun.clone());
        let (go_on, goes_on): (_, Receiver<()>) = channel();
        let work = move || {
            begun.send(()).expect("the test listens");
            goes_on.recv().expect("the test lets it go on");
        };
        (spawn(async move { aside.run(true, work).await }), go_on)
    }

    #[tokio::test]
    async fn so_much_at_a_time_as_there_are_turns_also_when_nobody_waits() {
        let aside = Arc::new(Aside(Arc::new(Semaphore::new(2))));
        let (begun, beginning) = channel();
        let first = [begin(&aside, &begun), begin(&aside, &begun)];
        let both = spawn_blocking(move || {
            for _ in &first {
                beginning.recv().expect("it begins");
            }
            (first, beginning)
        });
        let (first, beginning) = both.await.expect("both begin");
        let third = begin(&aside, &begun);
        for (waiting, _) in &first {
            waiting.abort();
        }
        tokio::task::yield_now().await;
        assert_eq!(aside.0.available_permits(), 0, "the work goes on");
        assert!(beginning.try_recv().is_err(), "the third waits");
        first[0].1.send(()).expect("it is there");
        let next = spawn_blocking(move || beginning.recv().expect("three"));
        next.await.expect("it begins");
        for go_on in [&first[1].1, &third.1] {
            go_on.send(()).expect("it is there");
        }
        third.0.await.expect("it is done");
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
