use std::fmt::{self, Display};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use sessionwire_conformance::Contract;
use sessionwire_tests::Program;

use super::tap::Recorded;
use crate::cli;

/// What `tests/js/contract.mjs` says of a recording.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    /// How many frames of that side there were.
    pub(crate) frames: usize,
    /// Of which methods there were answers that are no refusals, or which were asked for.
    pub(crate) methods: Vec<String>,
    /// Which events there were.
    pub(crate) events: Vec<String>,
    /// What the schema does not allow.
    pub(crate) problems: Vec<Problem>,
    /// Which of the listed differences were met.
    pub(crate) differences: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    what: String,
    place: String,
    message: String,
    value: Value,
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            place,
            message,
            value,
        } = self;
        write!(f, "{what} {place}: {message}: {value}")
    }
}

/// Holds every frame that a gateway sent to the protocol's schema.
pub(crate) async fn judge(recording: &[Recorded]) -> Verdict {
    judge_side("gateway", recording).await
}

/// The same, of a gateway that must send nothing else.
pub(crate) async fn hold(recording: &[Recorded]) -> Verdict {
    let verdict = judge(recording).await;
    verdict.demand();
    verdict
}

/// Holds every request of clients, which must send nothing else, to the protocol's schema.
pub(crate) async fn hold_requests(recording: &[Recorded]) -> Verdict {
    let verdict = judge_side("client", recording).await;
    verdict.demand();
    verdict
}

async fn judge_side(side: &str, recording: &[Recorded]) -> Verdict {
    let mut lines = String::new();
    for recorded in recording {
        let line = serde_json::to_string(recorded).expect("a frame is text");
        lines.push_str(&line);
        lines.push('\n');
    }
    let judged = Program::new(cli::node(), ["contract.mjs", side])
        .folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("js"))
        .run_on(&lines, Duration::from_secs(120))
        .await;
    assert!(judged.success, "{judged:?}");
    serde_json::from_str(&judged.stdout).unwrap_or_else(|error| panic!("{error}: {judged:?}"))
}

impl Verdict {
    fn demand(&self) {
        assert!(self.frames > 0, "nothing was recorded");
        let problems: Vec<_> = self.problems.iter().map(Problem::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

/// The differences that are allowed, as a verdict names them.
pub(crate) fn listed() -> Vec<String> {
    let contract = Contract::load();
    let mut listed: Vec<_> = contract
        .differences
        .iter()
        .map(|known| format!("{} {}: {}", known.what, known.place, known.message))
        .collect();
    listed.sort();
    listed
}
