//! Whatever changed before: the indexes choose what the filter chooses of all sessions one by one, in the same order.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use sessionwire_listing::{Filter, Order, Rank};
use sessionwire_protocol::sessions::{Archived, SessionsListParams, SortBy};
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, RowHead, SessionEntry};

use super::*;
use crate::journal::Retention;

const NOW: Millis = 100_000_000;
const MINUTE: Millis = 60_000;
const WORDS: [&str; 8] = [
    "Tea",
    "teapot",
    "KETTLE",
    "Über",
    "İzmir",
    "ΣΟΦΟΣ",
    "\u{ff}",
    "a\u{0}b",
];

/// The sessions, and the same in a plain map.
struct Model {
    dice: Dice,
    state: State,
    plain: BTreeMap<SessionKey, Arc<Session>>,
}

#[test]
fn what_is_chosen_by_indexes_is_what_filters_take() {
    for seed in 0..6 {
        let mut model = Model::new(seed, 700);
        for _ in 0..150 {
            for _ in 0..model.dice.below(20) {
                model.change_one();
            }
            model.ask();
        }
        check_names(model.state.catalog(), &model.plain);
        model.empty();
        model.ask();
    }
}

#[test]
fn a_search_by_several_threads_finds_the_same() {
    let mut model = Model::new(1, 70_000);
    for _ in 0..50 {
        model.change_one();
    }
    for search in ["tea", "kettle 1", "gone", "a:b", "über"] {
        let params = SessionsListParams {
            search: Some(search.to_owned()),
            ..SessionsListParams::default()
        };
        model.check(&params, None);
    }
}

#[test]
fn a_copy_stays_as_it_is_and_its_order_is_taken_over() {
    for (seed, field) in (10..).zip([
        SortBy::UpdatedAt,
        SortBy::LastInteractionAt,
        SortBy::Activity,
        SortBy::CreatedAt,
        SortBy::Label,
    ]) {
        let mut model = Model::new(seed, 3_000);
        let order = Order::by(field);
        let (copy, plain) = (model.state.catalog().clone(), model.plain.clone());
        copy.make(order);
        for _ in 0..300 {
            model.change_one();
        }
        model.state.take_order(order, &copy);
        assert!(model.state.catalog().has(order));
        for _ in 0..300 {
            model.change_one();
        }
        check_names(&copy, &plain);
        check_names(model.state.catalog(), &model.plain);
        for _ in 0..10 {
            let params = SessionsListParams {
                sort_by: Some(field),
                ..model.dice.params()
            };
            check(&copy, &plain, &params, None);
            model.check(&params, None);
        }
    }
}

impl Model {
    fn new(seed: u64, count: usize) -> Self {
        let retention = Retention {
            entries: 10,
            age: 1_000,
        };
        let journal = Journal::new("e".to_owned(), 0, retention);
        let mut model = Self {
            dice: Dice(Cell::new(seed)),
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
            .map(|_| model.dice.session(count))
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
            let session = model.dice.session(count);
            model.upsert(session);
        }
        model
    }

    fn change_one(&mut self) {
        match self.dice.below(3) {
            0 => self.evict_one(),
            _ => {
                let count = self.plain.len() + 50;
                let session = self.dice.session(count);
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
        let index = self.dice.below(self.plain.len() as u64 + 1) as usize;
        let key = self.plain.keys().nth(index).cloned();
        let Some(gone) = key.and_then(|key| self.plain.remove(&key)) else {
            return;
        };
        let drain = sessionwire_protocol::event::SocketDrain {
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

    fn empty(&mut self) {
        while !self.plain.is_empty() {
            self.evict_one();
        }
    }

    fn apply(&mut self, change: Change) {
        let offset = self.state.journal().next();
        self.state.apply(Arc::new(Entry::new(offset, NOW, change)));
    }

    fn ask(&mut self) {
        let params = self.dice.params();
        let after = (self.dice.below(3) == 0)
            .then(|| self.dice.session(self.plain.len() + 1))
            .map(|session| order(&params).rank(&session));
        self.check(&params, after.as_ref());
    }

    fn check(&self, params: &SessionsListParams, after: Option<&Rank>) {
        let catalog = self.state.catalog();
        let first = check(catalog, &self.plain, params, after);
        let Some(first) = first else { return };
        let same = |found: Option<&Arc<Session>>| found.is_some_and(|row| row.key == first.key);
        assert!(same(self.state.get(&first.key)));
        let id = &first.entry.session_id;
        assert!(id.is_empty() || same(self.state.by_session_id(id)));
        assert_eq!(self.state.len(), self.plain.len());
    }
}

/// The first session of a list; whether it and its pages are those that the filter takes.
fn check(
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
fn check_names(catalog: &Catalog, plain: &BTreeMap<SessionKey, Arc<Session>>) {
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

/// Draws what looks random and is the same in every run.
struct Dice(Cell<u64>);

impl Dice {
    fn session(&self, count: usize) -> Session {
        let number = self.below(count as u64 + 2);
        let agent = ["main", "ops", "My Agent"][(number % 3) as usize];
        let key = match number {
            0 => "global".to_owned(),
            1 => "unknown".to_owned(),
            2 => "agent:main:sessions".to_owned(),
            _ => match number % 11 {
                0 => format!("agent:{agent}:cron:{number}"),
                1 => format!("agent:{agent}:cron:{number}:run:1"),
                2 => format!("agent:{agent}:subagent:{number}"),
                _ => format!("agent:{agent}:{number}"),
            },
        };
        let key = SessionKey::from(key.as_str());
        let id = match number {
            2 => String::new(),
            _ => format!("id-{number}"),
        };
        match self.below(3) {
            0 => self.mirrored(&key, &id),
            _ => self.own(key, id),
        }
    }

    fn own(&self, key: SessionKey, session_id: String) -> Session {
        let entry = SessionEntry {
            session_id,
            updated_at: self.time(),
            created_at: self.time(),
            created_via: self.maybe("run".to_owned()),
            last_interaction_at: self.maybe(self.time()),
            pinned_at: self.rarely().then(|| self.time()),
            archived_at: self.rarely().then(|| self.time()),
            label: self.label(),
            display_name: self.maybe(self.word().to_owned()),
            category: self.maybe(self.group().to_owned()),
            model: self.maybe("tea/leaf".to_owned()),
            spawned_by: self.maybe(self.parent()),
            parent_session_key: self.maybe(self.parent()),
            options: self
                .maybe(())
                .map(|()| ("boardFace".to_owned(), "dashboard".into()))
                .into_iter()
                .collect(),
            ..SessionEntry::default()
        };
        Session::new(key, entry)
    }

    fn mirrored(&self, key: &SessionKey, session_id: &str) -> Session {
        let mut row = json!({
            "key": key,
            "kind": "direct",
            "sessionId": session_id,
            "updatedAt": self.time(),
            "archived": self.rarely(),
            "hasActiveRun": self.rarely(),
        });
        let fields: [(&str, Value); 11] = [
            ("label", self.label().into()),
            ("displayName", self.word().into()),
            ("subject", self.word().into()),
            ("category", self.group().into()),
            ("classification", "heartbeat".into()),
            ("agentId", "ops".into()),
            ("spawnedBy", self.parent().as_str().into()),
            ("lastInteractionAt", self.time().into()),
            ("lastActivityAt", self.time().into()),
            ("pinnedAt", self.time().into()),
            ("status", ["done", "running"][self.below(2) as usize].into()),
        ];
        for (name, value) in fields {
            if self.below(3) == 0 {
                row["pinned"] = (name == "pinnedAt" || row["pinned"] == true).into();
                row[name] = value;
            }
        }
        let row = serde_json::value::to_raw_value(&row).expect("it serialises");
        let head: RowHead = serde_json::from_str(row.get()).expect("it is a row");
        Session::mirrored(&head, &row, "r".to_owned()).expect("it is a row")
    }

    fn params(&self) -> SessionsListParams {
        let flag = || self.rarely().then_some(true);
        let search = match self.below(4) {
            0 => Some(self.word().to_owned()),
            1 => {
                let texts = [
                    ":1",
                    "a",
                    "id-3",
                    "idle",
                    "direct",
                    "ü",
                    "σο",
                    "none such",
                    "tea/l",
                ];
                Some(texts[self.below(texts.len() as u64) as usize].to_owned())
            }
            _ => None,
        };
        SessionsListParams {
            search,
            label: self.rarely().then(|| self.label()).flatten(),
            agent_id: self.maybe(["main", "OPS", "my-agent"][self.below(3) as usize].to_owned()),
            spawned_by: self.rarely().then(|| self.parent().to_string()),
            active_minutes: self.rarely().then(|| self.below(120)),
            active_only: flag(),
            archived: self.maybe([Archived::Only, Archived::All][self.below(2) as usize]),
            include_global: flag(),
            include_unknown: flag(),
            exclude_subagents: flag(),
            exclude_cron: flag(),
            exclude_system: flag(),
            require_last_interaction: flag(),
            group: self.rarely().then(|| self.group().to_owned()),
            pinned: self.rarely().then(|| self.below(2) == 0),
            board_face: self.rarely().then(|| "dashboard".to_owned()),
            has_board: (self.below(40) == 0).then_some(true),
            sort_by: self.maybe(
                [
                    SortBy::UpdatedAt,
                    SortBy::LastInteractionAt,
                    SortBy::Activity,
                    SortBy::CreatedAt,
                    SortBy::Label,
                ][self.below(5) as usize],
            ),
            ..SessionsListParams::default()
        }
    }

    fn label(&self) -> Option<String> {
        let label = format!("{} {}", self.word(), self.below(300));
        self.maybe(label)
    }

    fn word(&self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }

    fn group(&self) -> &'static str {
        ["", " ", "tea", "Trips"][self.below(4) as usize]
    }

    fn parent(&self) -> SessionKey {
        let number = self.below(6);
        SessionKey::from(format!("agent:main:{number}").as_str())
    }

    /// Many at the same time, many near the bounds of filters.
    fn time(&self) -> Millis {
        match self.below(4) {
            0 => 0,
            1 => NOW - self.below(5) * 30 * MINUTE,
            _ => NOW - self.below(4 * 60 * MINUTE),
        }
    }

    fn maybe<T>(&self, value: T) -> Option<T> {
        (self.below(2) == 0).then_some(value)
    }

    fn rarely(&self) -> bool {
        self.below(8) == 0
    }

    fn below(&self, bound: u64) -> u64 {
        let random = self.0.get();
        let next = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0.set(next);
        (next >> 33) % bound
    }
}

fn order(params: &SessionsListParams) -> Order {
    Order::by(params.sort_by.unwrap_or_default())
}

fn copy(session: &Session) -> Session {
    let json = serde_json::to_string(session).expect("it serialises");
    serde_json::from_str(&json).expect("it is a session")
}
