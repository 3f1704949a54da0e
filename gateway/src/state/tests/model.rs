//! The sessions, and a plain map of them in which everything is looked for one by one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use sessionwire_listing::{Filter, Listed, Order, Rank};
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::sessions::SessionsListParams;
use sessionwire_protocol::{ChangeReason, EvictionReason, SessionKey};

use super::NOW;
use super::draw::Draw;
use crate::change::Change;
use crate::groups::Groups;
use crate::journal::{Entry, Journal, Retention};
use crate::session::Session;
use crate::state::{Catalog, State};
use crate::tombstones::Tombstones;

/// The sessions, and the same in a plain map.
pub(super) struct Model {
    pub(super) draw: Draw,
    pub(super) state: State,
    pub(super) plain: BTreeMap<SessionKey, Arc<Session>>,
}

impl Model {
    pub(super) fn new(seed: u64, count: usize) -> Self {
        let retention = Retention {
            entries: 10,
            age: 1_000,
        };
        let journal = Journal::new("e".to_owned(), 0, retention);
        let mut model = Self {
            draw: Draw::new(seed),
            state: State::new(
                Vec::new(),
                Groups::default(),
                journal,
                Tombstones::new(retention),
            ),
            plain: BTreeMap::new(),
        };
        // Half of them are loaded, the others come one by one.
        let loaded: BTreeMap<_, _> = (0..count / 2)
            .map(|_| model.draw.session(count))
            .map(|session| (session.key.clone(), session))
            .collect();
        let copies = loaded.values().map(copy).map(Arc::new);
        model.plain = copies.map(|copy| (copy.key.clone(), copy)).collect();
        let journal = Journal::new("e".to_owned(), 0, retention);
        model.state = State::new(
            loaded.into_values().map(Arc::new).collect(),
            Groups::default(),
            journal,
            Tombstones::new(retention),
        );
        for _ in 0..count / 2 {
            let session = model.draw.session(count);
            model.upsert(session);
        }
        model
    }

    pub(super) fn change_one(&mut self) {
        match self.draw.below(3) {
            0 => self.evict_one(),
            _ => {
                let count = self.plain.len() + 50;
                let session = self.draw.session(count);
                self.upsert(session);
            }
        }
    }

    fn upsert(&mut self, session: Session) {
        let session = Arc::new(session);
        self.plain.insert(session.key.clone(), Arc::clone(&session));
        self.apply(Change::Upserted {
            session,
            reason: ChangeReason::PATCH,
            operation: None,
        });
    }

    fn evict_one(&mut self) {
        let index = self.draw.below(self.plain.len() as u64 + 1) as usize;
        let key = self.plain.keys().nth(index).cloned();
        let Some(gone) = key.and_then(|key| self.plain.remove(&key)) else {
            return;
        };
        let drain = SocketDrain {
            session_key: gone.key.clone(),
            agent_id: None,
            session_id: gone.entry.session_id.clone(),
            lifecycle_revision: String::new(),
            reason: EvictionReason::Deleted,
            next_lifecycle_revision: None,
            ts: NOW,
        };
        self.apply(Change::Evicted { drain });
    }

    pub(super) fn empty(&mut self) {
        while !self.plain.is_empty() {
            self.evict_one();
        }
    }

    pub(super) fn apply(&mut self, change: Change) {
        let offset = self.state.journal().next();
        self.state.apply(Arc::new(Entry::new(offset, NOW, change)));
    }

    pub(super) fn ask(&mut self) {
        let params = self.draw.params();
        let after = (self.draw.below(3) == 0)
            .then(|| self.draw.session(self.plain.len() + 1))
            .map(|session| order(&params).rank(&session));
        self.check(&params, after.as_ref());
    }

    pub(super) fn check(&self, params: &SessionsListParams, after: Option<&Rank>) {
        let catalog = self.state.catalog();
        let first = check(catalog, &self.plain, params, after);
        let Some(first) = first else { return };
        let same = |found: Option<&Arc<Session>>| found.is_some_and(|row| row.key == first.key);
        assert!(same(catalog.get(&first.key)));
        let id = &first.entry.session_id;
        assert!(id.is_empty() || same(catalog.by_session_id(id)));
        assert_eq!(catalog.len(), self.plain.len());
        // Of those that changed at once any may be named.
        let times = self.plain.values().map(|row| Reverse(row.entry.updated_at));
        let mut last: Vec<_> = times.collect();
        last.sort_unstable();
        last.truncate(5);
        let found = catalog.last_changed(5).into_iter();
        let found: Vec<_> = found.map(|row| Reverse(row.entry.updated_at)).collect();
        assert_eq!(found, last);
    }
}

/// The first session of a list; whether it and its pages are those that the filter takes.
pub(super) fn check(
    catalog: &Catalog,
    plain: &BTreeMap<SessionKey, Arc<Session>>,
    params: &SessionsListParams,
    after: Option<&Rank>,
) -> Option<Arc<Session>> {
    let (filter, order) = (Filter::new(params, NOW), order(params));
    let taken = plain.values();
    let mut taken: Vec<_> = taken
        .filter(|session| filter.matches(session.as_ref()))
        .map(|session| (order.rank(session.as_ref()), session.key.clone()))
        .collect();
    taken.sort();
    let chosen = catalog.choose(&filter);
    assert_eq!(chosen.len(), taken.len(), "{params:?}");
    let mut all: Vec<_> = chosen.iter().map(|session| session.key.clone()).collect();
    let mut keys: Vec<_> = taken.iter().map(|(_, key)| key.clone()).collect();
    all.sort();
    keys.sort();
    assert_eq!(all, keys, "{params:?}");
    let asked = catalog.asked(&filter).sessions;
    if filter.label().is_some() {
        assert!(asked >= taken.len(), "{asked} {params:?}");
    } else if let Some(parent) = filter.spawned_by() {
        let children = plain.values().filter(|session| {
            let facts = session.facts();
            [facts.spawned_by, facts.parent].contains(&Some(parent))
        });
        assert_eq!(asked, children.count(), "{params:?}");
    }
    let half = |key: &SessionKey| key.as_str().len().is_multiple_of(2);
    let of_main = Some("main");
    let further = catalog.choose(&filter).retain(
        |traits| (traits.owner == of_main).then_some(true),
        |session| half(&session.key),
    );
    let expected = keys
        .iter()
        .filter(|key| key.agent_id() == of_main || half(key));
    assert_eq!(further.len(), expected.count(), "{params:?}");
    taken.retain(|(rank, _)| after.is_none_or(|after| rank > after));
    for (skipped, count) in [
        (0, 3),
        (0, usize::MAX),
        (5, 40),
        (taken.len() / 2, 7),
        (900, 1),
    ] {
        let page = catalog.choose(&filter);
        let page = page.page(order, after, skipped, count);
        let page: Vec<_> = page.iter().map(|session| &session.key).collect();
        let expected: Vec<_> = taken
            .iter()
            .skip(skipped)
            .take(count)
            .map(|(_, key)| key)
            .collect();
        assert_eq!(page, expected, "{params:?} after {after:?}");
    }
    taken.first().and_then(|(_, key)| plain.get(key)).cloned()
}

/// Whether each session is found by what names it, and nothing by a name that is empty.
pub(super) fn check_names(catalog: &Catalog, plain: &BTreeMap<SessionKey, Arc<Session>>) {
    let (mut by_id, mut by_label) = (BTreeMap::new(), BTreeMap::new());
    for session in plain.values() {
        let found = catalog.get(&session.key);
        assert_eq!(found.map(|found| &found.entry), Some(&session.entry));
        let (entry, agent) = (&session.entry, session.key.agent_id());
        let last = by_id.entry(entry.session_id.as_str()).or_insert(0);
        *last = entry.updated_at.max(*last);
        if let Some(label) = entry.label.as_deref() {
            let last = by_label.entry((agent, label)).or_insert(0);
            *last = entry.updated_at.max(*last);
        }
    }
    for (id, last) in by_id {
        let found = catalog.by_session_id(id);
        let found = found.map(|found| (found.entry.session_id.as_str(), found.entry.updated_at));
        assert_eq!(found, (!id.is_empty()).then_some((id, last)));
    }
    for ((agent, label), last) in by_label {
        let owner = catalog
            .label_owner(agent, label)
            .and_then(|key| plain.get(key));
        let owner = owner.expect("the label is somebody's");
        assert_eq!(owner.key.agent_id(), agent);
        assert_eq!(owner.entry.label.as_deref(), Some(label));
        assert_eq!(owner.entry.updated_at, last);
    }
    assert!(catalog.label_owner(Some("main"), "nobody's").is_none());
}

fn order(params: &SessionsListParams) -> Order {
    Order::by(params.sort_by.unwrap_or_default())
}

fn copy(session: &Session) -> Session {
    let json = serde_json::to_string(session).expect("it serialises");
    serde_json::from_str(&json).expect("it is a session")
}
