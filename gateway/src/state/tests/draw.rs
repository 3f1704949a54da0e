//! Sessions and params as they are drawn.

use std::cell::RefCell;

use serde_json::{Value, json};
use sessionwire_dice::Dice;
use sessionwire_protocol::sessions::{Archived, SessionsListParams, SortBy};
use sessionwire_protocol::{Millis, RowHead, SessionEntry, SessionKey};

use super::NOW;
use crate::session::Session;

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

/// What draws them.
pub(super) struct Draw(RefCell<Dice>);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(RefCell::new(Dice::new(seed)))
    }

    pub(super) fn session(&self, count: usize) -> Session {
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
            created_via: self.maybe("run".into()),
            last_interaction_at: self.maybe(self.time()),
            pinned_at: self.rarely().then(|| self.time()),
            archived_at: self.rarely().then(|| self.time()),
            label: self.label().map(Into::into),
            display_name: self.maybe(self.word().into()),
            category: self.maybe(self.group().into()),
            model: self.maybe("tea/leaf".into()),
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

    pub(super) fn params(&self) -> SessionsListParams {
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

    /// Many have the same.
    fn label(&self) -> Option<String> {
        let label = match self.below(4) {
            0 => "Tea for many".to_owned(),
            _ => format!("{} {}", self.word(), self.below(300)),
        };
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

    pub(super) fn below(&self, bound: u64) -> u64 {
        self.0.borrow_mut().below(bound)
    }
}
