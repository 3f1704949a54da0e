//! The sessions of a gateway: read from memory, changed only by [`Sessions::commit`].

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use sessionwire_listing::{Order, View};
use sessionwire_protocol::ErrorBody;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::committer::{Committer, Pending, Proposal, Shared};
use crate::crier::{Criers, Listener, Listening};
use crate::journal::{Journal, Retention};
use crate::metrics::Metrics;
use crate::state::{Catalog, State};
use crate::store::{Loaded, Store, StoreError};
use crate::tombstones::Tombstones;
use crate::transaction::Transaction;
use crate::views::{Draft, LiveView, Sight, Views};

/// Handle to the sessions.
pub struct Sessions {
    shared: Arc<Shared>,
    proposals: RwLock<Option<Sender<Box<dyn Proposal>>>>,
    committer: Mutex<Option<JoinHandle<()>>>,
}

impl Sessions {
    /// Loads what the store holds. Nothing is committed before the committer works, in a thread of its own
    /// ([`Self::start`]) or by hand. `leap` is how many offsets are [left out](Journal::leap) before the next entry.
    pub fn load(
        mut store: Box<dyn Store>,
        retention: Retention,
        metrics: Arc<Metrics>,
        clock: Clock,
        leap: u32,
    ) -> Result<(Self, Committer), StoreError> {
        let Loaded {
            epoch,
            tail,
            journal: entries,
            sessions,
            groups,
            gone,
            devices,
        } = store.load(retention.entries)?;
        let mut journal = Journal::new(epoch, tail, retention);
        for entry in entries {
            journal.push(Arc::new(entry));
        }
        journal.leap(leap);
        let head = journal.head();
        let mut tombstones = Tombstones::new(retention);
        for drain in &gone {
            tombstones.bury(drain);
        }
        let mut state = State::new(sessions, groups, journal, tombstones);
        let devices = devices.into_iter();
        state.apply_devices(
            devices
                .map(|device| (device.id.clone(), Some(Arc::new(device))))
                .collect(),
        );
        let writable = store.probe().is_ok();
        let shared = Arc::new(Shared {
            state: RwLock::new(state),
            views: Views::default(),
            listeners: Arc::default(),
            criers: Criers::default(),
            head: watch::Sender::new(head),
            writable: AtomicBool::new(writable),
            devices: watch::Sender::new(0),
            ordering: Mutex::new(()),
        });
        let (proposals, waiting) = mpsc::channel();
        let sessions = Self {
            shared: Arc::clone(&shared),
            proposals: RwLock::new(Some(proposals)),
            committer: Mutex::new(None),
        };
        Ok((
            sessions,
            Committer::new(shared, store, waiting, metrics, clock),
        ))
    }

    /// Commits and tells in threads until the sessions are closed or dropped.
    pub fn start(&self, committer: Committer) -> Result<(), StoreError> {
        let no_thread = |error| StoreError::File {
            path: "commit thread".to_owned(),
            error,
        };
        // What is done with an answer may need it.
        let runtime = Handle::try_current().ok();
        let criers = &self.shared.criers;
        criers.start(runtime.as_ref()).map_err(no_thread)?;
        let thread = thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || {
                let _runtime = runtime.as_ref().map(Handle::enter);
                committer.run();
            })
            .map_err(no_thread)?;
        *self
            .committer
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(())
    }

    /// The sessions as they are; holding this keeps commits waiting.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.shared
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The sessions as they are now, with an order of them at hand. Whoever looks at them keeps nobody waiting.
    pub fn catalog(&self, order: Order) -> Catalog {
        self.make_ready(order);
        self.read().catalog().clone()
    }

    /// Sees to it that an order is at hand: it is made of a copy, then of a newer one, which takes less, and taken over.
    pub fn make_ready(&self, order: Order) {
        let is_ready = || self.read().catalog().has(order);
        if is_ready() {
            return;
        }
        let alone = self.shared.ordering.lock();
        let _alone = alone.unwrap_or_else(PoisonError::into_inner);
        if is_ready() {
            return;
        }
        let copy = self.read().catalog().clone();
        copy.make(order);
        let mut newer = self.read().catalog().clone();
        newer.take_order(order, &copy);
        let mut state = self
            .shared
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        state.take_order(order, &newer);
    }

    /// The sessions as they are, and a live list of what a view shows of them.
    pub fn open(&self, view: &View) -> (RwLockReadGuard<'_, State>, Arc<LiveView>) {
        // So often changes may take another look at all sessions until one is taken while they wait.
        const TRIES: usize = 8;
        let views = self.views();
        let mut tries = 0..TRIES;
        loop {
            if let Some(live) = views.find(view) {
                return (self.read(), live);
            }
            self.make_ready(view.order);
            let state = self.read();
            let sight = Sight::of(&state, view);
            let waiting = tries.next().is_none().then_some(state);
            let draft = Draft::new(view.clone(), &sight);
            let state = waiting.unwrap_or_else(|| self.read());
            if let Some(live) = views.open(draft, &state) {
                return (state, live);
            }
        }
    }

    /// The live lists that follow them.
    pub fn views(&self) -> &Views {
        &self.shared.views
    }

    /// The offset of the newest entry, and a way to wait for the next.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.shared.head.subscribe()
    }

    /// Lets somebody be told of every entry of the journal.
    pub fn listen(&self, listener: Weak<dyn Listener>) -> Listening {
        self.shared.listeners.listen(listener)
    }

    /// Who tells what was committed.
    pub fn criers(&self) -> &Criers {
        &self.shared.criers
    }

    /// A way to wait for the next change of a paired device.
    pub fn devices_changed(&self) -> watch::Receiver<u64> {
        self.shared.devices.subscribe()
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
            // A committer that is gone drops the proposal, and with it the reply that is awaited.
            let _gone = proposals.send(Box::new(Pending::new(decide, reply)));
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
        // Who answers may be the last that holds a connection, and with it these.
        let own = thread::current().id();
        if let Some(committer) = committer.filter(|thread| thread.thread().id() != own) {
            let _panicked = committer.join();
        }
        self.shared.criers.close();
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
