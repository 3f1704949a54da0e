use alloc::string::String;
use alloc::vec::Vec;

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
    /// To the sessions of this agent only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// With `false` nothing is removed; the answer tells what would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforce: Option<bool>,
    /// Spares this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_key: Option<String>,
}

/// What the policy removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsCleaned {
    /// The agent that was asked for, or the default one.
    pub agent_id: String,
    /// Where the sessions are stored.
    pub store_path: String,
    /// `enforce`, or `warn` where nothing was to be removed.
    pub mode: String,
    /// Whether nothing was to be removed.
    pub dry_run: bool,
    /// How many sessions there were.
    pub before_count: u64,
    /// How many there are, or would be.
    pub after_count: u64,
    /// How many went because nothing had happened in them for too long.
    pub pruned: u64,
    /// How many more went because there were too many.
    pub capped: u64,
    /// Whether there was anything to remove.
    pub would_mutate: bool,
    /// Whether it was removed.
    pub applied: bool,
}
