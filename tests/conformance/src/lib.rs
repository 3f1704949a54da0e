//! What the conformance report looks at: the tests write down what they saw of it, `cargo xtask conformance` makes
//! tables of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The variable that names the file to which the tests add what they saw, a line each.
pub const FILE: &str = "SESSIONWIRE_CONFORMANCE";

/// All tables of the report.
#[derive(Debug, Deserialize)]
pub struct Plan {
    /// In the order in which they are printed.
    pub tables: Vec<Table>,
}

/// Who is looked at for what.
#[derive(Debug, Deserialize)]
pub struct Table {
    /// What it is about; the docs have a place of that name.
    pub name: String,
    /// The columns.
    pub clients: Vec<String>,
    /// The lines.
    pub behaviours: Vec<Behaviour>,
}

/// Something that clients do.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Behaviour {
    /// What the client does, as a sentence about it would end.
    pub name: String,
    /// By client, why it cannot be looked at there.
    #[serde(default)]
    pub not_applicable: BTreeMap<String, String>,
}

/// What a test saw of a client.
#[derive(Debug, Deserialize, Serialize)]
pub struct Seen {
    /// The table's name.
    pub table: String,
    /// The client's name.
    pub client: String,
    /// The behaviour's name.
    pub behaviour: String,
    /// Whether the client has it.
    pub passed: bool,
}

/// What the published schema leaves open. Most of it is for `tests/js/contract.mjs`.
#[derive(Debug, Deserialize)]
pub struct Contract {
    /// The frames of ours that the schema does not allow.
    pub differences: Vec<Difference>,
}

/// A frame that the schema does not allow.
#[derive(Debug, Deserialize)]
pub struct Difference {
    /// Which frame.
    pub what: String,
    /// Where in its payload.
    pub place: String,
    /// What a validator says of it.
    pub message: String,
    /// Why it stays.
    pub reason: String,
}

impl Plan {
    /// The plan as it stands in `behaviours.json`.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../behaviours.json")).expect("the plan is as described")
    }
}

impl Table {
    /// Whether the table has a place for what was seen of this client.
    pub fn asks(&self, client: &str, behaviour: &str) -> bool {
        let known = self.behaviours.iter().find(|known| known.name == behaviour);
        self.clients.iter().any(|known| known == client)
            && known.is_some_and(|known| !known.not_applicable.contains_key(client))
    }

    /// Whether all that was seen of it was well, and something was.
    pub fn passed(&self, seen: &[Seen], client: &str, behaviour: &str) -> bool {
        let is_it = |seen: &&Seen| {
            (&*seen.table, &*seen.client, &*seen.behaviour) == (&*self.name, client, behaviour)
        };
        let mut seen = seen.iter().filter(is_it).peekable();
        seen.peek().is_some() && seen.all(|seen| seen.passed)
    }
}

impl Contract {
    /// The contract as it stands in `contract.json`.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../contract.json")).expect("it is as described")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(table: &str, behaviour: &str, passed: bool) -> Seen {
        Seen {
            table: table.to_owned(),
            client: "TUI".to_owned(),
            behaviour: behaviour.to_owned(),
            passed,
        }
    }

    #[test]
    fn only_what_was_seen_there_and_never_failed_passes() {
        let table = Table {
            name: "here".to_owned(),
            clients: vec!["TUI".to_owned()],
            behaviours: Vec::new(),
        };
        let seen = [
            seen("here", "lists", true),
            seen("here", "pins", true),
            seen("here", "pins", false),
            seen("there", "renames", true),
        ];
        assert!(table.passed(&seen, "TUI", "lists"));
        assert!(!table.passed(&seen, "TUI", "pins"));
        assert!(!table.passed(&seen, "TUI", "renames"));
    }

    #[test]
    fn the_plan_asks_only_known_clients_and_gives_reasons_for_the_others() {
        for table in Plan::load().tables {
            assert!(!table.asks("nobody", &table.behaviours[0].name));
            for behaviour in &table.behaviours {
                for (client, reason) in &behaviour.not_applicable {
                    assert!(table.clients.contains(client), "{client}");
                    assert!(!table.asks(client, &behaviour.name) && !reason.is_empty());
                }
            }
        }
        assert!(!Contract::load().differences.is_empty());
    }
}
