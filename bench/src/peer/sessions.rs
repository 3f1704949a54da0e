//! The gateways: ours and OpenClaw's.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::{AGENTS, Programs, TOKEN};
use crate::process::Server;

/// Ours, as `sessionwire serve` starts it.
pub(super) fn gateway(programs: &Programs, data: &Path) -> Command {
    let mut command = Command::new(&programs.gateway);
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--token", TOKEN, "--data"])
        .arg(data)
        .args(["--agent", &AGENTS.join(",")])
        .env("SESSIONWIRE_LOG", "error");
    command
}

/// OpenClaw's, without models, channels and timed jobs.
pub(super) async fn openclaw(programs: &Programs, home: &Path) -> Result<Server> {
    let (folder, node) = programs
        .openclaw
        .as_ref()
        .context("OpenClaw is not installed")?;
    let free: SocketAddr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let entries: Map<String, Value> = AGENTS
        .map(|agent| (agent.to_owned(), json!({})))
        .into_iter()
        .collect();
    let config = json!({
        "gateway": {"mode": "local"},
        "update": {"checkOnStart": false},
        "agents": {"defaults": {"heartbeat": {"every": "0m"}}, "entries": entries},
        "logging": {"file": home.join("gateway.log")},
    });
    std::fs::write(home.join("openclaw.json"), config.to_string())?;
    let mut command = Command::new(node);
    command
        .arg(folder.join("node_modules/openclaw/openclaw.mjs"))
        .args([
            "gateway", "run", "--bind", "loopback", "--auth", "token", "--token", TOKEN,
        ])
        .args(["--port", &free.port().to_string()])
        .env("HOME", home)
        .env("OPENCLAW_STATE_DIR", home)
        .env("OPENCLAW_CONFIG_PATH", home.join("openclaw.json"))
        .env("OPENCLAW_EXEC_SHELL_SNAPSHOT", "0")
        .env("NO_COLOR", "1")
        .env("DO_NOT_TRACK", "1")
        .stderr(Stdio::null());
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
    Server::start(command, |line| {
        line.ends_with("[gateway] ready").then_some(free)
    })
    .await
}
