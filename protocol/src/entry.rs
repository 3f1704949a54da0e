use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::goal::Goal;
use crate::{Millis, SessionKey};

/// A session as a gateway stores it, and as answers to changes carry it in `entry`.
///
/// Unlike a row of the list it holds only what was set, nothing derived, and not its own key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionEntry {
    /// Names the transcript.
    pub session_id: String,
    /// Names the generation: another one after each reset.
    pub lifecycle_revision: String,
    /// When anything about the session last changed.
    pub updated_at: Millis,
    /// When it came to be.
    pub created_at: Millis,
    /// How it came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_via: Option<Box<str>>,
    /// When this generation began, where it is not the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_started_at: Option<Millis>,
    /// The name that a person gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Box<str>>,
    /// A title given at creation; it need not be unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Box<str>>,
    /// The beginning of the generation's first message of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_title: Option<Box<str>>,
    /// The beginning of its newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_preview: Option<Box<str>>,
    /// How many messages the transcript holds.
    #[serde(skip_serializing_if = "is_zero")]
    pub message_count: u64,
    /// The group that it was put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Box<str>>,
    /// An icon of the user's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Box<str>>,
    /// A colour of the user's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Box<str>>,
    /// Since when it is pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Millis>,
    /// Since when it is archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Millis>,
    /// When it was marked as unread by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked_unread_at: Option<Millis>,
    /// When it was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_read_at: Option<Millis>,
    /// When a person last wrote to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_interaction_at: Option<Millis>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Box<Goal>>,
    /// The session that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub parent_session_key: Option<SessionKey>,
    /// The session whose agent started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub spawned_by: Option<SessionKey>,
    /// How many agents stand between it and a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spawn_depth: Option<u64>,
    /// Who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Box<str>>,
    /// The model chosen for it, `provider/model` or a bare name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<str>>,
    /// Options of the run, by the names of `sessions.patch`: kept as given, used by agents.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", tsify(type = "{ [option: string]: unknown }"))]
    pub options: serde_json::Map<String, Value>,
}

/// By hand: through `flatten`, serde would keep every field in memory before it reads one, and a gateway that starts
/// reads all its sessions.
impl<'de> Deserialize<'de> for SessionEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    SessionId,
    LifecycleRevision,
    UpdatedAt,
    CreatedAt,
    CreatedVia,
    SessionStartedAt,
    Label,
    DisplayName,
    DerivedTitle,
    LastMessagePreview,
    MessageCount,
    Category,
    Icon,
    Color,
    PinnedAt,
    ArchivedAt,
    MarkedUnreadAt,
    LastReadAt,
    LastInteractionAt,
    Goal,
    ParentSessionKey,
    SpawnedBy,
    SpawnDepth,
    Visibility,
    Model,
    Option(String),
}

impl<'de> Visitor<'de> for Fields {
    type Value = SessionEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session's entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<SessionEntry, A::Error> {
        let mut entry = SessionEntry::default();
        while let Some(field) = fields.next_key()? {
            match field {
                Field::SessionId => entry.session_id = fields.next_value()?,
                Field::LifecycleRevision => entry.lifecycle_revision = fields.next_value()?,
                Field::UpdatedAt => entry.updated_at = fields.next_value()?,
                Field::CreatedAt => entry.created_at = fields.next_value()?,
                Field::CreatedVia => entry.created_via = fields.next_value()?,
                Field::SessionStartedAt => entry.session_started_at = fields.next_value()?,
                Field::Label => entry.label = fields.next_value()?,
                Field::DisplayName => entry.display_name = fields.next_value()?,
                Field::DerivedTitle => entry.derived_title = fields.next_value()?,
                Field::LastMessagePreview => entry.last_message_preview = fields.next_value()?,
                Field::MessageCount => entry.message_count = fields.next_value()?,
                Field::Category => entry.category = fields.next_value()?,
                Field::Icon => entry.icon = fields.next_value()?,
                Field::Color => entry.color = fields.next_value()?,
                Field::PinnedAt => entry.pinned_at = fields.next_value()?,
                Field::ArchivedAt => entry.archived_at = fields.next_value()?,
                Field::MarkedUnreadAt => entry.marked_unread_at = fields.next_value()?,
                Field::LastReadAt => entry.last_read_at = fields.next_value()?,
                Field::LastInteractionAt => entry.last_interaction_at = fields.next_value()?,
                Field::Goal => entry.goal = fields.next_value()?,
                Field::ParentSessionKey => entry.parent_session_key = fields.next_value()?,
                Field::SpawnedBy => entry.spawned_by = fields.next_value()?,
                Field::SpawnDepth => entry.spawn_depth = fields.next_value()?,
                Field::Visibility => entry.visibility = fields.next_value()?,
                Field::Model => entry.model = fields.next_value()?,
                Field::Option(name) => {
                    entry.options.insert(name, fields.next_value()?);
                }
            }
        }
        Ok(entry)
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a function of a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_field_is_an_option() {
        let json = json!({
            "sessionId": "i", "lifecycleRevision": "r", "updatedAt": 1, "createdAt": 2, "label": "l",
            "messageCount": 3, "parentSessionKey": "agent:main:main", "thinkingLevel": "high", "fastMode": null,
        });
        let entry: SessionEntry = serde_json::from_value(json.clone()).expect("it is an entry");
        assert_eq!((entry.session_id.as_str(), entry.message_count), ("i", 3));
        let names: Vec<_> = entry.options.keys().map(String::as_str).collect();
        assert_eq!(names, ["fastMode", "thinkingLevel"]);
        assert_eq!(serde_json::to_value(&entry).ok(), Some(json));
        for refused in [
            json!([]),
            json!({"updatedAt": "now"}),
            json!({"sessionId": null}),
        ] {
            assert!(serde_json::from_value::<SessionEntry>(refused).is_err());
        }
    }
}
