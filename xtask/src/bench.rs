//! `cargo xtask bench`: the gateway beside its peers and its limits.

use std::{path::PathBuf, process::Command, process::ExitCode};

use anyhow::Result;

use crate::{
    gateway, install, npm, openclaw, process,
    step::{self, Step},
    workspace::{Workspace, cargo},
};

const NPM: &str = "bench/peers";
/// All servers that can be measured.
const PEERS: &str = "sessionwire,sessionwire-plain,floor,axum,bun,ws,socket-io,openclaw";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; without any name, everything
    names: Vec<String>,
    /// Measure OpenClaw, Bun, `ws` and socket.io too
    #[arg(long)]
    peers: bool,
    /// How often each server is measured
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// A folder where stores stay that were filled for a measurement: a million sessions take minutes to make
    #[arg(long)]
    stores: Option<PathBuf>,
    /// Where to write the figures
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = vec![
        Step::plain("compiling the gateway", gateway::compile_for_use),
        Step::plain("compiling the benchmarks", || {
            process::run(cargo().args(["build", "--release", "--package=sessionwire-bench"]))
        }),
    ];
    if arguments.peers {
        steps.push(Step::plain("looking for Node.js", install::node));
        steps.push(Step::new("installing the peers from npm", || {
            npm::install(NPM)
        }));
        steps.push(Step::new("installing OpenClaw", openclaw::install));
    }
    step::run(steps)?;
    process::run(&mut measuring(workspace, arguments)?)?;
    Ok(ExitCode::SUCCESS)
}

fn measuring(workspace: &Workspace, arguments: &Arguments) -> Result<Command> {
    let mut bench = Command::new(workspace.target_directory.join("release/bench"));
    bench
        .arg("run")
        .args(&arguments.names)
        .args(["--runs", &arguments.runs.to_string()])
        .arg("--gateway")
        .arg(gateway::binary(workspace))
        .args(["--npm", NPM]);
    if arguments.peers {
        bench
            .args(["--peers", PEERS])
            .arg("--openclaw")
            .arg(openclaw::folder()?)
            .arg("--openclaw-node")
            .arg(openclaw::node()?);
    }
    if let Some(folder) = &arguments.stores {
        bench.arg("--stores").arg(folder);
    }
    if let Some(path) = &arguments.json {
        bench.arg("--json").arg(path);
    }
    Ok(bench)
}
