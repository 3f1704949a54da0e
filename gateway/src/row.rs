//! The row that lists show of a session, written straight from what is held of it. No row is kept as text: to write one
//! takes hardly longer than to copy it, and a gateway holds far more sessions than anybody looks at.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use sessionwire_protocol::SessionEntry;

use crate::field::{Field, Serialized, object};
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

    /// The same for clients with cursors, to whom a flag that is absent is `false`. A row of an upstream goes on as it
    /// came.
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

    /// Writes it as JSON.
    pub fn write(&self, json: &mut String) {
        let Some(mirrored) = self.session.upstream_row() else {
            return self.write_own(json);
        };
        if self.with_title && self.with_preview {
            return json.push_str(mirrored.row().get());
        }
        let title = (!self.with_title).then_some("derivedTitle");
        let preview = (!self.with_preview).then_some("lastMessagePreview");
        let names: Vec<_> = title.into_iter().chain(preview).collect();
        json.push_str(mirrored.without(&names).get());
    }

    /// As JSON that stands for itself.
    pub fn to_json(self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }

    /// The [`sessionwire_protocol::SessionRow`] of a session that lives here.
    fn write_own(&self, json: &mut String) {
        let Session { key, entry, .. } = self.session;
        let SessionEntry {
            session_id,
            lifecycle_revision,
            updated_at,
            created_at,
            created_via,
            session_started_at: _,
            label,
            // Shown where there is no label.
            display_name: _,
            derived_title,
            last_message_preview,
            message_count: _,
            category,
            icon,
            color,
            pinned_at,
            archived_at,
            marked_unread_at,
            last_read_at,
            last_interaction_at,
            goal,
            parent_session_key,
            spawned_by,
            spawn_depth,
            visibility,
            model,
            options,
        } = entry;
        let kind = match key.as_str() {
            sentinel @ ("global" | "unknown") => sentinel,
            _ => "direct",
        };
        let (provider, model) = model.as_deref().map(split_model).unzip();
        let title = label.as_deref().or(derived_title.as_deref());
        let option = |name| options.get(name)?.as_str();
        object!(json, {
            "key": key,
            "kind": kind,
            "agentId": key.agent_id(),
            "sessionId": session_id,
            "lifecycleRevision": lifecycle_revision,
            "label": label.as_deref(),
            "displayName": self.session.display_name(),
            "derivedTitle": title.filter(|_| self.with_title),
            "lastMessagePreview": last_message_preview.as_deref().filter(|_| self.with_preview),
            "category": category.as_deref(),
            "icon": icon.as_deref(),
            "color": color.as_deref(),
            "goal": goal.as_deref().map(Serialized),
            "isMain": self.flag(key.is_main()),
            "visibility": visibility.as_deref(),
            "createdAt": *created_at,
            "createdVia": created_via.as_deref(),
            "updatedAt": *updated_at,
            "lastInteractionAt": *last_interaction_at,
            "archived": self.flag(archived_at.is_some()),
            "archivedAt": *archived_at,
            "pinned": self.flag(pinned_at.is_some()),
            "pinnedAt": *pinned_at,
            "unread": self.flag(marked_unread_at.is_some()),
            "markedUnreadAt": *marked_unread_at,
            "lastReadAt": *last_read_at,
            "parentSessionKey": parent_session_key.as_ref(),
            "spawnedBy": spawned_by.as_ref(),
            "spawnDepth": *spawn_depth,
            "model": model,
            "modelProvider": provider.flatten(),
            "thinkingLevel": option("thinkingLevel"),
            "verboseLevel": option("verboseLevel"),
            "responseUsage": option("responseUsage"),
            "boardFace": option("boardFace"),
            "permissionMode": option("permissionMode"),
            "fastMode": options.get("fastMode").map(Serialized),
        });
    }

    fn flag(&self, is_so: bool) -> Option<bool> {
        (is_so || !self.is_terse).then_some(is_so)
    }
}

impl Field for &Row<'_> {
    fn write(self, before: &'static str, json: &mut String) {
        json.push_str(before);
        Row::write(self, json);
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = RawValue::from_string(self.to_json()).expect("a row is JSON");
        row.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sessionwire_protocol::SessionRow;

    use super::*;

    /// All that can be said of a session here.
    fn full() -> Value {
        json!({
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
        })
    }

    /// The row, which is what serde writes of the protocol's.
    fn row_of(session: &Session) -> SessionRow {
        let json = session.row_json();
        let row: SessionRow = serde_json::from_str(&json).expect("it is a row");
        assert_eq!(serde_json::to_string(&row).ok(), Some(json));
        row
    }

    fn session(key: &str, entry: Value) -> Session {
        let entry = serde_json::from_value(entry).expect("it is an entry");
        Session::new(key.into(), entry)
    }

    #[test]
    fn a_row_is_one_of_the_protocol() {
        for entry in [json!({}), json!({"label": "l", "model": "leaf"}), full()] {
            for key in ["agent:main:main", "agent:a:b", "global", "unknown"] {
                let session = session(key, entry.clone());
                let row = row_of(&session);
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

    #[test]
    fn it_says_all_that_the_protocol_has_for_it() {
        let mut entry = full();
        entry["label"] = "l".into();
        let row = row_of(&session("agent:a:main", entry));
        let row = SessionRow { goal: None, ..row };
        let said = format!("{row:?}");
        let fields = said.trim_end_matches(" }").split(", ");
        let unsaid: Vec<_> = fields
            .filter_map(|field| field.strip_suffix(": None"))
            .collect();
        assert_eq!(unsaid, ["goal", "status"], "no run is known here");
    }

    #[test]
    fn whatever_stands_in_its_texts_they_are_those_of_the_session() {
        let letters = ('\0'..='\u{7f}').chain(['\u{80}', 'ü', '\u{2028}', '\u{10ffff}']);
        for (place, letter) in letters.enumerate() {
            let text = format!("{:x<1$}{letter}{letter}\"", "", place % 40);
            let mut entry = full();
            let fields = entry.as_object_mut().expect("it is an object");
            let texts = fields.values_mut().filter(|value| value.is_string());
            texts.for_each(|value| *value = text.as_str().into());
            fields.insert("model".into(), format!("{text}/{text}").into());
            let session = session(&format!("agent:{text}:{text}"), entry);
            let row = row_of(&session);
            assert_eq!(row.key, session.key);
            assert_eq!(row.agent_id.as_deref(), session.key.agent_id());
            for field in [
                row.session_id,
                row.lifecycle_revision,
                row.created_via,
                row.display_name,
                row.derived_title,
                row.last_message_preview,
                row.category,
                row.icon,
                row.color,
                row.visibility,
                row.thinking_level,
                row.verbose_level,
                row.response_usage,
                row.board_face,
                row.permission_mode,
                row.parent_session_key.map(|key| key.to_string()),
                row.spawned_by.map(|key| key.to_string()),
            ] {
                assert_eq!(field.as_ref(), Some(&text));
            }
        }
    }
}
