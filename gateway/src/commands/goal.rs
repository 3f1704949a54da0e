//! `/goal`.

use sessionwire_protocol::goal::{Goal, GoalStatus};

use super::{Effect, Outcome, View};
use crate::goal::{self, Refusal};

/// Shows or changes the session's goal. Words that are no action begin one.
pub(super) fn goal(args: &str, view: &View<'_>) -> Option<Outcome> {
    let args = args.trim();
    let (word, rest) = args
        .split_once(char::is_whitespace)
        .map_or((args, ""), |(word, rest)| (word, rest.trim()));
    let held = view.entry.goal.as_deref();
    let now = view.now;
    let changed = match word.to_lowercase().as_str() {
        "" | "status" => return Some(Outcome::reply(shown(held))),
        "clear" => return Some(clear(held)),
        "start" | "set" | "create" if rest.is_empty() => {
            return Some(Outcome::reply("Usage: /goal start <objective>"));
        }
        "edit" if rest.is_empty() => return Some(Outcome::reply("Usage: /goal edit <objective>")),
        "start" | "set" | "create" => goal::start(held, rest, now).map(|goal| ("started", goal)),
        "edit" => goal::edit(held, rest, now).map(|goal| ("updated", goal)),
        "pause" => step(held, GoalStatus::Paused, rest, view).map(|goal| ("paused", goal)),
        "resume" => step(held, GoalStatus::Active, rest, view).map(|goal| ("resumed", goal)),
        "complete" | "done" => {
            step(held, GoalStatus::Complete, rest, view).map(|goal| ("complete", goal))
        }
        "block" | "blocked" => {
            step(held, GoalStatus::Blocked, rest, view).map(|goal| ("blocked", goal))
        }
        _ => goal::start(held, args, now).map(|goal| ("started", goal)),
    };
    Some(match changed {
        Ok((what, goal)) => {
            let spent = match what {
                "complete" => format!("\nTokens used: {}", goal.tokens_used),
                _ => String::new(),
            };
            Outcome::reply(format!("Goal {what}: {}{spent}", goal.objective))
                .with(Effect::Goal(Some(goal)))
        }
        Err(refusal) => Outcome::reply(format!("Goal error: {refusal}")),
    })
}

fn step(
    held: Option<&Goal>,
    status: GoalStatus,
    note: &str,
    view: &View<'_>,
) -> Result<Goal, Refusal> {
    goal::set_status(held, status, note, view.now)
}

fn clear(held: Option<&Goal>) -> Outcome {
    match held {
        Some(_) => Outcome::reply("Goal cleared.").with(Effect::Goal(None)),
        None => Outcome::reply("No goal to clear."),
    }
}

fn shown(held: Option<&Goal>) -> String {
    let Some(goal) = held else {
        return "No goal for this session.\nStart one with /goal start <objective>.".to_owned();
    };
    let (status, commands) = match goal.status {
        GoalStatus::Active => (
            "active",
            "/goal edit <objective>, /goal pause, /goal complete, /goal clear",
        ),
        GoalStatus::Paused => ("paused", OPEN),
        GoalStatus::Blocked => ("blocked", OPEN),
        GoalStatus::UsageLimited => ("usage_limited", OPEN),
        GoalStatus::BudgetLimited => ("budget_limited", OPEN),
        GoalStatus::Complete => ("complete", "/goal clear"),
        GoalStatus::Unknown => ("unknown", "/goal clear"),
    };
    let note = match &goal.last_status_note {
        Some(note) => format!("Note: {note}\n"),
        None => String::new(),
    };
    format!(
        "Goal\nStatus: {status}\nObjective: {}\nTokens used: {}\n{note}\nCommands: {commands}",
        goal.objective, goal.tokens_used
    )
}

const OPEN: &str = "/goal resume, /goal edit <objective>, /goal clear";
