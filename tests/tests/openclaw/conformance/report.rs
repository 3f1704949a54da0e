use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use sessionwire_conformance::{FILE, Plan, Seen};

/// The tables of the report.
pub(crate) const THEIRS_HERE: &str = "OpenClaw's clients at this gateway";
pub(crate) const OURS_THERE: &str = "our clients at OpenClaw's gateway";
pub(crate) const THEIRS_IN_FRONT: &str = "OpenClaw's clients at this gateway in front of its own";

/// What is seen of a client, for a table of `cargo xtask conformance`.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    table: &'static str,
    client: &'static str,
}

impl Report {
    pub(crate) fn of(table: &'static str, client: &'static str) -> Self {
        Self { table, client }
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
        let Self { table, client } = self;
        let plan = Plan::load().tables;
        let known = plan.iter().find(|known| known.name == table);
        assert!(
            known.is_some_and(|known| known.asks(client, behaviour)),
            "the plan does not ask it of {client}: {behaviour}"
        );
        let Some(file) = env::var_os(FILE) else {
            return;
        };
        let seen = Seen {
            table: table.to_owned(),
            client: client.to_owned(),
            behaviour: behaviour.to_owned(),
            passed,
        };
        let line = serde_json::to_string(&seen).expect("it is text");
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
