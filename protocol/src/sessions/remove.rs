use serde::{Deserialize, Serialize};

use super::SessionsPatched;
use crate::{Access, Method, Millis, SessionKey};

/// `sessions.reset`: destroys the context of a session; key, label and pins stay. Makes the session where
/// there is none.
pub enum SessionsReset {}

impl Method for SessionsReset {
    const NAME: &'static str = "sessions.reset";
    const ACCESS: Access = Access::Admin;
    type Params = SessionsResetParams;
    type Result = SessionsPatched;
}

/// Which session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsResetParams {
    /// The session.
    pub key: String,
    /// The agent, for keys that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// `reset` or `new`; `reset` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "\"reset\" | \"new\""))]
    pub reason: Option<String>,
    /// Refuses the reset if another transcript has taken this one's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<String>,
}

/// `sessions.delete`: removes a session.
pub enum SessionsDelete {}

impl Method for SessionsDelete {
    const NAME: &'static str = "sessions.delete";
    const ACCESS: Access = Access::ByParams;
    type Params = SessionsDeleteParams;
    type Result = SessionsDeleted;
}

/// Which session. Needs `operator.admin`, or `operator.write` with `archived_only`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsDeleteParams {
    /// The session.
    pub key: String,
    /// The agent, for keys that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Whether the transcript goes too; `true` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_transcript: Option<bool>,
    /// Refuses if another transcript has taken this one's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<String>,
    /// Refuses if another generation has taken this one's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_lifecycle_revision: Option<String>,
    /// Refuses if the session has changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_session_updated_at: Option<Millis>,
    /// Refuses unless the session is archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived_only: Option<bool>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct SessionsDeleted {
    /// Always `true`.
    pub ok: bool,
    /// The canonical key.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub key: SessionKey,
    /// Whether there was a session to delete.
    pub deleted: bool,
    /// Files that the transcript was moved to; this gateway moves none.
    #[serde(default)]
    pub archived: Vec<String>,
}

/// `sessions.cleanup`: applies the eviction policy at once.
pub enum SessionsCleanup {}

impl Method for SessionsCleanup {
    const NAME: &'static str = "sessions.cleanup";
    const ACCESS: Access = Access::Admin;
    type Params = SessionsCleanupParams;
    type Result = SessionsCleaned;
}

/// How to apply it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsCleanupParams {
    /// Only tells what would go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
}

/// What the policy removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsCleaned {
    /// Always `true`.
    pub ok: bool,
    /// Whether anything was to be removed for real.
    pub dry_run: bool,
    /// How many sessions there were.
    pub before_count: u64,
    /// How many there are.
    pub after_count: u64,
    /// The keys of those that went, or would.
    pub removed: Vec<SessionKey>,
}
