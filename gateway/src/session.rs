//! A session as the gateway holds it, and the row that lists show of it.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use sessionwire_listing::{Listed, Ranked};
use sessionwire_protocol::{
    Millis, SessionEntry, SessionKey, SessionKind, SessionRow, TranscriptMessage,
};

/// One version of a session: never changed, only replaced.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    /// Its lasting name.
    pub key: SessionKey,
    /// What is stored of it.
    pub entry: SessionEntry,
    /// Whether it stands as an import made it; any other change makes it this gateway's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    #[serde(skip)]
    row: OnceLock<Box<RawValue>>,
}

impl Session {
    /// A session with this key and entry.
    pub fn new(key: SessionKey, entry: SessionEntry) -> Self {
        Self {
            key,
            entry,
            imported: false,
            row: OnceLock::new(),
        }
    }

    /// The same as an import makes it.
    pub fn imported(key: SessionKey, entry: SessionEntry) -> Self {
        Self {
            imported: true,
            ..Self::new(key, entry)
        }
    }

    /// Its row.
    pub fn row(&self) -> SessionRow {
        let entry = &self.entry;
        let option = |name| {
            entry
                .options
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        SessionRow {
            key: self.key.clone(),
            kind: match self.key.as_str() {
                "global" => SessionKind::Global,
                "unknown" => SessionKind::Unknown,
                _ => SessionKind::Direct,
            },
            agent_id: self.key.agent_id().map(str::to_owned),
            session_id: Some(entry.session_id.clone()),
            lifecycle_revision: Some(entry.lifecycle_revision.clone()),
            label: entry.label.clone(),
            display_name: entry.label.clone().or_else(|| entry.display_name.clone()),
            derived_title: entry.label.clone().or_else(|| entry.derived_title.clone()),
            last_message_preview: entry.last_message_preview.clone(),
            category: entry.category.clone(),
            icon: entry.icon.clone(),
            color: entry.color.clone(),
            goal: entry.goal.clone(),
            is_main: self.key.is_main(),
            visibility: entry.visibility.clone(),
            created_at: Some(entry.created_at),
            created_via: entry.created_via.clone(),
            updated_at: Some(entry.updated_at),
            last_interaction_at: entry.last_interaction_at,
            archived: entry.archived_at.is_some(),
            archived_at: entry.archived_at,
            pinned: entry.pinned_at.is_some(),
            pinned_at: entry.pinned_at,
            unread: entry.marked_unread_at.is_some(),
            marked_unread_at: entry.marked_unread_at,
            last_read_at: entry.last_read_at,
            has_active_run: false,
            status: None,
            parent_session_key: entry.parent_session_key.clone(),
            spawned_by: entry.spawned_by.clone(),
            spawn_depth: entry.spawn_depth,
            model: entry
                .model
                .as_deref()
                .map(|model| split_model(model).1.to_owned()),
            model_provider: entry
                .model
                .as_deref()
                .and_then(|model| split_model(model).0)
                .map(str::to_owned),
            thinking_level: option("thinkingLevel"),
            verbose_level: option("verboseLevel"),
            response_usage: option("responseUsage"),
            board_face: option("boardFace"),
            permission_mode: option("permissionMode"),
            fast_mode: entry.options.get("fastMode").cloned(),
        }
    }

    /// The row as JSON, made once.
    pub fn row_json(&self) -> &RawValue {
        self.row
            .get_or_init(|| to_raw_value(&self.row()).expect("a row always serialises"))
    }

    /// The row as protocol 4 flattens it into events: what is absent stands there as `null`, because its
    /// readers merge it into the row that they hold.
    pub fn flat_row(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut row)) = serde_json::to_value(self.row()) else {
            unreachable!("a row is an object");
        };
        row.remove("key");
        for field in TOMBSTONES {
            row.entry(field).or_insert(Value::Null);
        }
        row
    }
}

impl Ranked for Session {
    fn key(&self) -> &SessionKey {
        &self.key
    }

    fn pinned_at(&self) -> Option<Millis> {
        self.entry.pinned_at
    }

    fn updated_at(&self) -> Millis {
        self.entry.updated_at
    }

    fn created_at(&self) -> Option<Millis> {
        Some(self.entry.created_at)
    }

    fn last_interaction_at(&self) -> Option<Millis> {
        self.entry.last_interaction_at
    }

    fn last_activity_at(&self) -> Option<Millis> {
        None
    }

    fn label(&self) -> Option<&str> {
        self.entry.label.as_deref()
    }
}

impl Listed for Session {
    fn category(&self) -> Option<&str> {
        self.entry.category.as_deref()
    }

    fn spawned_by(&self) -> Option<&SessionKey> {
        let entry = &self.entry;
        entry
            .spawned_by
            .as_ref()
            .or(entry.parent_session_key.as_ref())
    }

    fn board_face(&self) -> Option<&str> {
        self.entry.options.get("boardFace").and_then(Value::as_str)
    }

    fn is_archived(&self) -> bool {
        self.entry.archived_at.is_some()
    }

    /// No agent runs here.
    fn has_active_run(&self) -> bool {
        false
    }

    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool {
        let entry = &self.entry;
        [
            Some(self.key.as_str()),
            Some(entry.session_id.as_str()),
            entry.label.as_deref(),
            entry.display_name.as_deref(),
            entry.derived_title.as_deref(),
            entry.category.as_deref(),
            entry.model.as_deref(),
            entry.goal.as_ref().map(|goal| goal.objective.as_str()),
        ]
        .into_iter()
        .flatten()
        .any(fits)
    }
}

/// Tells a session of the next message of its transcript.
pub fn note_message(entry: &mut SessionEntry, message: &TranscriptMessage) {
    const TITLE_CHARS: usize = 60;
    const PREVIEW_CHARS: usize = 120;
    let text = message.text();
    entry.message_count += 1;
    entry.last_message_preview = Some(beginning(&text, PREVIEW_CHARS));
    if message.role == "user" && entry.derived_title.is_none() && !text.starts_with('/') {
        entry.derived_title = Some(beginning(&text, TITLE_CHARS));
    }
}

/// The first line of a text, shortened to at most `chars` characters.
fn beginning(text: &str, chars: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= chars {
        return line.to_owned();
    }
    line.chars().take(chars - 1).chain(['…']).collect()
}

/// Provider and name of a model.
pub fn split_model(model: &str) -> (Option<&str>, &str) {
    model
        .split_once('/')
        .map_or((None, model), |(provider, name)| (Some(provider), name))
}

const TOMBSTONES: [&str; 22] = [
    "archivedAt",
    "boardFace",
    "category",
    "color",
    "derivedTitle",
    "displayName",
    "fastMode",
    "goal",
    "icon",
    "label",
    "lastInteractionAt",
    "lastMessagePreview",
    "lastReadAt",
    "markedUnreadAt",
    "model",
    "modelProvider",
    "parentSessionKey",
    "permissionMode",
    "pinnedAt",
    "responseUsage",
    "thinkingLevel",
    "verboseLevel",
];
