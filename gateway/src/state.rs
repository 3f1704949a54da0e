//! The sessions in memory. They change only by applying entries of the journal.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sessionwire_protocol::{Millis, SessionKey};

use crate::change::Change;
use crate::groups::Groups;
use crate::journal::{Entry, Journal};
use crate::session::Session;

/// All sessions, in the indexes that reads need, and the journal that led to them.
#[derive(Debug)]
pub struct State {
    sessions: HashMap<SessionKey, Arc<Session>>,
    order: BTreeMap<ListOrder, Arc<Session>>,
    by_id: HashMap<String, SessionKey>,
    labels: HashMap<LabelOwner, SessionKey>,
    groups: Groups,
    journal: Journal,
}

/// The default order of lists: pinned first, then the most recently changed, then by key.
type ListOrder = (bool, Reverse<Millis>, SessionKey);

/// Labels are unique among the sessions of an agent, case-sensitively.
pub type LabelOwner = (Option<String>, String);

impl State {
    /// The sessions as loaded from a store.
    pub fn new(sessions: Vec<Session>, groups: Groups, journal: Journal) -> Self {
        let mut state = Self {
            sessions: HashMap::with_capacity(sessions.len()),
            order: BTreeMap::new(),
            by_id: HashMap::with_capacity(sessions.len()),
            labels: HashMap::new(),
            groups,
            journal,
        };
        for session in sessions {
            state.insert(Arc::new(session));
        }
        state
    }

    /// Makes the next entry true.
    pub fn apply(&mut self, entry: Arc<Entry>) {
        match &entry.change {
            Change::Upserted { session, .. } => self.insert(Arc::clone(session)),
            Change::Evicted { drain } if drain.next_lifecycle_revision.is_none() => {
                self.remove(&drain.session_key)
            }
            Change::Groups { groups } => self.groups = groups.clone(),
            Change::Evicted { .. } | Change::Message { .. } | Change::Chat { .. } => {}
        }
        self.journal.push(entry);
    }

    /// The changes that led here.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// One session.
    pub fn get(&self, key: &SessionKey) -> Option<&Arc<Session>> {
        self.sessions.get(key)
    }

    /// The session that has this transcript.
    pub fn by_session_id(&self, session_id: &str) -> Option<&Arc<Session>> {
        self.sessions.get(self.by_id.get(session_id)?)
    }

    /// The session of an agent that has this label.
    pub fn label_owner(&self, owner: &LabelOwner) -> Option<&SessionKey> {
        self.labels.get(owner)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// All of them in the default order of lists.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Session>> {
        self.order.values()
    }

    /// The groups.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    fn insert(&mut self, session: Arc<Session>) {
        self.remove(&session.key);
        if let Some(label) = &session.entry.label {
            self.labels
                .insert(label_owner(&session.key, label), session.key.clone());
        }
        self.by_id
            .insert(session.entry.session_id.clone(), session.key.clone());
        self.order
            .insert(list_order(&session), Arc::clone(&session));
        self.sessions.insert(session.key.clone(), session);
    }

    fn remove(&mut self, key: &SessionKey) {
        let Some(session) = self.sessions.remove(key) else {
            return;
        };
        self.order.remove(&list_order(&session));
        self.by_id.remove(&session.entry.session_id);
        if let Some(label) = &session.entry.label {
            self.labels.remove(&label_owner(key, label));
        }
    }
}

/// Who a label belongs to if a session has it.
pub fn label_owner(key: &SessionKey, label: &str) -> LabelOwner {
    (key.agent_id().map(str::to_owned), label.to_owned())
}

fn list_order(session: &Session) -> ListOrder {
    (
        session.entry.pinned_at.is_none(),
        Reverse(session.entry.updated_at),
        session.key.clone(),
    )
}
