use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::Turn;

/// Somebody who is told when something happens.
pub trait Listener: Send + Sync {
    /// Something has happened. The listener takes it in at once or sees to it that it is taken in later; it keeps
    /// nobody waiting.
    fn hear(&self, turn: &mut Turn);
}

/// Who has a task of their own for everything is only woken.
impl Listener for Notify {
    fn hear(&self, _: &mut Turn) {
        self.notify_one();
    }
}

/// Those who listen to the same thing.
#[derive(Debug, Default)]
pub struct Listeners {
    registry: Mutex<Registry>,
}

#[derive(Debug, Default)]
struct Registry {
    next: u64,
    listeners: BTreeMap<u64, Weak<dyn Listener>>,
}

/// Somebody listens until this is dropped.
#[derive(Debug)]
pub struct Listening {
    number: u64,
    listeners: Arc<Listeners>,
}

impl Listeners {
    /// Lets somebody listen. What happened before is not told.
    pub fn listen(self: &Arc<Self>, listener: Weak<dyn Listener>) -> Listening {
        let mut registry = self.lock();
        let number = registry.next;
        registry.next += 1;
        registry.listeners.insert(number, listener);
        Listening {
            number,
            listeners: Arc::clone(self),
        }
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.lock().listeners.is_empty()
    }

    /// The share of one of `count` criers, which is the same wherever a listener listens.
    pub(super) fn share(&self, number: usize, count: usize) -> Vec<Arc<dyn Listener>> {
        let registry = self.lock();
        let listeners = registry.listeners.values();
        listeners
            .filter(|listener| crier_of(listener, count) == number)
            .filter_map(Weak::upgrade)
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.listeners.lock().listeners.remove(&self.number);
    }
}

/// Addresses have much in common, so they are mixed first.
fn crier_of(listener: &Weak<dyn Listener>, count: usize) -> usize {
    const GOLDEN_RATIO: u64 = 0x9e37_79b9_7f4a_7c15;
    let address = listener.as_ptr().cast::<()>().addr() as u64;
    (address.wrapping_mul(GOLDEN_RATIO) >> 32) as usize % count
}
