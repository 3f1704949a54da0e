//! Talking in a session: `chat.*` and the `chat` event.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sessions::ListDefaults;
use crate::{Access, Method, Millis, SessionKey, SessionRow, TranscriptMessage};

/// `chat.send`: adds a message, or carries out the chat command that it is.
pub enum ChatSend {}

impl Method for ChatSend {
    const NAME: &'static str = "chat.send";
    const ACCESS: Access = Access::Write;
    type Params = ChatSendParams;
    type Result = RunStarted;
}

/// What to send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatSendParams {
    /// The session; it is made where there is none.
    pub session_key: String,
    /// The text.
    pub message: String,
    /// Names the run; a repeated key sends nothing twice.
    pub idempotency_key: String,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The transcript that the caller has seen; another one in its place refuses the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Takes a leading slash as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress_command_interpretation: Option<bool>,
    /// Makes the text the session's goal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<ChatIntent>,
    /// Files for the agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Value>,
}

/// What a message is besides its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatIntent {
    /// `session-goal-start`.
    pub kind: String,
    /// The shape of this object, 1.
    pub version: u64,
    /// When the caller asked.
    pub issued_at_ms: Millis,
}

/// A run began; what it says follows as `chat` and `session.message` events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct RunStarted {
    /// The run: the idempotency key of the request.
    pub run_id: String,
    /// `started`; `ok` where the key was used before.
    pub status: String,
}

/// `chat.history`: the newest messages of a transcript.
pub enum ChatHistory {}

impl Method for ChatHistory {
    const NAME: &'static str = "chat.history";
    const ACCESS: Access = Access::Read;
    type Params = ChatHistoryParams;
    type Result = Transcript;
}

/// Which messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct ChatHistoryParams {
    /// The session.
    pub session_key: String,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// At most so many, 200 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Leaves out so many of the newest ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Leaves out the oldest ones that do not fit into so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
}

/// Messages of a transcript, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Transcript {
    /// The session.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub session_key: SessionKey,
    /// Names the transcript; absent where there is no such session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The messages.
    pub messages: Vec<TranscriptMessage>,
    /// Messages that wait for the agent to take them in.
    #[serde(default)]
    pub pending_inputs: PendingInputs,
    /// How hard the agent is to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<String>,
    /// How much the agent is to tell of its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbose_level: Option<String>,
    /// Where older ones follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u64>,
    /// Whether there are older ones.
    #[serde(default)]
    pub has_more: bool,
    /// How many messages the transcript has.
    #[serde(default)]
    pub total_messages: u64,
    /// What holds where the session sets nothing.
    #[serde(default)]
    pub defaults: ListDefaults,
    /// The session's row; with the key only where there is no such session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_info: Option<SessionRow>,
}

/// Messages that wait for an agent; a gateway that runs none has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct PendingInputs {
    /// The messages.
    #[cfg_attr(feature = "typescript", tsify(type = "unknown[]"))]
    pub items: Vec<Value>,
    /// How many there are.
    pub total: u64,
}

/// `chat.startup`: what a chat view needs first; answers as `chat.history`.
pub enum ChatStartup {}

impl Method for ChatStartup {
    const NAME: &'static str = "chat.startup";
    const ACCESS: Access = Access::Read;
    type Params = ChatHistoryParams;
    type Result = Transcript;
}

/// `chat.inject`: adds a message of the agent without a run.
pub enum ChatInject {}

impl Method for ChatInject {
    const NAME: &'static str = "chat.inject";
    const ACCESS: Access = Access::Admin;
    type Params = ChatInjectParams;
    type Result = ChatInjected;
}

/// What the agent says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatInjectParams {
    /// The session; it must exist.
    pub session_key: String,
    /// The text.
    pub message: String,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Stands before the text in brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Result of `chat.inject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatInjected {
    /// Always `true`.
    pub ok: bool,
    /// The message's id.
    pub message_id: String,
}

/// `chat.abort`: ends the runs of a session.
pub enum ChatAbort {}

impl Method for ChatAbort {
    const NAME: &'static str = "chat.abort";
    const ACCESS: Access = Access::Write;
    type Params = ChatAbortParams;
    type Result = ChatAborted;
}

/// Which runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatAbortParams {
    /// The session.
    pub session_key: String,
    /// One run; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// Result of `chat.abort`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatAborted {
    /// Always `true`.
    pub ok: bool,
    /// Whether a run was ended.
    pub aborted: bool,
    /// Those that were.
    pub run_ids: Vec<String>,
}

/// Payload of `chat`: how a run goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct ChatEvent {
    /// The run.
    pub run_id: String,
    /// Its session.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub session_key: SessionKey,
    /// The session's agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Counts the events of the run.
    #[serde(default)]
    pub seq: u64,
    /// What happened.
    pub state: ChatState,
    /// The message so far, or the final one; a run may end without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<TranscriptMessage>,
    /// What was added to the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_text: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum ChatState {
    /// It prepares.
    Status,
    /// It writes.
    Delta,
    /// It is done.
    Final,
    /// It failed.
    Error,
    /// It was ended.
    Aborted,
    /// A state that this version does not know.
    #[serde(other)]
    Unknown,
}
