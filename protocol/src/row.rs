use alloc::boxed::Box;
use alloc::string::String;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::goal::Goal;
use crate::{Millis, SessionKey};

/// A session as lists show it.
///
/// Gateways send more fields than these; readers ignore what they do not know. Only `key` and `kind` are
/// certain to be there. A flag that is absent is `false`; in live lists gateways with cursors leave it out then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct SessionRow {
    /// The session's lasting name.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub key: SessionKey,
    /// What kind of conversation it is.
    pub kind: SessionKind,
    /// The agent that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Names the transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Names the generation: another one after each reset. OpenClaw's gateway does not send it in rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle_revision: Option<String>,
    /// The name that a person gave it, unique among the sessions of its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What to call it: the label where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The label, or a title made from its first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_title: Option<String>,
    /// The beginning of its newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_preview: Option<String>,
    /// The group that it was put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// An icon of the user's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// A colour of the user's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// Whether it is the main session of its agent.
    #[serde(default)]
    pub is_main: bool,
    /// Who may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// When it came to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Millis>,
    /// How it came to be: `operator`, `spawn`, `channel` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_via: Option<String>,
    /// When anything about it last changed.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
    pub updated_at: Option<Millis>,
    /// When a person last wrote to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_interaction_at: Option<Millis>,
    /// Put away: hidden from lists that do not ask for it.
    #[serde(default)]
    pub archived: bool,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Millis>,
    /// Kept on top of lists.
    #[serde(default)]
    pub pinned: bool,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Millis>,
    /// Holds something not yet read.
    #[serde(default)]
    pub unread: bool,
    /// When it was marked as unread by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_unread_at: Option<Millis>,
    /// When it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read_at: Option<Millis>,
    /// Whether an agent is at work in it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub has_active_run: bool,
    /// How its last run ended, or that one runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The session that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub parent_session_key: Option<SessionKey>,
    /// The session whose agent started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub spawned_by: Option<SessionKey>,
    /// How many agents stand between it and a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawn_depth: Option<u64>,
    /// The model chosen for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who serves that model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// How hard the agent is to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<String>,
    /// How much the agent is to tell of its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbose_level: Option<String>,
    /// What replies tell of their cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_usage: Option<String>,
    /// Which face of the session is on top: `chat` or `dashboard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board_face: Option<String>,
    /// What the agent may do without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_mode: Option<String>,
    /// Whether fast mode is on: `true`, `false` or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "boolean | \"auto\""))]
    pub fast_mode: Option<Value>,
}

/// What kind of conversation a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// With one person.
    Direct,
    /// With several.
    Group,
    /// The sentinel `global`.
    Global,
    /// Anything else.
    #[serde(other)]
    Unknown,
}

/// What a client has to know of a row to keep a list: enough to order it and to notice another generation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowHead {
    /// The session's lasting name.
    pub key: SessionKey,
    /// Names the transcript.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Names the generation.
    #[serde(default)]
    pub lifecycle_revision: Option<String>,
    /// Since when it is kept on top of lists.
    #[serde(default)]
    pub pinned_at: Option<Millis>,
    /// When anything about it last changed.
    #[serde(default)]
    pub updated_at: Option<Millis>,
    /// When it came to be.
    #[serde(default)]
    pub created_at: Option<Millis>,
    /// When a person last wrote to it.
    #[serde(default)]
    pub last_interaction_at: Option<Millis>,
    /// When an agent last did something in it.
    #[serde(default)]
    pub last_activity_at: Option<Millis>,
    /// The name that a person gave it.
    #[serde(default)]
    pub label: Option<Box<str>>,
}

impl RowHead {
    /// Of a row of which nothing is known but its key.
    pub const fn new(key: SessionKey) -> Self {
        Self {
            key,
            session_id: None,
            lifecycle_revision: None,
            pinned_at: None,
            updated_at: None,
            created_at: None,
            last_interaction_at: None,
            last_activity_at: None,
            label: None,
        }
    }
}
