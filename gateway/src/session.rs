//! A session as the gateway holds it, and the row that lists show of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sessionwire_listing::{Facts, IDLE, Listed, Ranked, any_text_of_row, goal_text};
use sessionwire_protocol::{
    Millis, RowHead, SessionEntry, SessionKey, SessionRow, TranscriptMessage,
};

use crate::mirrored::Mirrored;
use crate::row::Row;

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
    /// Its row, where it lives at an upstream gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mirrored: Option<Arc<Mirrored>>,
}

impl Session {
    /// A session with this key and entry.
    pub fn new(key: SessionKey, entry: SessionEntry) -> Self {
        Self {
            key,
            entry,
            imported: false,
            mirrored: None,
        }
    }

    /// The same as an import makes it.
    pub fn imported(key: SessionKey, entry: SessionEntry) -> Self {
        Self {
            imported: true,
            ..Self::new(key, entry)
        }
    }

    /// A generation of a session that lives at an upstream gateway, which shows this row of it.
    pub fn mirrored(
        head: &RowHead,
        row: &RawValue,
        revision: String,
    ) -> Result<Self, serde_json::Error> {
        let mirrored = Mirrored::new(row, &revision)?;
        Ok(Self {
            entry: mirrored.entry(head, revision),
            mirrored: Some(Arc::new(mirrored)),
            ..Self::new(head.key.clone(), SessionEntry::default())
        })
    }

    /// The same in the next generation, before its row has come from the upstream gateway.
    pub fn renewed(&self, revision: String) -> Option<Self> {
        let row = self.mirrored.as_deref()?.row();
        let head: RowHead = serde_json::from_str(row.get()).ok()?;
        Self::mirrored(&head, row, revision).ok()
    }

    /// Whether it lives at an upstream gateway.
    pub fn is_mirrored(&self) -> bool {
        self.mirrored.is_some()
    }

    /// Whether both are the same row of an upstream gateway, at whatever time that made it.
    pub fn says_the_same(&self, other: &Self) -> bool {
        match (&self.mirrored, &other.mirrored) {
            (Some(own), Some(other)) => own.says_the_same(other),
            _ => false,
        }
    }

    /// Whether the other says in every respect what this one says.
    pub fn is(&self, other: &Self) -> bool {
        let row: fn(&Self) -> Option<&str> = |session| Some(session.upstream_row()?.row().get());
        (&self.key, &self.entry, self.imported) == (&other.key, &other.entry, other.imported)
            && row(self) == row(other)
    }

    /// What to call it.
    pub fn display_name(&self) -> Option<&str> {
        let entry = &self.entry;
        entry.label.as_deref().or(entry.display_name.as_deref())
    }

    /// What an upstream gateway shows of it, where it lives there.
    pub fn upstream_row(&self) -> Option<&Mirrored> {
        self.mirrored.as_deref()
    }

    /// The row of a session that lives here.
    pub fn own_row(&self) -> SessionRow {
        let own = Self::new(self.key.clone(), self.entry.clone());
        serde_json::from_str(&own.row_json()).expect("what is written can be read")
    }

    /// The row as JSON.
    pub fn row_json(&self) -> String {
        Row::whole(self).to_json()
    }

    fn fields(&self) -> Map<String, Value> {
        serde_json::from_str(&self.row_json()).expect("a row is an object")
    }

    /// The row as protocol 4 flattens it into events: what is absent stands there as `null`, because its
    /// readers merge it into the row that they hold.
    pub fn flat_row(&self) -> Map<String, Value> {
        let mut row = self.fields();
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
        self.mirrored.as_deref()?.last_activity_at()
    }

    fn label(&self) -> Option<&str> {
        self.entry.label.as_deref()
    }
}

impl Listed for Session {
    fn facts(&self) -> Facts<'_> {
        let entry = &self.entry;
        let id = Some(entry.session_id.as_str());
        if let Some(mirrored) = &self.mirrored {
            return Facts::of_row(id, mirrored.facts(), entry.label.as_deref());
        }
        // No agent runs here.
        Facts {
            session_id: id,
            spawned_by: entry.spawned_by.as_ref(),
            parent: entry.parent_session_key.as_ref(),
            category: entry.category.as_deref(),
            board_face: entry.options.get("boardFace").and_then(Value::as_str),
            is_archived: entry.archived_at.is_some(),
            is_system: matches!(entry.created_via.as_deref(), Some("run" | "internal"))
                && self.display_name().is_none(),
            ..Facts::default()
        }
    }

    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool {
        if let Some(mirrored) = &self.mirrored {
            return any_text_of_row(self, mirrored.facts(), fits);
        }
        let entry = &self.entry;
        let texts = [
            Some(self.key.as_str()),
            Some(entry.session_id.as_str()),
            entry.label.as_deref(),
            entry.display_name.as_deref(),
            entry.category.as_deref(),
            entry.model.as_deref(),
            Some(match self.key.as_str() {
                sentinel @ ("global" | "unknown") => sentinel,
                _ => "direct",
            }),
            Some(IDLE),
        ];
        let goal = entry.goal.as_deref();
        texts.into_iter().flatten().any(&mut *fits)
            || goal.is_some_and(|goal| fits(&goal_text(&goal.into())))
    }
}

/// Tells a session of the next message of its transcript.
pub fn note_message(entry: &mut SessionEntry, message: &TranscriptMessage) {
    const TITLE_CHARS: usize = 60;
    const PREVIEW_CHARS: usize = 120;
    let text = message.text();
    entry.message_count += 1;
    entry.last_message_preview = Some(beginning(&text, PREVIEW_CHARS).into());
    if message.role == "user" && entry.derived_title.is_none() && !text.starts_with('/') {
        entry.derived_title = Some(beginning(&text, TITLE_CHARS).into());
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
