use std::env;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use sessionwire_tests::{Finished, Program};

const LIMIT: Duration = Duration::from_secs(60);

/// The Node.js that OpenClaw asks for.
pub(crate) fn node() -> PathBuf {
    variable("SESSIONWIRE_OPENCLAW_NODE")
}

/// OpenClaw's program.
pub(crate) fn program() -> PathBuf {
    variable("SESSIONWIRE_OPENCLAW_DIR").join("node_modules/openclaw/openclaw.mjs")
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
        let args = [
            "gateway", "call", method, "--url", url, "--token", token, "--params", &params,
            "--json",
        ];
        let program = program();
        let args = [program.as_os_str()]
            .into_iter()
            .chain(args.iter().map(AsRef::as_ref));
        Program::new(node(), args)
            .env("HOME", self.home.path())
            .env("OPENCLAW_STATE_DIR", self.home.path().join("state"))
            .env("OPENCLAW_NO_AUTO_UPDATE", "1")
            .env("OPENCLAW_NO_RESPAWN", "1")
            .env("DO_NOT_TRACK", "1")
            .run(LIMIT)
            .await
    }
}
