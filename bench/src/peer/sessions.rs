//! The gateways: ours and OpenClaw's.

use std::path::Path;

use anyhow::{Context as _, Result};
use sessionwire_openclaw::OpenClaw;
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
    let address = sessionwire_openclaw::free_address()?;
    sessionwire_openclaw::configure(home, &AGENTS)?;
    let gateway = OpenClaw {
        node,
        program: &sessionwire_openclaw::program(folder),
        home,
        port: address.port(),
        token: TOKEN,
    };
    Server::start(gateway.command().into(), |line| {
        sessionwire_openclaw::is_ready(line).then_some(address)
    })
    .await
}
