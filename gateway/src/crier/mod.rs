//! Who tells all whom a commit concerns: a few threads that write to their sockets, one after the other.
//!
//! A task for each connection that is woken, looks what there is to tell, puts it into words and writes it costs more
//! than the writing. So a crier goes to the listeners itself. In one [`Turn`] it tells all that was committed since
//! the last one, and what it has put into words for one listener it tells to all others that stand in the same
//! place. It never waits: whoever cannot be told at once is left to their own task ([`Listener::hear`]).

mod listeners;
mod turn;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

pub use listeners::{Listener, Listeners, Listening};
pub use turn::{Standing, Telling, Text, Turn};

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
}

#[derive(Debug, Default)]
struct Waiting {
    /// By address, so that each is there once however much happens.
    concerned: BTreeMap<usize, Arc<Listeners>>,
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

    /// Something has happened that concerns these listeners; they are told soon.
    pub fn announce(&self, concerned: &[Arc<Listeners>]) {
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
            desk.lock().concerned.extend(by_address);
            desk.called.notify_one();
        }
    }

    /// Tells what waits, in threads, until the criers are closed.
    pub fn start(&self) -> std::io::Result<()> {
        let count = self.desks.len();
        for (number, desk) in self.desks.iter().enumerate() {
            let desk = Arc::clone(desk);
            let thread = thread::Builder::new()
                .name("crier".to_owned())
                .spawn(move || while desk.tell_next(number, count) {})?;
            self.threads().push(thread);
        }
        Ok(())
    }

    /// Tells what waits, where no threads do.
    pub fn tell_waiting(&self) {
        for (number, desk) in self.desks.iter().enumerate() {
            let concerned = std::mem::take(&mut desk.lock().concerned);
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
        let concerned = std::mem::take(&mut waiting.concerned);
        drop(waiting);
        tell(&concerned, number, count);
        !concerned.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Listener for Count {
        fn hear(&self, _: &mut Turn) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn everybody_is_told_by_one_crier_as_long_as_they_listen() {
        let criers = Criers::new(3);
        criers.start().expect("there is room for threads");
        let lists: [Arc<Listeners>; 2] = Default::default();
        let counts: Vec<Arc<Count>> = (0..100).map(|_| Arc::default()).collect();
        let listen = |count: &Arc<Count>| {
            let listener: Weak<Count> = Arc::downgrade(count);
            lists[0].listen(listener)
        };
        let mut listening: Vec<_> = counts.iter().map(listen).collect();
        listening.truncate(90);
        criers.announce(&[Arc::clone(&lists[0]), Arc::clone(&lists[0])]);
        criers.announce(&[Arc::clone(&lists[1])]);
        criers.close();
        let told = counts.iter().map(|count| count.0.load(Ordering::Relaxed));
        assert_eq!(told.clone().take(90).sum::<usize>(), 90);
        assert!(told.clone().take(90).all(|times| times == 1));
        assert_eq!(told.skip(90).sum::<usize>(), 0);
    }
}
