//! Tables of the scopes that names need: what OpenClaw's gateway asks for its methods and its events.

use std::collections::HashMap;

use sessionwire_protocol::Scope;

/// The scope for each name of a table, in which scopes stand before what needs them.
pub(super) fn read(table: &'static str) -> HashMap<&'static str, Scope> {
    let mut scopes = HashMap::new();
    let mut scope = Scope::ADMIN;
    for line in table.lines() {
        match line.strip_prefix("  ") {
            Some(name) => drop(scopes.insert(name, scope.clone())),
            None => scope = Scope::from(line.to_owned()),
        }
    }
    scopes
}
