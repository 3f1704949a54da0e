use alloc::string::String;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::goal::Goal;
use crate::{Millis, SessionKey};

/// A session as a gateway stores it, and as answers to changes carry it in `entry`.
///
/// Unlike a row of the list it holds only what was set, nothing derived, and not its own key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    pub created_via: Option<String>,
    /// When this generation began, where it is not the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_started_at: Option<Millis>,
    /// The name that a person gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A title given at creation; it need not be unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The beginning of the generation's first message of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_title: Option<String>,
    /// The beginning of its newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_preview: Option<String>,
    /// How many messages the transcript holds.
    #[serde(skip_serializing_if = "is_zero")]
    pub message_count: u64,
    /// The group that it was put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// An icon of the user's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// A colour of the user's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
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
    pub goal: Option<Goal>,
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
    pub visibility: Option<String>,
    /// The model chosen for it, `provider/model` or a bare name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Options of the run, by the names of `sessions.patch`: kept as given, used by agents.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", tsify(type = "{ [option: string]: unknown }"))]
    pub options: serde_json::Map<String, Value>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a function of a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
