//! The life of a goal: what may become of it, by a chat command as by a method.

use serde::{Deserialize, Serialize};
use sessionwire_protocol::goal::{Goal, GoalReceipt, GoalStatus};
use sessionwire_protocol::{Millis, SessionKey};

use crate::id::new_id;

/// How long an operation on a goal can be repeated without being carried out again, and how old it may be.
pub const OPERATION_LIFE: Millis = 24 * 60 * 60 * 1000;

/// An operation that was carried out, kept so that it is carried out once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The session.
    pub session_key: SessionKey,
    /// When its caller asked for it.
    pub issued_at: Millis,
    /// All that was asked, which tells a repetition from another request under the same id.
    pub request: String,
    /// What was answered.
    pub receipt: GoalReceipt,
}

/// Why a goal stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A session has one goal at a time.
    #[error("goal already exists")]
    Exists,
    /// There is none.
    #[error("goal not found")]
    Missing,
    /// A goal that is reached stays so.
    #[error("goal is already complete")]
    Complete,
    /// A goal needs words.
    #[error("objective required")]
    NoObjective,
}

/// A new goal, for a session without one.
pub fn start(held: Option<&Goal>, objective: &str, now: Millis) -> Result<Goal, Refusal> {
    let objective = words(objective)?;
    if held.is_some() {
        return Err(Refusal::Exists);
    }
    Ok(Goal {
        schema_version: 1,
        id: new_id(),
        objective,
        status: GoalStatus::Active,
        created_at: now,
        updated_at: now,
        token_start: 0,
        token_start_fresh: Some(false),
        tokens_used: 0,
        continuation_turns: 0,
        last_status_note: None,
        paused_at: None,
        blocked_at: None,
        completed_at: None,
    })
}

/// The goal in other words.
pub fn edit(held: Option<&Goal>, objective: &str, now: Millis) -> Result<Goal, Refusal> {
    let objective = words(objective)?;
    let goal = unfinished(held)?;
    Ok(Goal {
        objective,
        updated_at: now,
        ..goal.clone()
    })
}

/// The goal with another status; without a note the last one stays.
pub fn set_status(
    held: Option<&Goal>,
    status: GoalStatus,
    note: &str,
    now: Millis,
) -> Result<Goal, Refusal> {
    let goal = if status == GoalStatus::Complete {
        held.ok_or(Refusal::Missing)?
    } else {
        unfinished(held)?
    };
    let mut goal = Goal {
        status,
        updated_at: now,
        ..goal.clone()
    };
    match status {
        GoalStatus::Paused => goal.paused_at = Some(now),
        GoalStatus::Blocked => goal.blocked_at = Some(now),
        GoalStatus::Complete => goal.completed_at = goal.completed_at.or(Some(now)),
        GoalStatus::Active
        | GoalStatus::UsageLimited
        | GoalStatus::BudgetLimited
        | GoalStatus::Unknown => {}
    }
    let note = note.trim();
    if !note.is_empty() {
        goal.last_status_note = Some(note.to_owned());
    }
    Ok(goal)
}

fn unfinished(held: Option<&Goal>) -> Result<&Goal, Refusal> {
    let goal = held.ok_or(Refusal::Missing)?;
    if goal.status == GoalStatus::Complete {
        return Err(Refusal::Complete);
    }
    Ok(goal)
}

fn words(objective: &str) -> Result<String, Refusal> {
    match objective.trim() {
        "" => Err(Refusal::NoObjective),
        objective => Ok(objective.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_lives_until_it_is_complete() {
        let goal = start(None, " Ship it ", 1).expect("there is none yet");
        assert_eq!(
            (goal.objective.as_str(), goal.status),
            ("Ship it", GoalStatus::Active)
        );
        assert_eq!(start(Some(&goal), "Another", 2), Err(Refusal::Exists));
        let paused = set_status(Some(&goal), GoalStatus::Paused, "waiting", 3).expect("it is open");
        assert_eq!(
            (paused.paused_at, paused.last_status_note.as_deref()),
            (Some(3), Some("waiting"))
        );
        let resumed = set_status(Some(&paused), GoalStatus::Active, " ", 4).expect("it is open");
        assert_eq!(resumed.last_status_note.as_deref(), Some("waiting"));
        let edited = edit(Some(&resumed), "Better words", 5).expect("it is open");
        assert_eq!(
            (
                edited.objective.as_str(),
                edited.updated_at,
                edited.id == goal.id
            ),
            ("Better words", 5, true)
        );
        let complete = set_status(Some(&edited), GoalStatus::Complete, "", 6).expect("it is open");
        let again = set_status(Some(&complete), GoalStatus::Complete, "", 7).expect("it may");
        assert_eq!(again.completed_at, Some(6));
        assert_eq!(edit(Some(&again), "x", 8), Err(Refusal::Complete));
        assert_eq!(
            set_status(Some(&again), GoalStatus::Paused, "", 8),
            Err(Refusal::Complete)
        );
    }

    #[test]
    fn without_a_goal_there_is_nothing_to_change() {
        assert_eq!(edit(None, "x", 1), Err(Refusal::Missing));
        assert_eq!(edit(None, " ", 1), Err(Refusal::NoObjective));
        assert_eq!(
            set_status(None, GoalStatus::Complete, "", 1),
            Err(Refusal::Missing)
        );
    }
}
