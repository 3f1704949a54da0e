//! `cargo xtask conformance`: what OpenClaw's clients do on this gateway, as a table in the docs.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::{
    step::{self, Step},
    test,
    workspace::Workspace,
};

/// What clients and behaviours there are.
const PLAN: &str = "tests/conformance/behaviours.json";
/// Which of our frames the published schema does not describe.
const CONTRACT: &str = "tests/conformance/contract.json";
const PAGE: &str = "docs/openclaw.md";
/// The table stands between these lines of the page.
const BEGIN: &str = "<!-- cargo xtask conformance -->";
const END: &str = "<!-- end -->";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    clients: Vec<String>,
    behaviours: Vec<Behaviour>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Behaviour {
    name: String,
    /// Why, by client.
    #[serde(default)]
    not_applicable: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Contract {
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Difference {
    what: String,
    place: String,
    message: String,
    reason: String,
}

/// A line of what the tests write.
#[derive(Deserialize)]
struct Seen {
    client: String,
    behaviour: String,
    passed: bool,
}

/// Runs OpenClaw's clients, prints the table and writes it into the docs. A behaviour that was not seen failed.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = folder.path().join("seen.jsonl");
    let mut steps = test::openclaw_prepared(workspace);
    steps.push(Step::new("running OpenClaw's clients", || {
        test::run_openclaw(Some("conformance"), Some(&file))
    }));
    let tally = step::run(steps)?;
    let (plan, contract): (Plan, Contract) = (read(PLAN)?, read(CONTRACT)?);
    let seen = fs::read_to_string(&file).context("the clients were not seen to do anything")?;
    let seen = seen.lines().map(serde_json::from_str);
    let seen: Vec<Seen> = seen.collect::<Result<_, _>>()?;
    let report = report(&plan, &contract, &seen);
    let page = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let page =
        put_between(&page, &report).with_context(|| format!("{PAGE} has no place for it"))?;
    fs::write(PAGE, page).with_context(|| format!("cannot write {PAGE}"))?;
    writeln!(io::stdout(), "{report}").context("cannot print")?;
    tally.close()
}

fn read<T: for<'a> Deserialize<'a>>(path: &str) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    serde_json::from_str(&text).with_context(|| format!("cannot understand {path}"))
}

fn report(plan: &Plan, contract: &Contract, seen: &[Seen]) -> String {
    let mut report = String::new();
    let mut notes = Vec::new();
    let mut line = |cells: Vec<&str>| {
        report.push_str(&format!("| {} |\n", cells.join(" | ")));
    };
    let mut head = vec![""];
    head.extend(plan.clients.iter().map(String::as_str));
    line(head);
    line(vec!["---"; plan.clients.len() + 1]);
    for behaviour in &plan.behaviours {
        let name = behaviour.name.as_str();
        let mut cells = vec![name.to_owned()];
        for client in &plan.clients {
            cells.push(match behaviour.not_applicable.get(client) {
                Some(reason) => {
                    notes.push(format!("{name}, {client}: {reason}"));
                    format!("– [{}]", notes.len())
                }
                None if passed(seen, client, name) => "pass".to_owned(),
                None => "**fail**".to_owned(),
            });
        }
        line(cells.iter().map(String::as_str).collect());
    }
    report.push_str("\nNot applicable:\n\n");
    for (index, note) in notes.iter().enumerate() {
        report.push_str(&format!("{}. {note}\n", index + 1));
    }
    report.push_str("\nWhat the schema of 2026.9.1 does not allow, and OpenClaw's own gateway sends as well:\n\n");
    for difference in &contract.differences {
        let Difference {
            what,
            place,
            message,
            reason,
        } = difference;
        report.push_str(&format!("- `{what}`, `{place}`, {message}. {reason}\n"));
    }
    report
}

/// What was tried at all, and never failed.
fn passed(seen: &[Seen], client: &str, behaviour: &str) -> bool {
    let mut seen = seen
        .iter()
        .filter(|seen| seen.client == client && seen.behaviour == behaviour)
        .peekable();
    seen.peek().is_some() && seen.all(|seen| seen.passed)
}

fn put_between(page: &str, report: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{report}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(behaviour: &str, passed: bool) -> Seen {
        Seen {
            client: "TUI".to_owned(),
            behaviour: behaviour.to_owned(),
            passed,
        }
    }

    #[test]
    fn only_what_was_seen_and_never_failed_passes() {
        let seen = [seen("lists", true), seen("pins", true), seen("pins", false)];
        assert!(passed(&seen, "TUI", "lists"));
        assert!(!passed(&seen, "TUI", "pins"));
        assert!(!passed(&seen, "TUI", "renames"));
    }

    #[test]
    fn a_table_takes_the_place_of_another() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = put_between(&page, "new").expect("there is a place");
        assert_eq!(new, format!("before\n{BEGIN}\n\nnew\n{END}\nafter\n"));
        assert_eq!(put_between("none", "new"), None);
    }
}
