//! How tests and benchmarks start OpenClaw's own gateway: on loopback, without models, channels and timed jobs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value, json};

/// OpenClaw's program, in the folder into which `cargo xtask` installs it.
pub fn program(folder: &Path) -> PathBuf {
    folder.join("node_modules/openclaw/openclaw.mjs")
}

/// Where it can listen. It is told before it does, and takes a minute to start: nobody gets this port meanwhile who asks
/// the system for any.
pub fn free_address() -> io::Result<SocketAddr> {
    const FIRST: u32 = 20_000;
    // Systems give those above to who asks for any.
    const COUNT: u32 = 10_000;
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let mut taken = io::ErrorKind::AddrInUse.into();
    for _ in 0..COUNT {
        let place = process::id().wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + place).map_err(io::Error::other)?;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return listener.local_addr(),
            Err(error) => taken = error,
        }
    }
    Err(taken)
}

/// Whether a line of its output says that it lets clients in.
pub fn is_ready(line: &str) -> bool {
    line.ends_with("[gateway] ready")
}

/// Writes the configuration of a gateway with these agents into its home.
pub fn configure(home: &Path, agents: &[&str]) -> io::Result<()> {
    let agents: Map<String, Value> = agents
        .iter()
        .map(|&agent| (agent.to_owned(), json!({})))
        .collect();
    let config = json!({
        // Clients of whom a proxy on this machine says so are elsewhere.
        "gateway": {"mode": "local", "trustedProxies": ["127.0.0.1"]},
        "update": {"checkOnStart": false},
        "agents": {
            "defaults": {"heartbeat": {"every": "0m"}},
            "entries": agents,
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
