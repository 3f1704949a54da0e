use alloc::boxed::Box;

use crate::goal::{Goal, GoalStatus};
use crate::{Millis, SessionKey};

/// What of a row decides whether a list shows it, beside its [`crate::RowHead`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowFacts {
    /// The agent that it belongs to.
    pub agent_id: Option<Box<str>>,
    /// What the gateway takes it for: `main`, `dashboard`, `cron`, `heartbeat` …
    pub classification: Option<Box<str>>,
    /// The session whose agent started it.
    pub spawned_by: Option<SessionKey>,
    /// The session that it was made from.
    pub parent_session_key: Option<SessionKey>,
    /// Put away.
    pub archived: bool,
    /// The group that it was put in.
    pub category: Option<Box<str>>,
    /// Which face of it is on top, where one was chosen.
    pub board_face: Option<Box<str>>,
    /// Whether an agent is at work in it.
    pub has_active_run: bool,
    /// Whether agents that it started are at work.
    pub has_active_subagent_run: bool,
    /// How the run stands by which an agent started it; absent where none did.
    pub subagent_run_state: Option<Box<str>>,
    /// How its last run ended, or that one runs.
    pub status: Option<Box<str>>,
    /// When that began.
    pub started_at: Option<Millis>,
    /// When that ended.
    pub ended_at: Option<Millis>,
    /// How it came to be.
    pub created_via: Option<Box<str>>,
    /// Who made it.
    pub created_actor: Option<ActorFacts>,
    /// What to call it.
    pub display_name: Option<Box<str>>,
    /// The name that a model gave it.
    pub auto_label: Option<Box<str>>,
    /// What a channel says that it is about.
    pub subject: Option<Box<str>>,
    /// The channel that it came by.
    pub origin: Option<OriginFacts>,
    /// What kind of conversation it is.
    pub kind: Option<Box<str>>,
    /// Who serves its model.
    pub model_provider: Option<Box<str>>,
    /// Its model.
    pub model: Option<Box<str>>,
    /// Who serves the model that stands in for that.
    pub active_model_provider: Option<Box<str>>,
    /// The model that stands in for its own.
    pub active_model: Option<Box<str>>,
    /// What runs its agent.
    pub agent_runtime: Option<RuntimeFacts>,
    /// What it is for.
    pub goal: Option<GoalFacts>,
}

/// Who made a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActorFacts {
    /// `human`, `agent`, `system` …
    pub r#type: Option<Box<str>>,
}

/// The channel that a session came by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OriginFacts {
    /// What to call it.
    pub label: Option<Box<str>>,
}

/// What runs an agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimeFacts {
    /// Its name.
    pub id: Option<Box<str>>,
    /// What takes its place.
    pub fallback: Option<Box<str>>,
}

/// What a session is for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoalFacts {
    /// In the user's words.
    pub objective: Box<str>,
    /// How it stands.
    pub status: Box<str>,
    /// Tokens spent on it.
    pub tokens_used: f64,
    /// Tokens that may be spent on it.
    pub token_budget: Option<f64>,
    /// The note given with the last change of status.
    pub last_status_note: Option<Box<str>>,
}

impl From<&Goal> for GoalFacts {
    fn from(goal: &Goal) -> Self {
        let status = match goal.status {
            GoalStatus::Active => "active",
            GoalStatus::Paused => "paused",
            GoalStatus::Blocked => "blocked",
            GoalStatus::UsageLimited => "usage_limited",
            GoalStatus::BudgetLimited => "budget_limited",
            GoalStatus::Complete => "complete",
            GoalStatus::Unknown => "unknown",
        };
        Self {
            objective: goal.objective.as_str().into(),
            status: status.into(),
            tokens_used: goal.tokens_used as f64,
            token_budget: None,
            last_status_note: goal.last_status_note.as_deref().map(Box::from),
        }
    }
}
