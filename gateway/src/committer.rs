//! How changes become durable, then visible, then known: in batches, one after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use sessionwire_protocol::{ErrorBody, ErrorCode, Millis};
use tokio::sync::{oneshot, watch};

use crate::answers;
use crate::clock::Clock;
use crate::crier::{Criers, Listeners};
use crate::device::DeviceChanges;
use crate::journal::Entry;
use crate::metrics::Metrics;
use crate::state::State;
use crate::store::{Store, StoreError};
use crate::transaction::{Overlay, Transaction};
use crate::views::Views;

/// How many waiting changes one write to the store takes along.
const BATCH: usize = 256;

/// A change that waits for its turn.
pub(crate) trait Proposal: Send {
    fn decide(&mut self, transaction: &mut Transaction<'_>) -> bool;
    fn settle(self: Box<Self>, stored: Result<(), ErrorBody>);
}

/// A change whose caller waits for the outcome.
pub(crate) struct Pending<T, F> {
    decide: Option<F>,
    outcome: Option<Result<T, ErrorBody>>,
    reply: oneshot::Sender<Result<T, ErrorBody>>,
}

impl<T, F> Pending<T, F> {
    pub(crate) fn new(decide: F, reply: oneshot::Sender<Result<T, ErrorBody>>) -> Self {
        Self {
            decide: Some(decide),
            outcome: None,
            reply,
        }
    }
}

impl<T: Send, F: FnOnce(&mut Transaction<'_>) -> Result<T, ErrorBody> + Send> Proposal
    for Pending<T, F>
{
    fn decide(&mut self, transaction: &mut Transaction<'_>) -> bool {
        // Whatever a change that panics has staged goes with its transaction, so nothing half done is seen.
        self.outcome = self.decide.take().map(|decide| {
            catch_unwind(AssertUnwindSafe(|| decide(transaction))).unwrap_or_else(|_| {
                let sentence = "the gateway failed to decide on this change";
                Err(ErrorBody::new(ErrorCode::Unavailable, sentence))
            })
        });
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

/// What those who read and the one who commits share.
pub(crate) struct Shared {
    pub(crate) state: RwLock<State>,
    pub(crate) views: Views,
    /// Who is told of every entry.
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) criers: Criers,
    pub(crate) head: watch::Sender<u64>,
    pub(crate) writable: AtomicBool,
    pub(crate) devices: watch::Sender<u64>,
    /// Held by the one who makes an order of the sessions.
    pub(crate) ordering: Mutex<()>,
}

/// The only one who commits.
pub struct Committer {
    shared: Arc<Shared>,
    store: Box<dyn Store>,
    waiting: Receiver<Box<dyn Proposal>>,
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl Committer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        store: Box<dyn Store>,
        waiting: Receiver<Box<dyn Proposal>>,
        metrics: Arc<Metrics>,
        clock: Clock,
    ) -> Self {
        Self {
            shared,
            store,
            waiting,
            metrics,
            clock,
        }
    }

    /// Commits whatever comes, until nothing can come any more.
    pub fn run(mut self) {
        while let Ok(first) = self.waiting.recv() {
            self.shared.criers.keep_pace();
            self.commit_with(first);
        }
    }

    /// Commits one batch of what waits; `false` when nothing does.
    pub fn commit_waiting(&mut self) -> bool {
        let first = self.waiting.try_recv();
        first.map(|first| self.commit_with(first)).is_ok()
    }

    fn commit_with(&mut self, first: Box<dyn Proposal>) {
        let mut batch = vec![first];
        batch.extend(self.waiting.try_iter().take(BATCH - 1));
        self.commit(batch);
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Proposal>>) {
        let started = Instant::now();
        let (entries, devices) = self.decide(&mut batch, self.clock.now());
        let stored = self
            .write(&entries, &devices)
            .map_err(|error| error.to_wire());
        let changed_devices = stored.is_ok() && !devices.is_empty();
        if changed_devices {
            self.change_devices(devices);
        }
        if stored.is_ok() && !entries.is_empty() {
            // First, so that who was told of a change finds it counted.
            self.metrics.committed(&entries, started.elapsed());
            self.announce(&entries);
        }
        answers::settle(|| {
            for proposal in batch {
                proposal.settle(stored.clone());
            }
        });
        if changed_devices {
            // Last: who ends its own connection is answered before.
            self.shared.devices.send_modify(|version| *version += 1);
        }
    }

    fn decide(
        &mut self,
        batch: &mut [Box<dyn Proposal>],
        now: Millis,
    ) -> (Vec<Arc<Entry>>, DeviceChanges) {
        let state = self
            .shared
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut offset = state.journal().next();
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
                entries.push(Arc::new(Entry::new(offset, now, change)));
                offset += 1;
            }
        }
        (entries, staged.into_devices())
    }

    /// After a failure the next transaction tries whether the store takes writes again, even if it has none.
    fn write(&mut self, entries: &[Arc<Entry>], devices: &DeviceChanges) -> Result<(), StoreError> {
        let writable = self.shared.writable.load(Ordering::Relaxed);
        let stored = match (entries, devices.is_empty()) {
            ([], true) if writable => return Ok(()),
            ([], true) => self.store.probe(),
            _ => self.store.commit(entries, devices, self.forgotten()),
        };
        self.shared
            .writable
            .store(stored.is_ok(), Ordering::Relaxed);
        if stored.is_err() {
            self.metrics.store_failed();
        }
        stored
    }

    fn change_devices(&self, changes: DeviceChanges) {
        let mut state = self
            .shared
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        state.apply_devices(changes);
    }

    /// What the journal in memory has forgotten by now.
    fn forgotten(&self) -> u64 {
        let state = self
            .shared
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        state.journal().tail()
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
        let mut concerned = vec![Arc::clone(&self.shared.listeners)];
        for entry in entries {
            state.apply(Arc::clone(entry));
            for live in self.shared.views.apply(entry, &state) {
                concerned.push(Arc::clone(live.listeners()));
            }
        }
        drop(state);
        self.shared.head.send_replace(newest);
        self.shared.criers.announce(entries.len(), &concerned);
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_protocol::{ChangeReason, SessionKey};

    use super::*;
    use crate::journal::Retention;
    use crate::sessions::Sessions;
    use crate::store;

    #[tokio::test]
    async fn a_change_that_panics_ends_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let opened = store::open_sqlite(folder.path(), 10).expect("the store opens");
        let retention = Retention {
            entries: 10,
            age: 1_000,
        };
        let loaded = Sessions::load(opened.store, retention, Arc::default(), Clock::system(), 0);
        let (sessions, committer) = loaded.expect("it is empty");
        sessions.start(committer).expect("a thread");
        let create = |key: &'static str| {
            move |transaction: &mut Transaction<'_>| {
                transaction.update(&SessionKey::from(key), ChangeReason::CREATE, |_| {});
                Ok(())
            }
        };
        let before = sessions.commit(create("before"));
        let panicking = sessions.commit(move |transaction| -> Result<(), ErrorBody> {
            create("half done")(transaction)?;
            panic!("a planted panic")
        });
        let after = sessions.commit(create("after"));
        assert_eq!(before.await, Ok(()));
        let error = panicking.await.expect_err("it is not decided");
        assert_eq!(
            (error.code, error.retryable),
            (ErrorCode::Unavailable, None)
        );
        assert_eq!(after.await, Ok(()));
        let state = sessions.read();
        let mut keys: Vec<_> = state
            .catalog()
            .iter()
            .map(|session| session.key.as_str())
            .collect();
        keys.sort_unstable();
        assert_eq!(keys, ["after", "before"]);
    }
}
