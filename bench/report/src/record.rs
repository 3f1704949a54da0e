use serde::{Deserialize, Serialize};

use crate::Table;

/// A benchmark as it was measured last.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    /// What the benchmark is called on the command line.
    pub name: String,
    /// What was found.
    #[serde(flatten)]
    pub table: Table,
    /// Where and when.
    pub made: Made,
}

/// Where and when something was measured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Made {
    /// The day, as in `2026-11-21`.
    pub date: String,
    /// The commit, with `-dirty` where the working tree differed from it.
    pub commit: String,
    /// How many processors the machine has.
    pub cores: usize,
    /// What they are.
    pub processor: String,
    /// Its memory, in GB.
    pub memory: u64,
    /// Its kernel.
    pub kernel: String,
    /// What else took part, with versions.
    pub versions: Vec<String>,
    /// How many processes wanted a processor in the minute before the benchmark began.
    pub load_before: f64,
    /// How many did in its last minute, its own among them.
    pub load_after: f64,
}
