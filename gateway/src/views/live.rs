use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sessionwire_listing::{Beyond, Rank, View, Window};
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{Millis, SessionKey};

use super::draft::Draft;
use crate::change::Change;
use crate::crier::Listeners;
use crate::journal::Entry;
use crate::payload::{self, Payload};
use crate::session::Session;
use crate::state::State;

/// One live list: what it shows now, and the steps that led there.
#[derive(Debug)]
pub struct LiveView {
    number: u64,
    view: View,
    kept: Mutex<Kept>,
    listeners: Arc<Listeners>,
}

#[derive(Debug)]
pub(super) struct Kept {
    /// The rows, where there is a limit to them.
    pub(super) window: Option<Window<Arc<Session>>>,
    pub(super) steps: VecDeque<Step>,
    /// The steps reach back to this offset.
    pub(super) since: u64,
}

/// What one entry of the journal did to a list; there are none of the entries that did nothing.
#[derive(Debug)]
pub struct Step {
    /// The entry's place.
    pub offset: u64,
    /// What subscribers are told, in order and as a whole.
    pub told: Vec<Told>,
}

/// One thing that subscribers are told.
#[derive(Debug)]
pub enum Told {
    /// The entry itself.
    Entry(Arc<Entry>),
    /// Another session left the list, or came into it, because of the entry.
    Other(Payload),
}

impl Told {
    /// As on the wire.
    pub fn payload(&self) -> &Payload {
        match self {
            Self::Entry(entry) => entry.lean(),
            Self::Other(payload) => payload,
        }
    }

    /// Whether a later row of the same generation follows up to this offset.
    pub fn is_superseded_by(&self, offset: u64) -> bool {
        match self {
            Self::Entry(entry) => entry.is_superseded_by(offset),
            Self::Other(_) => false,
        }
    }
}

impl LiveView {
    /// The list that a draft has become.
    pub(super) fn new(number: u64, draft: Draft) -> Self {
        Self {
            number,
            view: draft.view,
            kept: Mutex::new(draft.kept),
            listeners: Arc::default(),
        }
    }

    /// No other list has it, nor has the list of all sessions, which is 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What it shows.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The rows that it shows, in order, where there is a limit to them.
    pub fn shown(&self) -> Option<Vec<Arc<Session>>> {
        let kept = self.lock();
        let window = kept.window.as_ref()?;
        Some(window.shown().cloned().collect())
    }

    /// Calls with every step after an offset, oldest first, until told to stop; `false` where the steps do not reach
    /// back to it.
    pub fn steps_since(&self, offset: u64, mut look: impl FnMut(&Step) -> bool) -> bool {
        let kept = self.lock();
        if offset < kept.since {
            return false;
        }
        let first = kept.steps.partition_point(|step| step.offset <= offset);
        kept.steps.range(first..).all(&mut look);
        true
    }

    /// How many steps there are after an offset; `None` where they do not reach back to it.
    pub fn count_since(&self, offset: u64) -> Option<usize> {
        let kept = self.lock();
        let first = kept.steps.partition_point(|step| step.offset <= offset);
        (offset >= kept.since).then(|| kept.steps.len() - first)
    }

    /// Whether rows can be left out that later ones supersede: each step concerns one session only.
    pub fn can_coalesce(&self) -> bool {
        self.view.limit.is_none()
    }

    /// Takes in the entry that led to `state`; `false` when nothing happened to the list.
    pub(super) fn apply(&self, entry: &Arc<Entry>, state: &State) -> bool {
        let mut kept = self.lock();
        let view = &self.view;
        let beyond: Beyond<'_, _> = &mut |from, count| state.catalog().listed(view, from, count);
        let told = match &mut kept.window {
            Some(window) => limited(view, window, entry, beyond),
            None => unlimited(&self.view, entry),
        };
        let step = step(entry, told);
        let happened = step.is_some();
        kept.steps.extend(step);
        self.forget(&mut kept, state.journal().tail());
        happened
    }

    /// Who is told when something happens to it.
    pub fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }

    /// Steps that the journal has forgotten go; of a window also those that take more to tell than its rows do.
    fn forget(&self, kept: &mut Kept, tail: u64) {
        let most = self
            .view
            .limit
            .map_or(usize::MAX, |limit| limit.saturating_mul(4).max(64));
        while let Some(oldest) = kept.steps.front()
            && (kept.steps.len() > most || oldest.offset <= tail)
        {
            kept.since = oldest.offset;
            kept.steps.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn step(entry: &Arc<Entry>, told: Vec<Told>) -> Option<Step> {
    let offset = entry.offset;
    (!told.is_empty()).then_some(Step { offset, told })
}

/// What an entry means for a list without a limit. Entries of an earlier life of the gateway do not know what they
/// replaced; a subscriber who does not hold a row takes no notice that it left.
pub(super) fn unlimited(view: &View, entry: &Arc<Entry>) -> Vec<Told> {
    let was_shown = entry
        .replaced_if_known()
        .is_none_or(|before| before.is_some_and(|session| view.rank(session.as_ref()).is_some()));
    match &entry.change {
        Change::Upserted { session, .. } if view.rank(session.as_ref()).is_some() => {
            vec![Told::Entry(Arc::clone(entry))]
        }
        Change::Upserted { session, .. } if was_shown => vec![left(&session.key, entry.at)],
        Change::Evicted { .. } if was_shown => vec![Told::Entry(Arc::clone(entry))],
        Change::Upserted { .. }
        | Change::Evicted { .. }
        | Change::Message { .. }
        | Change::Chat { .. }
        | Change::Groups { .. } => Vec::new(),
    }
}

/// What an entry does to a window.
pub(super) fn limited(
    view: &View,
    window: &mut Window<Arc<Session>>,
    entry: &Arc<Entry>,
    beyond: Beyond<'_, Arc<Session>>,
) -> Vec<Told> {
    let rank = |session: &Arc<Session>| view.rank(session.as_ref());
    let before = entry.replaced().and_then(rank);
    let after: Option<(Rank, Arc<Session>)> = match &entry.change {
        Change::Upserted { session, .. } => rank(session).map(|rank| (rank, Arc::clone(session))),
        Change::Evicted { drain } if lives_on(drain) => {
            let is_shown = before.is_some_and(|rank| window.shows(&rank));
            return Vec::from_iter(is_shown.then(|| Told::Entry(Arc::clone(entry))));
        }
        Change::Evicted { .. } => None,
        Change::Message { .. } | Change::Chat { .. } | Change::Groups { .. } => return Vec::new(),
    };
    let shift = window.apply(before.as_ref(), after, beyond);
    let itself = match (&entry.change, shift.was_shown, shift.is_shown) {
        (_, _, true) | (Change::Evicted { .. }, true, false) => {
            Some(Told::Entry(Arc::clone(entry)))
        }
        (Change::Upserted { session, .. }, true, false) => Some(left(&session.key, entry.at)),
        _ => None,
    };
    let pushed_out = shift.pushed_out.map(|key| left(&key, entry.at));
    let filled_by = shift
        .filled_by
        .map(|session| Told::Other(payload::shown(&session, entry.at)));
    pushed_out
        .into_iter()
        .chain(itself)
        .chain(filled_by)
        .collect()
}

fn lives_on(drain: &SocketDrain) -> bool {
    drain.next_lifecycle_revision.is_some()
}

fn left(key: &SessionKey, at: Millis) -> Told {
    Told::Other(payload::left(key, at))
}
