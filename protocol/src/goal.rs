//! The goal of a session: what it is for, how far it is, and the methods that change it.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{Access, Method, Millis};

/// What a session is to reach. A session has at most one goal; a reset clears it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Goal {
    /// The shape of this object, 1.
    pub schema_version: u32,
    /// Tells this goal from the session's earlier ones.
    pub id: String,
    /// In the user's words, at most 16,000 characters.
    pub objective: String,
    /// How it stands.
    pub status: GoalStatus,
    /// When it was set.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// The session's token count when the goal was set.
    pub token_start: u64,
    /// Whether that count was known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_start_fresh: Option<bool>,
    /// Tokens spent on it since.
    pub tokens_used: u64,
    /// Turns that the agent took on its own.
    pub continuation_turns: u64,
    /// The note given with the last change of status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status_note: Option<String>,
    /// When it was last paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Millis>,
    /// When it was last blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Millis>,
    /// When it was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Millis>,
}

/// How a goal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum GoalStatus {
    /// Being worked on.
    Active,
    /// Put aside by a person or an error.
    Paused,
    /// Cannot go on without help.
    Blocked,
    /// Stopped by a limit of the provider.
    UsageLimited,
    /// Stopped by its own budget.
    BudgetLimited,
    /// Reached.
    Complete,
    /// A status that this version does not know.
    #[serde(other)]
    Unknown,
}

/// `sessions.goal.update`: changes the goal of a session. The same `operation_id` is carried out once.
pub enum GoalUpdate {}

impl Method for GoalUpdate {
    const NAME: &'static str = "sessions.goal.update";
    const ACCESS: Access = Access::Write;
    type Params = GoalUpdateParams;
    type Result = GoalReceipt;
}

/// What to do with the goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct GoalUpdateParams {
    /// The session.
    pub session_key: String,
    /// The goal that the caller has seen; another one in its place refuses the change.
    pub goal_id: String,
    /// Chosen by the caller, at most 128 characters: a repeated operation answers with the first receipt.
    pub operation_id: String,
    /// When the caller asked.
    pub issued_at_ms: Millis,
    /// What to do.
    pub action: GoalAction,
    /// The new objective, for the action `edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// A note for the other actions, at most 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The transcript that the caller has seen; another one in its place refuses the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
}

/// A step in a goal's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum GoalAction {
    /// Another objective.
    Edit,
    /// Put aside.
    Pause,
    /// Go on.
    Resume,
    /// It is reached.
    Complete,
    /// It cannot go on.
    Block,
    /// Take it away; the action of receipts of `sessions.goal.clear`.
    Clear,
}

/// `sessions.goal.clear`: takes the goal away.
pub enum GoalClear {}

impl Method for GoalClear {
    const NAME: &'static str = "sessions.goal.clear";
    const ACCESS: Access = Access::Write;
    type Params = GoalClearParams;
    type Result = GoalReceipt;
}

/// Which goal to take away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct GoalClearParams {
    /// The session.
    pub session_key: String,
    /// The goal that the caller has seen.
    pub goal_id: String,
    /// As in `sessions.goal.update`.
    pub operation_id: String,
    /// When the caller asked.
    pub issued_at_ms: Millis,
    /// As in `sessions.goal.update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
}

/// That an operation on a goal was carried out, and with what outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct GoalReceipt {
    /// The caller's id.
    pub operation_id: String,
    /// What was done.
    pub action: GoalAction,
    /// The session's transcript.
    pub session_id: String,
    /// The goal.
    pub goal_id: String,
    /// The goal after it; absent after a clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// `updated`, `cleared`, or `started` where a run of the agent followed.
    pub status: String,
    /// The operation had been carried out before, and was not again.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub replayed: bool,
}
