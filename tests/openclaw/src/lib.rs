//! How tests and benchmarks start OpenClaw's own gateway: on loopback, without models, channels and timed jobs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

/// OpenClaw's program, in the folder into which `cargo xtask` installs it.
pub fn program(folder: &Path) -> PathBuf {
    folder.join("node_modules/openclaw/openclaw.mjs")
}

/// Whether a line of its output says that it lets clients in.
pub fn is_ready(line: &str) -> bool {
    line.ends_with("[gateway] ready")
}

/// Writes the configuration of a gateway into its home.
pub fn configure(home: &Path) -> io::Result<()> {
    let config = json!({
        // Clients of whom a proxy on this machine says so are elsewhere.
        "gateway": {"mode": "local", "trustedProxies": ["127.0.0.1"]},
        "update": {"checkOnStart": false},
        "agents": {
            "defaults": {"heartbeat": {"every": "0m"}},
            "entries": {"main": {}, "other": {}},
        },
        "logging": {"file": home.join("gateway.log")},
    });
    std::fs::write(config_in(home), config.to_string())
}

/// A gateway that is to run.
#[derive(Clone, Copy, Debug)]
pub struct OpenClaw<'a> {
    /// The Node.js that runs it.
    pub node: &'a Path,
    /// OpenClaw's program.
    pub program: &'a Path,
    /// Its state folder, which is its home as well.
    pub home: &'a Path,
    /// Where it listens on loopback.
    pub port: u16,
    /// The secret of its clients.
    pub token: &'a str,
}

impl OpenClaw<'_> {
    /// What starts it, once it is configured. It tells on its standard output when it [is ready](is_ready).
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.node);
        command
            .arg(self.program)
            .args(["gateway", "run", "--bind", "loopback", "--auth", "token"])
            .args(["--token", self.token, "--port", &self.port.to_string()])
            .env("HOME", self.home)
            .env("OPENCLAW_STATE_DIR", self.home)
            .env("OPENCLAW_CONFIG_PATH", config_in(self.home))
            .env("OPENCLAW_EXEC_SHELL_SNAPSHOT", "0")
            .env("NO_COLOR", "1")
            .env("DO_NOT_TRACK", "1")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(Stdio::piped());
        for switch in [
            "DISABLE_BONJOUR",
            "NO_AUTO_UPDATE",
            "NO_RESPAWN",
            "SKIP_CHANNELS",
            "SKIP_CRON",
            "SKIP_STARTUP_MODEL_PREWARM",
        ] {
            command.env(format!("OPENCLAW_{switch}"), "1");
        }
        command
    }
}

fn config_in(home: &Path) -> PathBuf {
    home.join("openclaw.json")
}
