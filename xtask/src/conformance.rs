//! `cargo xtask conformance`: what clients were seen to do, as tables in the docs.

use std::{
    fs,
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use sessionwire_conformance::{Contract, Difference, Plan, Seen, Table};

use crate::{
    step::{self, Step},
    test,
    workspace::Workspace,
};

const PAGE: &str = "docs/openclaw.md";
/// The name of the place for what the published schema does not allow.
const DIFFERENCES: &str = "differences";

/// Runs the clients, prints the tables and writes them into the docs. A behaviour that was not seen failed.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = folder.path().join("seen.jsonl");
    let mut steps = test::openclaw_prepared(workspace);
    steps.push(Step::new("running the clients", || {
        test::run_openclaw(workspace, None, Some(&file))
    }));
    let tally = step::run(steps)?;
    let seen = fs::read_to_string(&file).context("the clients were not seen to do anything")?;
    let seen = seen.lines().map(serde_json::from_str);
    let seen: Vec<Seen> = seen.collect::<Result<_, _>>()?;

    let mut page = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let mut put = |name: &str, text: &str| -> Result<()> {
        page = put_between(&page, name, text)
            .with_context(|| format!("{PAGE} has no place for: {name}"))?;
        writeln!(io::stdout(), "{name}\n\n{text}").context("cannot print")
    };
    let mut missing = 0;
    for table in Plan::load().tables {
        let report = Report::of(&table, &seen);
        put(&table.name, &report.text)?;
        missing += report.missing;
    }
    put(DIFFERENCES, &differences(&Contract::load()))?;
    fs::write(PAGE, page).with_context(|| format!("cannot write {PAGE}"))?;
    let closed = tally.close()?;
    Ok(if missing == 0 {
        closed
    } else {
        eprintln!("error: {missing} behaviours were not seen to work");
        ExitCode::FAILURE
    })
}

/// A table as Markdown.
struct Report {
    text: String,
    /// How many cells do not say "pass" and should.
    missing: usize,
}

impl Report {
    fn of(table: &Table, seen: &[Seen]) -> Self {
        let (mut lines, mut reasons, mut missing) = (Vec::new(), Vec::new(), 0);
        lines.push(format!("|  | {} |", table.clients.join(" | ")));
        lines.push(format!("|{}", " --- |".repeat(table.clients.len() + 1)));
        for behaviour in &table.behaviours {
            let mut line = format!("| {} |", behaviour.name);
            for client in &table.clients {
                let cell = if let Some(reason) = behaviour.not_applicable.get(client) {
                    format!("– [{}]", number(&mut reasons, reason))
                } else if table.passed(seen, client, &behaviour.name) {
                    "pass".to_owned()
                } else {
                    missing += 1;
                    "**fail**".to_owned()
                };
                line.push_str(&format!(" {cell} |"));
            }
            lines.push(line);
        }
        if !reasons.is_empty() {
            lines.push("\nNot applicable:\n".to_owned());
        }
        for (index, reason) in reasons.iter().enumerate() {
            lines.push(format!("{}. {reason}", index + 1));
        }
        Self {
            text: lines.join("\n") + "\n",
            missing,
        }
    }
}

/// The number of a reason, which equal ones share.
fn number<'a>(reasons: &mut Vec<&'a str>, reason: &'a str) -> usize {
    let known = reasons.iter().position(|known| *known == reason);
    known.unwrap_or_else(|| {
        reasons.push(reason);
        reasons.len() - 1
    }) + 1
}

fn differences(contract: &Contract) -> String {
    let line = |difference: &Difference| {
        let Difference {
            what,
            place,
            message,
            reason,
        } = difference;
        format!("- `{what}`, `{place}`, {message}. {reason}\n")
    };
    contract.differences.iter().map(line).collect()
}

/// The page with a text in the place of that name.
fn put_between(page: &str, name: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- cargo xtask conformance: {name} -->");
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once("<!-- end -->")?;
    Some(format!("{before}{begin}\n\n{text}\n<!-- end -->{after}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sessionwire_conformance::Behaviour;

    use super::*;

    fn behaviour(name: &str, not_applicable: &[(&str, &str)]) -> Behaviour {
        let reasons = not_applicable.iter();
        let reasons: BTreeMap<_, _> = reasons
            .map(|(client, reason)| ((*client).to_owned(), (*reason).to_owned()))
            .collect();
        Behaviour {
            name: name.to_owned(),
            not_applicable: reasons,
        }
    }

    #[test]
    fn what_was_not_seen_fails_and_equal_reasons_share_a_number() {
        let table = Table {
            name: "here".to_owned(),
            clients: vec!["TUI".to_owned(), "CLI".to_owned()],
            behaviours: vec![
                behaviour("lists", &[]),
                behaviour("pins", &[("TUI", "It has no way to."), ("CLI", "It ends.")]),
                behaviour("resets", &[("TUI", "It has no way to.")]),
            ],
        };
        let seen = Seen {
            table: "here".to_owned(),
            client: "TUI".to_owned(),
            behaviour: "lists".to_owned(),
            passed: true,
        };
        let report = Report::of(&table, &[seen]);
        let text = "|  | TUI | CLI |\n| --- | --- | --- |\n\
            | lists | pass | **fail** |\n| pins | – [1] | – [2] |\n| resets | – [1] | **fail** |\n\
            \nNot applicable:\n\n1. It has no way to.\n2. It ends.\n";
        assert_eq!((&*report.text, report.missing), (text, 2));
    }

    #[test]
    fn a_table_takes_the_place_of_another() {
        let page = "before\n<!-- cargo xtask conformance: here -->\nold\n<!-- end -->\nafter\n";
        let new = "before\n<!-- cargo xtask conformance: here -->\n\nnew\n<!-- end -->\nafter\n";
        assert_eq!(put_between(page, "here", "new").as_deref(), Some(new));
        assert_eq!(put_between(page, "there", "new"), None);
    }
}
