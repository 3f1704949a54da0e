//! The sessions in memory. They change only by applying entries of the journal.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use sessionwire_listing::{Order, Rank, View};
use sessionwire_protocol::SessionKey;

use crate::change::Change;
use crate::device::{Device, DeviceChanges};
use crate::groups::Groups;
use crate::journal::{Entry, Journal};
use crate::session::Session;
use crate::tombstones::Tombstones;

/// All sessions, in the indexes that reads need, and the journal that led to them.
#[derive(Debug)]
pub struct State {
    sessions: HashMap<SessionKey, Arc<Session>>,
    order: BTreeMap<Rank, Arc<Session>>,
    by_id: HashMap<String, SessionKey>,
    labels: HashMap<LabelOwner, SessionKey>,
    groups: Groups,
    journal: Journal,
    tombstones: Tombstones,
    devices: BTreeMap<String, Arc<Device>>,
}

/// Labels are unique among the sessions of an agent, case-sensitively.
pub type LabelOwner = (Option<String>, String);

impl State {
    /// The sessions as loaded from a store.
    pub fn new(
        sessions: Vec<Session>,
        groups: Groups,
        journal: Journal,
        tombstones: Tombstones,
    ) -> Self {
        let mut state = Self {
            sessions: HashMap::with_capacity(sessions.len()),
            order: BTreeMap::new(),
            by_id: HashMap::with_capacity(sessions.len()),
            labels: HashMap::new(),
            groups,
            journal,
            tombstones,
            devices: BTreeMap::new(),
        };
        for session in sessions {
            state.tombstones.unearth(&session);
            state.insert(Arc::new(session));
        }
        state
    }

    /// Makes the next entry true.
    pub fn apply(&mut self, entry: Arc<Entry>) {
        match &entry.change {
            Change::Upserted { session, .. } => {
                self.tombstones.unearth(session);
                entry.set_replaced(self.insert(Arc::clone(session)));
            }
            Change::Evicted { drain } if drain.next_lifecycle_revision.is_none() => {
                self.tombstones.bury(drain);
                entry.set_replaced(self.remove(&drain.session_key));
            }
            Change::Evicted { drain } => {
                entry.set_replaced(self.sessions.get(&drain.session_key).cloned());
            }
            Change::Groups { groups } => self.groups = groups.clone(),
            Change::Message { .. } | Change::Chat { .. } => {}
        }
        self.journal.push(entry);
    }

    /// Makes changes of devices true. The journal does not tell of them: they are nobody's but the owner's.
    pub fn apply_devices(&mut self, changes: DeviceChanges) {
        for (id, device) in changes {
            match device {
                Some(device) => self.devices.insert(id, device),
                None => self.devices.remove(&id),
            };
        }
    }

    /// The paired devices.
    pub fn devices(&self) -> &BTreeMap<String, Arc<Device>> {
        &self.devices
    }

    /// The changes that led here.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The sessions that are gone.
    pub fn tombstones(&self) -> &Tombstones {
        &self.tombstones
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

    /// What a view shows without its limit: the first `count` sessions after a rank, or of all.
    pub fn listed(
        &self,
        view: &View,
        from: Option<&Rank>,
        count: usize,
    ) -> Vec<(Rank, Arc<Session>)> {
        let ranked =
            |session: &Arc<Session>| Some((view.rank(session.as_ref())?, Arc::clone(session)));
        if view.order == Order::default() {
            let start = from.map_or(Bound::Unbounded, Bound::Excluded);
            let rest = self.order.range::<Rank, _>((start, Bound::Unbounded));
            let rest = rest.filter_map(|(_, session)| ranked(session));
            return rest.take(count).collect();
        }
        let mut rest: Vec<_> = self
            .sessions
            .values()
            .filter_map(ranked)
            .filter(|(rank, _)| from.is_none_or(|from| rank > from))
            .collect();
        if count < rest.len() {
            rest.select_nth_unstable_by(count, |(a, _), (b, _)| a.cmp(b));
            rest.truncate(count);
        }
        rest.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        rest
    }

    /// Returns the session that was there before.
    fn insert(&mut self, session: Arc<Session>) -> Option<Arc<Session>> {
        let before = self.remove(&session.key);
        if let Some(label) = &session.entry.label {
            self.labels
                .insert(label_owner(&session.key, label), session.key.clone());
        }
        self.by_id
            .insert(session.entry.session_id.clone(), session.key.clone());
        self.order.insert(
            Order::default().rank(session.as_ref()),
            Arc::clone(&session),
        );
        self.sessions.insert(session.key.clone(), session);
        before
    }

    fn remove(&mut self, key: &SessionKey) -> Option<Arc<Session>> {
        let session = self.sessions.remove(key)?;
        self.order.remove(&Order::default().rank(session.as_ref()));
        // At an upstream gateway another session may have taken a name before this one is known to have lost it.
        let own = |owner: &SessionKey| owner == key;
        if self.by_id.get(&session.entry.session_id).is_some_and(own) {
            self.by_id.remove(&session.entry.session_id);
        }
        if let Some(label) = &session.entry.label {
            let label = label_owner(key, label);
            if self.labels.get(&label).is_some_and(own) {
                self.labels.remove(&label);
            }
        }
        Some(session)
    }
}

/// Who a label belongs to if a session has it.
pub fn label_owner(key: &SessionKey, label: &str) -> LabelOwner {
    (key.agent_id().map(str::to_owned), label.to_owned())
}
