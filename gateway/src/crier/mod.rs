//! Who tells all whom a commit concerns: a few threads that write to their sockets, one after the other.
//!
//! A task for each connection that is woken, looks what there is to tell, puts it into words and writes it costs more
//! than the writing. So a crier goes to the listeners itself. In one [`Turn`] it tells all that was committed since
//! the last one, and what it has put into words for one listener it tells to all others that stand in the same
//! place. It never waits: whoever cannot be told at once is left to their own task ([`Listener::hear`]).

mod listeners;
mod turn;
mod wheel;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

pub use listeners::{Listener, Listeners, Listening};
pub use turn::{Position, Telling, Turn};
pub use wheel::{Ticking, Wheel};

/// How many entries may wait for a crier before the next commit waits for it. Subscriptions that are 512 behind skip
/// steps, and between two turns twice as much may come as waits, and two batches.
const MOST_WAITING: usize = 128;
/// How long one commit waits for criers. Where a turn takes longer, the many who are told cost more than to skip steps.
const PATIENCE: Duration = Duration::from_millis(10);

/// The criers, each of whom has a share of all listeners.
#[derive(Debug)]
pub struct Criers {
    desks: Box<[Arc<Desk>]>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What waits for one crier.
#[derive(Debug, Default)]
struct Desk {
    waiting: Mutex<Waiting>,
    called: Condvar,
    taken: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// By address, so that each is there once however much happens.
    concerned: BTreeMap<usize, Arc<Listeners>>,
    /// How many entries of the journal that are.
    entries: usize,
    closed: bool,
}

impl Default for Criers {
    fn default() -> Self {
        // The other cores are for those who change and read meanwhile. Fewer criers tell more in one turn.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::new((cores / 2).max(1))
    }
}

impl Criers {
    fn new(count: usize) -> Self {
        Self {
            desks: (0..count).map(|_| Arc::default()).collect(),
            threads: Mutex::default(),
        }
    }

    /// So many entries were committed that concern these listeners; they are told soon.
    pub fn announce(&self, entries: usize, concerned: &[Arc<Listeners>]) {
        let concerned: BTreeMap<_, _> = concerned
            .iter()
            .filter(|them| !them.is_empty())
            .map(|them| (Arc::as_ptr(them).addr(), them))
            .collect();
        if concerned.is_empty() {
            return;
        }
        for desk in &self.desks {
            let by_address = concerned
                .iter()
                .map(|(&address, &them)| (address, Arc::clone(them)));
            let mut waiting = desk.lock();
            waiting.concerned.extend(by_address);
            waiting.entries += entries;
            desk.called.notify_one();
        }
    }

    /// Waits, not for long, until no crier is far behind. Otherwise changes that come faster than they are told leave the
    /// criers no core, and subscribers skip steps.
    pub fn keep_pace(&self) {
        let end = Instant::now() + PATIENCE;
        self.desks.iter().for_each(|desk| desk.keep_pace(end));
    }

    /// Tells what waits, in threads, until the criers are closed.
    pub fn start(&self, runtime: Option<&Handle>) -> std::io::Result<()> {
        let count = self.desks.len();
        for (number, desk) in self.desks.iter().enumerate() {
            let (desk, runtime) = (Arc::clone(desk), runtime.cloned());
            let thread = thread::Builder::new()
                .name("crier".to_owned())
                .spawn(move || {
                    let _runtime = runtime.as_ref().map(Handle::enter);
                    while desk.tell_next(number, count) {}
                })?;
            self.threads().push(thread);
        }
        Ok(())
    }

    /// Tells what waits, where no threads do.
    pub fn tell_waiting(&self) {
        for (number, desk) in self.desks.iter().enumerate() {
            let concerned = desk.lock().take();
            tell(&concerned, number, self.desks.len());
        }
    }

    /// Tells what waits, and ends.
    pub fn close(&self) {
        for desk in &self.desks {
            desk.lock().closed = true;
            desk.called.notify_one();
        }
        let own = thread::current().id();
        for thread in std::mem::take(&mut *self.threads()) {
            // A crier may be the last that holds a connection, and with it the gateway.
            if thread.thread().id() != own {
                let _panicked = thread.join();
            }
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Waits for the next turn and takes it; `false` when there is none to come.
    fn tell_next(&self, number: usize, count: usize) -> bool {
        let mut waiting = self
            .called
            .wait_while(self.lock(), |waiting| {
                waiting.concerned.is_empty() && !waiting.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        let concerned = waiting.take();
        drop(waiting);
        self.taken.notify_one();
        tell(&concerned, number, count);
        !concerned.is_empty()
    }

    fn keep_pace(&self, end: Instant) {
        let patience = end.saturating_duration_since(Instant::now());
        let _in_time = self
            .taken
            .wait_timeout_while(self.lock(), patience, |waiting| waiting.is_behind());
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> BTreeMap<usize, Arc<Listeners>> {
        self.entries = 0;
        std::mem::take(&mut self.concerned)
    }

    fn is_behind(&self) -> bool {
        self.entries > MOST_WAITING && !self.closed
    }
}

/// One turn of one of `count` criers.
fn tell(concerned: &BTreeMap<usize, Arc<Listeners>>, number: usize, count: usize) {
    let mut turn = Turn::default();
    for listeners in concerned.values() {
        for listener in listeners.share(number, count) {
            listener.hear(&mut turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Listener for Count {
        fn hear(&self, _: &mut Turn) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Says that it is being told, and goes on when it may.
    struct Slow {
        told: SyncSender<()>,
        goes_on: Mutex<Receiver<()>>,
    }

    impl Listener for Slow {
        fn hear(&self, _: &mut Turn) {
            self.told.send(()).expect("the test waits");
            let goes_on = self.goes_on.lock().expect("nobody panics");
            goes_on.recv().expect("the test lets it go on");
        }
    }

    #[test]
    fn who_commits_can_wait_until_no_crier_is_far_behind() {
        let criers = Criers::new(1);
        criers.start(None).expect("there is room for threads");
        let (told, telling) = sync_channel(0);
        let (go_on, goes_on) = sync_channel(0);
        let slow = Arc::new(Slow {
            told,
            goes_on: Mutex::new(goes_on),
        });
        let list: Arc<Listeners> = Arc::default();
        let listener: Weak<Slow> = Arc::downgrade(&slow);
        let _listening = list.listen(listener);

        criers.announce(1, &[Arc::clone(&list)]);
        telling.recv().expect("it is told");
        let is_behind = || {
            criers.keep_pace();
            criers.desks[0].lock().is_behind()
        };
        criers.announce(MOST_WAITING, &[Arc::clone(&list)]);
        assert!(!is_behind(), "as many may wait");
        criers.announce(1, &[Arc::clone(&list)]);
        assert!(is_behind(), "the crier is busy");
        go_on.send(()).expect("it waits");
        telling.recv().expect("it is told of what waited");
        assert!(!is_behind(), "nothing waits");
        go_on.send(()).expect("it waits");
        criers.close();
    }

    #[test]
    fn everybody_is_told_by_one_crier_as_long_as_they_listen() {
        let criers = Criers::new(3);
        criers.start(None).expect("there is room for threads");
        let lists: [Arc<Listeners>; 2] = Default::default();
        let counts: Vec<Arc<Count>> = (0..100).map(|_| Arc::default()).collect();
        let listen = |count: &Arc<Count>| {
            let listener: Weak<Count> = Arc::downgrade(count);
            lists[0].listen(listener)
        };
        let mut listening: Vec<_> = counts.iter().map(listen).collect();
        listening.truncate(90);
        criers.announce(1, &[Arc::clone(&lists[0]), Arc::clone(&lists[0])]);
        criers.announce(1, &[Arc::clone(&lists[1])]);
        criers.close();
        let told = counts.iter().map(|count| count.0.load(Ordering::Relaxed));
        assert_eq!(told.clone().take(90).sum::<usize>(), 90);
        assert!(told.clone().take(90).all(|times| times == 1));
        assert_eq!(told.skip(90).sum::<usize>(), 0);
    }
}
