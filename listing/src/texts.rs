//! The texts by which a search finds a session.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};

use sessionwire_protocol::{GoalFacts, RowFacts};

use crate::facts::Listed;

/// Calls with every text of a row by which a search finds it, until one fits.
pub fn any_text_of_row(
    row: &impl Listed,
    facts: &RowFacts,
    fits: &mut dyn FnMut(&str) -> bool,
) -> bool {
    let (label, name) = (row.label(), facts.display_name.as_deref());
    let origin = facts.origin.as_ref().filter(|_| label.or(name).is_none());
    let said = [
        Some(row.key().as_str()),
        row.facts().session_id,
        label,
        name,
        origin.and_then(|origin| origin.label.as_deref()),
        facts.category.as_deref(),
        facts.subject.as_deref(),
        facts.kind.as_deref(),
        facts.status.as_deref(),
        Some(activity(facts)),
    ];
    said.iter().any(|text| text.is_some_and(&mut *fits))
        || any_text_of_model(
            facts.model_provider.as_deref(),
            facts.model.as_deref(),
            fits,
        )
        || any_text_of_model(
            facts.active_model_provider.as_deref(),
            facts.active_model.as_deref(),
            fits,
        )
        || facts
            .goal
            .as_ref()
            .is_some_and(|goal| fits(&goal_text(goal)))
        || facts.agent_runtime.as_ref().is_some_and(|runtime| {
            let id = runtime.id.as_deref().unwrap_or("-");
            match runtime.fallback.as_deref() {
                Some(fallback) => fits(&[id, " (fallback ", fallback, ")"].concat()),
                None => fits(id),
            }
        })
}

/// The same with the texts of a model.
pub fn any_text_of_model(
    provider: Option<&str>,
    model: Option<&str>,
    fits: &mut dyn FnMut(&str) -> bool,
) -> bool {
    match (provider, model) {
        (Some(provider), Some(model)) => fits(&[provider, "/", model].concat()),
        (one, other) => one.or(other).is_some_and(fits),
    }
}

/// What a session without a run is found by.
pub const IDLE: &str = "idle";

fn activity(facts: &RowFacts) -> &'static str {
    let runs = matches!(facts.status.as_deref(), None | Some("queued" | "running"));
    match facts.has_active_run && runs {
        true => "live running",
        false => IDLE,
    }
}

/// A goal in the words by which a search finds it.
pub fn goal_text(goal: &GoalFacts) -> String {
    let status = match &*goal.status {
        "active" => "Pursuing goal",
        "paused" => "Goal paused",
        "blocked" => "Goal blocked",
        "usage_limited" => "Goal hit usage limits",
        "budget_limited" => "Goal unmet",
        "complete" => "Goal achieved",
        other => other,
    };
    let used = tokens(goal.tokens_used);
    let usage = match goal.token_budget {
        Some(budget) => [" (", &used, "/", &tokens(budget), ")"].concat(),
        None if goal.tokens_used > 0.0 => [" (", &used, " used)"].concat(),
        None => String::new(),
    };
    let note = goal.last_status_note.as_deref().unwrap_or_default();
    [
        &goal.objective,
        " ",
        &goal.status,
        " ",
        status,
        &usage,
        " ",
        note,
    ]
    .concat()
}

/// A number of tokens in short: `950`, `1.2k`, `35k`, `2.5m`.
fn tokens(count: f64) -> String {
    // What is not above 0 becomes 0.
    let count = (count + 0.5) as u64;
    let tenths = |unit: u64, name: &str| {
        let tenths = count.saturating_add(unit / 20) / (unit / 10);
        match tenths % 10 {
            0 => [&(tenths / 10).to_string(), name].concat(),
            rest => [&(tenths / 10).to_string(), ".", &rest.to_string(), name].concat(),
        }
    };
    let whole = |unit: u64, name: &str| {
        [&(count.saturating_add(unit / 2) / unit).to_string(), name].concat()
    };
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000 => tenths(1_000, "k"),
        10_000..999_500 => whole(1_000, "k"),
        999_500..1_000_000 => "1m".to_owned(),
        1_000_000..10_000_000 => tenths(1_000_000, "m"),
        _ => whole(1_000_000, "m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_in_short() {
        for (count, expected) in [
            (-5.0, "0"),
            (950.0, "950"),
            (1_000.0, "1k"),
            (1_249.0, "1.2k"),
            (1_250.0, "1.3k"),
            (35_400.0, "35k"),
            (999_499.0, "999k"),
            (999_500.0, "1m"),
            (2_460_000.0, "2.5m"),
            (12_400_000.0, "12m"),
        ] {
            assert_eq!(tokens(count), expected);
        }
    }

    #[test]
    fn a_goal_is_found_by_how_it_stands() {
        let mut goal = GoalFacts {
            objective: "Brew".into(),
            status: "blocked".into(),
            tokens_used: 1_200.0,
            token_budget: Some(50_000.0),
            last_status_note: Some("No leaves".into()),
        };
        assert_eq!(
            goal_text(&goal),
            "Brew blocked Goal blocked (1.2k/50k) No leaves"
        );
        goal.token_budget = None;
        goal.last_status_note = None;
        assert_eq!(goal_text(&goal), "Brew blocked Goal blocked (1.2k used) ");
    }
}
