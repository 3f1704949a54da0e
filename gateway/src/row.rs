//! The row that lists show of a session, written straight from what is held of it. No row is kept as text: to write one
//! takes hardly longer than to copy it, and a gateway holds far more sessions than anybody looks at.

use serde::{Serialize, Serializer};
use serde_json::Value;
use sessionwire_protocol::goal::Goal;
use sessionwire_protocol::{Millis, SessionEntry, SessionKey, SessionKind};

use crate::session::{Session, split_model};

/// The row of a session, or parts of it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    session: &'a Session,
    with_title: bool,
    with_preview: bool,
    /// Says of nothing that it is not so: `archived: false` and its like are left out.
    is_terse: bool,
}

impl<'a> Row<'a> {
    /// All of it.
    pub fn whole(session: &'a Session) -> Self {
        Self::with(session, true, true)
    }

    /// The same for clients with cursors, to whom a flag that is absent is `false`. A row of an upstream goes on as it came.
    pub fn terse(session: &'a Session) -> Self {
        Self {
            is_terse: true,
            ..Self::whole(session)
        }
    }

    /// With these of its titles only.
    pub fn with(session: &'a Session, title: bool, preview: bool) -> Self {
        Self {
            session,
            with_title: title,
            with_preview: preview,
            is_terse: false,
        }
    }

    fn flag(&self, is_so: bool) -> Option<bool> {
        (is_so || !self.is_terse).then_some(is_so)
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(mirrored) = self.session.upstream_row() else {
            return OwnRow::of(self).serialize(serializer);
        };
        if self.with_title && self.with_preview {
            return mirrored.row().serialize(serializer);
        }
        let title = (!self.with_title).then_some("derivedTitle");
        let preview = (!self.with_preview).then_some("lastMessagePreview");
        let names: Vec<_> = title.into_iter().chain(preview).collect();
        mirrored.without(&names).serialize(serializer)
    }
}

/// A [`sessionwire_protocol::SessionRow`] of a session that lives here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnRow<'a> {
    key: &'a SessionKey,
    kind: SessionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<&'a str>,
    session_id: &'a str,
    lifecycle_revision: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derived_title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message_preview: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<&'a Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_main: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'a str>,
    created_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_via: Option<&'a str>,
    updated_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_interaction_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marked_unread_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_read_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_session_key: Option<&'a SessionKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spawned_by: Option<&'a SessionKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spawn_depth: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verbose_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_usage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    board_face: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fast_mode: Option<&'a Value>,
}

impl<'a> OwnRow<'a> {
    fn of(row: &Row<'a>) -> Self {
        let Session { key, entry, .. } = row.session;
        let model = entry.model.as_deref().map(split_model);
        let title = entry.label.as_deref().or(entry.derived_title.as_deref());
        let preview = entry.last_message_preview.as_deref();
        Self {
            key,
            kind: match key.as_str() {
                "global" => SessionKind::Global,
                "unknown" => SessionKind::Unknown,
                _ => SessionKind::Direct,
            },
            agent_id: key.agent_id(),
            session_id: &entry.session_id,
            lifecycle_revision: &entry.lifecycle_revision,
            label: entry.label.as_deref(),
            display_name: row.session.display_name(),
            derived_title: title.filter(|_| row.with_title),
            last_message_preview: preview.filter(|_| row.with_preview),
            category: entry.category.as_deref(),
            icon: entry.icon.as_deref(),
            color: entry.color.as_deref(),
            goal: entry.goal.as_deref(),
            is_main: row.flag(key.is_main()),
            visibility: entry.visibility.as_deref(),
            created_at: entry.created_at,
            created_via: entry.created_via.as_deref(),
            updated_at: entry.updated_at,
            last_interaction_at: entry.last_interaction_at,
            archived: row.flag(entry.archived_at.is_some()),
            archived_at: entry.archived_at,
            pinned: row.flag(entry.pinned_at.is_some()),
            pinned_at: entry.pinned_at,
            unread: row.flag(entry.marked_unread_at.is_some()),
            marked_unread_at: entry.marked_unread_at,
            last_read_at: entry.last_read_at,
            parent_session_key: entry.parent_session_key.as_ref(),
            spawned_by: entry.spawned_by.as_ref(),
            spawn_depth: entry.spawn_depth,
            model: model.map(|(_, name)| name),
            model_provider: model.and_then(|(provider, _)| provider),
            thinking_level: option(entry, "thinkingLevel"),
            verbose_level: option(entry, "verboseLevel"),
            response_usage: option(entry, "responseUsage"),
            board_face: option(entry, "boardFace"),
            permission_mode: option(entry, "permissionMode"),
            fast_mode: entry.options.get("fastMode"),
        }
    }
}

fn option<'a>(entry: &'a SessionEntry, name: &str) -> Option<&'a str> {
    entry.options.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sessionwire_protocol::SessionRow;

    use super::*;

    #[test]
    fn a_row_is_one_of_the_protocol() {
        let full = json!({
            "sessionId": "i", "lifecycleRevision": "r", "updatedAt": 1, "createdAt": 2, "createdVia": "operator",
            "displayName": "d", "derivedTitle": "t", "lastMessagePreview": "p", "category": "c", "icon": "i",
            "color": "red", "pinnedAt": 3, "archivedAt": 4, "markedUnreadAt": 5, "lastReadAt": 6,
            "lastInteractionAt": 7, "parentSessionKey": "agent:main:p", "spawnedBy": "agent:main:s",
            "spawnDepth": 1, "visibility": "v", "model": "tea/leaf", "thinkingLevel": "high", "verboseLevel": "on",
            "responseUsage": "full", "boardFace": "chat", "permissionMode": "ask", "fastMode": true,
            "goal": {
                "schemaVersion": 1, "id": "g", "objective": "o", "status": "active", "createdAt": 1, "updatedAt": 1,
                "tokenStart": 0, "tokensUsed": 0, "continuationTurns": 0,
            },
        });
        for entry in [json!({}), json!({"label": "l", "model": "leaf"}), full] {
            let entry: SessionEntry = serde_json::from_value(entry).expect("it is an entry");
            for key in ["agent:main:main", "agent:a:b", "global", "unknown"] {
                let session = Session::new(key.into(), entry.clone());
                let json = session.row_json();
                let row: SessionRow = serde_json::from_str(json.get()).expect("it is a row");
                assert_eq!(
                    serde_json::to_string(&row).ok().as_deref(),
                    Some(json.get())
                );
                assert_eq!(row, session.own_row());
                let terse = serde_json::to_string(&Row::terse(&session)).expect("it is written");
                assert!(!terse.contains("false"), "{terse}");
                assert_eq!(serde_json::from_str(&terse).ok().as_ref(), Some(&row));
                let bare = serde_json::to_string(&Row::with(&session, false, false));
                let without_titles = SessionRow {
                    derived_title: None,
                    last_message_preview: None,
                    ..row
                };
                assert_eq!(bare.ok(), serde_json::to_string(&without_titles).ok());
            }
        }
    }
}
