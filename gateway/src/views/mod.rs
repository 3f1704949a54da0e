//! The live lists that somebody subscribes to, each kept once for all its subscribers.

mod draft;
mod index;
mod live;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sessionwire_listing::View;

use crate::journal::Entry;
use crate::state::State;

use index::Index;

pub use draft::{Draft, Sight};
pub use live::{LiveView, Step, Told};

/// All live lists. One that nobody holds any longer is forgotten.
#[derive(Debug, Default)]
pub struct Views {
    registry: Mutex<Registry>,
}

#[derive(Debug, Default)]
struct Registry {
    opened: u64,
    live: HashMap<View, Weak<LiveView>>,
    index: Index,
}

impl Views {
    /// The live list of what a view shows, where there is one.
    pub fn find(&self, view: &View) -> Option<Arc<LiveView>> {
        self.lock().live.get(view).and_then(Weak::upgrade)
    }

    /// The live list that a draft becomes, unless it takes another look at all sessions to know what it shows now.
    /// `state` must stay as it is until this returns.
    pub fn open(&self, mut draft: Draft, state: &State) -> Option<Arc<LiveView>> {
        let mut registry = self.lock();
        let view = draft.view.clone();
        if let Some(live) = registry.live.get(&view).and_then(Weak::upgrade) {
            return Some(live);
        }
        if !draft.catch_up(state) {
            return None;
        }
        registry.opened += 1;
        let live = Arc::new(LiveView::new(registry.opened, draft));
        registry.live.retain(|_, live| live.strong_count() > 0);
        registry.live.insert(view, Arc::downgrade(&live));
        registry.index.insert(&live);
        Some(live)
    }

    /// Takes in the entry that led to `state`; returns the lists in which something happened.
    pub fn apply(&self, entry: &Arc<Entry>, state: &State) -> Vec<Arc<LiveView>> {
        let mut candidates = self.lock().index.concerned(entry);
        candidates.retain(|live| live.apply(entry, state));
        candidates
    }

    /// How many different lists are kept.
    pub fn len(&self) -> usize {
        let registry = self.lock();
        let live = registry.live.values();
        live.filter(|live| live.strong_count() > 0).count()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
