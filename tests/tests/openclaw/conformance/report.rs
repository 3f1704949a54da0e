use std::collections::BTreeMap;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use serde::Deserialize;
use serde_json::json;

/// Where what was seen is written to, a line each, for the table of `cargo xtask conformance`.
const FILE: &str = "SESSIONWIRE_CONFORMANCE";

/// What a client of OpenClaw does on this gateway, behaviour by behaviour.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    client: &'static str,
}

/// The lines and columns of the table.
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
    #[serde(default)]
    not_applicable: BTreeMap<String, String>,
}

impl Report {
    pub(crate) fn of(client: &'static str) -> Self {
        let plan = plan();
        assert!(plan.clients.iter().any(|known| known == client), "{client}");
        Self { client }
    }

    /// Carries out what shows a behaviour, which the client has if that does not panic.
    pub(crate) async fn shows<T>(self, behaviour: &str, seen: impl Future<Output = T>) -> T {
        let mut attempt = Attempt {
            report: self,
            behaviour,
            passed: false,
        };
        let seen = seen.await;
        attempt.passed = true;
        seen
    }

    /// Writes down whether the client has a behaviour.
    pub(crate) fn note(self, behaviour: &str, passed: bool) {
        let plan = plan();
        let known = plan.behaviours.iter().find(|known| known.name == behaviour);
        let known = known.unwrap_or_else(|| panic!("the plan does not know: {behaviour}"));
        assert!(
            !known.not_applicable.contains_key(self.client),
            "not applicable to the {}: {behaviour}",
            self.client
        );
        let Some(file) = env::var_os(FILE) else {
            return;
        };
        let line = json!({"client": self.client, "behaviour": behaviour, "passed": passed});
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .expect("the report can be written");
        // One write, as others write to it at the same time.
        let written = file.write_all(format!("{line}\n").as_bytes());
        written.expect("the report can be written");
    }
}

struct Attempt<'a> {
    report: Report,
    behaviour: &'a str,
    passed: bool,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.report.note(self.behaviour, self.passed);
    }
}

fn plan() -> Plan {
    let plan = include_str!("../../../conformance/behaviours.json");
    serde_json::from_str(plan).expect("the plan is as written here")
}
