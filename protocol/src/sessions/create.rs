use alloc::string::String;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Resolved;
use crate::{Access, Method, SessionEntry, SessionKey};

/// `sessions.create`: makes a session, or adopts the one that exists under the key.
pub enum SessionsCreate {}

impl Method for SessionsCreate {
    const NAME: &'static str = "sessions.create";
    const ACCESS: Access = Access::ByParams;
    type Params = SessionsCreateParams;
    type Result = SessionsCreated;
}

/// What to make.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsCreateParams {
    /// The key; `agent:<agent>:dashboard:<uuid>` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The agent; the default one where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// A name of its own, at most 512 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A title that need not be unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The group to put it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How hard the agent is to think.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<String>,
    /// Whether fast mode is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "boolean | \"auto\""))]
    pub fast_mode: Option<Value>,
    /// What the agent may do without asking; `full` needs `operator.admin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_mode: Option<String>,
    /// The session that it is made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_session_key: Option<String>,
    /// How many agents stand between it and a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spawn_depth: Option<u64>,
    /// Who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// Its first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The same, by its older name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Names the run of the first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// The session stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct SessionsCreated {
    /// Always `true`.
    pub ok: bool,
    /// Its canonical key.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub key: SessionKey,
    /// Names its transcript; absent where a session was adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// As stored.
    pub entry: SessionEntry,
    /// Whether a first message was sent.
    #[serde(default)]
    pub run_started: bool,
    /// The run of the first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What its options come to.
    #[serde(default)]
    pub resolved: Resolved,
}
