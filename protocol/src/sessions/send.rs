use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::RunStarted;
use crate::{Access, Method};

/// `sessions.send`: as `chat.send`, for a session that exists.
pub enum SessionsSend {}

impl Method for SessionsSend {
    const NAME: &'static str = "sessions.send";
    const ACCESS: Access = Access::Write;
    type Params = SessionsSendParams;
    type Result = RunStarted;
}

/// What to send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsSendParams {
    /// The session.
    pub key: String,
    /// The text; with a leading slash a chat command.
    pub message: String,
    /// The agent, for keys that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Names the run; a repeated key sends nothing twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Files for the agent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "unknown[]"))]
    pub attachments: Vec<Value>,
}

/// `sessions.abort`: ends a run.
pub enum SessionsAbort {}

impl Method for SessionsAbort {
    const NAME: &'static str = "sessions.abort";
    const ACCESS: Access = Access::Write;
    type Params = SessionsAbortParams;
    type Result = SessionsAborted;
}

/// Which run: of a session, or by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsAbortParams {
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// What was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsAborted {
    /// Always `true`.
    pub ok: bool,
    /// The run that was ended.
    pub aborted_run_id: Option<String>,
    /// `aborted` or `no-active-run`.
    pub status: String,
}
