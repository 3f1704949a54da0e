//! The sessions of a gateway: read from memory, changed only by [`Sessions::commit`].

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Instant;

use sessionwire_protocol::{ErrorBody, Millis};
use tokio::sync::{oneshot, watch};

use crate::clock;
use crate::journal::{Entry, Journal};
use crate::metrics::Metrics;
use crate::state::State;
use crate::store::{Loaded, Store, StoreError};
use crate::transaction::{Overlay, Transaction};

/// How many waiting changes one write to the store takes along.
const BATCH: usize = 256;

/// Handle to the sessions. The thread that commits ends when it is closed or dropped.
pub struct Sessions {
    shared: Arc<Shared>,
    proposals: RwLock<Option<Sender<Box<dyn Proposal>>>>,
    committer: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    state: RwLock<State>,
    head: watch::Sender<u64>,
    writable: AtomicBool,
}

impl Sessions {
    /// Loads what the store holds.
    pub fn load(
        mut store: Box<dyn Store>,
        journal_capacity: usize,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let Loaded {
            epoch,
            head,
            journal: entries,
            sessions,
            groups,
        } = store.load(journal_capacity)?;
        let oldest = entries.first().map_or(head, |entry| entry.offset - 1);
        let mut journal = Journal::new(epoch, oldest, journal_capacity);
        for entry in entries {
            journal.push(Arc::new(entry));
        }
        let shared = Arc::new(Shared {
            state: RwLock::new(State::new(sessions, groups, journal)),
            head: watch::Sender::new(head),
            writable: AtomicBool::new(true),
        });
        let (proposals, waiting) = mpsc::channel();
        let committer = Committer {
            shared: Arc::clone(&shared),
            store,
            waiting,
            metrics,
        };
        let thread = std::thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || committer.run())
            .map_err(|error| StoreError::File {
                path: "commit thread".to_owned(),
                error,
            })?;
        Ok(Self {
            shared,
            proposals: RwLock::new(Some(proposals)),
            committer: Mutex::new(Some(thread)),
        })
    }

    /// The sessions as they are; holding this keeps commits waiting.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.shared
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The offset of the newest entry, and a way to wait for the next.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.shared.head.subscribe()
    }

    /// Whether the store took the last write.
    pub fn is_writable(&self) -> bool {
        self.shared.writable.load(Ordering::Relaxed)
    }

    /// Changes sessions: `decide` stages changes in a transaction, which becomes durable, then visible,
    /// then known to subscribers, before the future yields what `decide` returned.
    ///
    /// The order of calls is the order of commits, also when the futures are polled in another.
    /// An error of `decide`, or of the store (`UNAVAILABLE`), leaves everything as it was.
    pub fn commit<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&mut Transaction<'_>) -> Result<T, ErrorBody> + Send + 'static,
    ) -> Committing<T> {
        let (reply, outcome) = oneshot::channel();
        let proposals = self
            .proposals
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(proposals) = proposals.as_ref() {
            let proposal = Pending {
                decide: Some(decide),
                outcome: None,
                reply,
            };
            // A committer that is gone drops the proposal, and with it the reply that is awaited.
            let _gone = proposals.send(Box::new(proposal));
        }
        Committing(outcome)
    }

    /// Commits what waits, then lets go of the store. Later changes are answered with `UNAVAILABLE`.
    pub fn close(&self) {
        *self
            .proposals
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
        let committer = self
            .committer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(committer) = committer {
            let _panicked = committer.join();
        }
    }
}

/// A change on its way to the store. Dropping it takes nothing back.
#[must_use = "only the outcome tells whether the change was made"]
pub struct Committing<T>(oneshot::Receiver<Result<T, ErrorBody>>);

impl<T> Future for Committing<T> {
    type Output = Result<T, ErrorBody>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let gone = || Err(ErrorBody::unavailable("the gateway is shutting down"));
        Pin::new(&mut self.0)
            .poll(context)
            .map(|outcome| outcome.unwrap_or_else(|_| gone()))
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        self.close();
    }
}

/// A change that waits for its turn.
trait Proposal: Send {
    fn decide(&mut self, transaction: &mut Transaction<'_>) -> bool;
    fn settle(self: Box<Self>, stored: Result<(), ErrorBody>);
}

struct Pending<T, F> {
    decide: Option<F>,
    outcome: Option<Result<T, ErrorBody>>,
    reply: oneshot::Sender<Result<T, ErrorBody>>,
}

impl<T: Send, F: FnOnce(&mut Transaction<'_>) -> Result<T, ErrorBody> + Send> Proposal
    for Pending<T, F>
{
    fn decide(&mut self, transaction: &mut Transaction<'_>) -> bool {
        self.outcome = self.decide.take().map(|decide| decide(transaction));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn settle(self: Box<Self>, stored: Result<(), ErrorBody>) {
        let outcome = match (self.outcome, stored) {
            (Some(Ok(_)), Err(error)) => Err(error),
            (Some(outcome), _) => outcome,
            (None, _) => return,
        };
        // Whoever asked may be gone by now; the change stands all the same.
        let _gone = self.reply.send(outcome);
    }
}

struct Committer {
    shared: Arc<Shared>,
    store: Box<dyn Store>,
    waiting: Receiver<Box<dyn Proposal>>,
    metrics: Arc<Metrics>,
}

impl Committer {
    fn run(mut self) {
        while let Ok(first) = self.waiting.recv() {
            let mut batch = vec![first];
            batch.extend(self.waiting.try_iter().take(BATCH - 1));
            self.commit(batch);
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Proposal>>) {
        let started = Instant::now();
        let entries = self.decide(&mut batch, clock::now());
        let stored = self.write(&entries).map_err(|error| error.to_wire());
        if stored.is_ok() && !entries.is_empty() {
            self.announce(&entries);
            self.metrics.committed(&entries, started.elapsed());
        }
        for proposal in batch {
            proposal.settle(stored.clone());
        }
    }

    fn decide(&mut self, batch: &mut [Box<dyn Proposal>], now: Millis) -> Vec<Arc<Entry>> {
        let state = self
            .shared
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut offset = state.journal().head();
        let mut staged = Overlay::default();
        let mut entries = Vec::new();
        for proposal in batch {
            let mut transaction = Transaction::new(&state, &staged, self.store.as_mut(), now);
            if !proposal.decide(&mut transaction) {
                continue;
            }
            let (overlay, changes) = transaction.finish();
            staged.merge(overlay);
            for change in changes {
                offset += 1;
                entries.push(Arc::new(Entry::new(offset, now, change)));
            }
        }
        entries
    }

    /// After a failure the next transaction tries whether the store takes writes again, even if it has none.
    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), StoreError> {
        let writable = self.shared.writable.load(Ordering::Relaxed);
        let stored = match entries {
            [] if writable => return Ok(()),
            [] => self.store.probe(),
            entries => self.store.commit(entries),
        };
        self.shared
            .writable
            .store(stored.is_ok(), Ordering::Relaxed);
        if stored.is_err() {
            self.metrics.store_failed();
        }
        stored
    }

    fn announce(&self, entries: &[Arc<Entry>]) {
        let Some(newest) = entries.last().map(|entry| entry.offset) else {
            return;
        };
        let mut state = self
            .shared
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            state.apply(Arc::clone(entry));
        }
        drop(state);
        self.shared.head.send_replace(newest);
    }
}
