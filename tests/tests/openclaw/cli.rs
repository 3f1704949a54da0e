use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sessionwire_tests::{Finished, Program};

const LIMIT: Duration = Duration::from_secs(120);

/// The Node.js that OpenClaw asks for.
pub(crate) fn node() -> PathBuf {
    variable("SESSIONWIRE_OPENCLAW_NODE")
}

/// OpenClaw's program.
pub(crate) fn program() -> PathBuf {
    sessionwire_openclaw::program(&variable("SESSIONWIRE_OPENCLAW_DIR"))
}

fn variable(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")))
}

/// OpenClaw's command line, with a home of its own.
pub(crate) struct Cli {
    home: tempfile::TempDir,
}

impl Cli {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Calls a method of the gateway there, which must not refuse.
    pub(crate) async fn call(
        &self,
        (url, token): (&str, &str),
        method: &str,
        params: &Value,
    ) -> Value {
        let finished = self.run((url, token), method, params).await;
        assert!(finished.success, "{method}: {finished:?}");
        serde_json::from_str(&finished.stdout)
            .unwrap_or_else(|error| panic!("{method}: {error}: {finished:?}"))
    }

    pub(crate) async fn run(
        &self,
        (url, token): (&str, &str),
        method: &str,
        params: &Value,
    ) -> Finished {
        let params = params.to_string();
        self.command(&[
            "gateway", "call", method, "--url", url, "--token", token, "--params", &params,
            "--json",
        ])
        .run(LIMIT)
        .await
    }

    /// Asks a gateway how it is in one of the ways that there are, which must end well.
    pub(crate) async fn look(&self, (url, token): (&str, &str), way: &str) -> Value {
        let args = ["gateway", way, "--url", url, "--token", token, "--json"];
        let finished = self.command(&args).run(LIMIT).await;
        assert!(finished.success, "{way}: {finished:?}");
        serde_json::from_str(&finished.stdout)
            .unwrap_or_else(|error| panic!("{way}: {error}: {finished:?}"))
    }

    /// What people do about devices, which must be done.
    pub(crate) async fn devices(&self, (url, token): (&str, &str), what: &[&str]) -> Finished {
        let args = [&["devices"], what, &["--url", url, "--token", token]].concat();
        let finished = self.command(&args).run(LIMIT).await;
        assert!(finished.success, "{what:?}: {finished:?}");
        finished
    }

    fn command(&self, args: &[&str]) -> Program {
        let program = program();
        let args = [program.as_os_str()]
            .into_iter()
            .chain(args.iter().map(AsRef::as_ref));
        environment(self.home.path())
            .into_iter()
            .fold(Program::new(node(), args), |program, (name, value)| {
                program.env(name, value)
            })
    }
}

/// What keeps OpenClaw's programs to themselves, in a home of their own.
pub(crate) fn environment(home: &Path) -> [(&'static str, OsString); 5] {
    [
        ("HOME", home.into()),
        ("OPENCLAW_STATE_DIR", home.join("state").into()),
        ("OPENCLAW_NO_AUTO_UPDATE", "1".into()),
        ("OPENCLAW_NO_RESPAWN", "1".into()),
        ("DO_NOT_TRACK", "1".into()),
    ]
}
