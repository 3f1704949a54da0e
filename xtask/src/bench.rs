//! `cargo xtask bench`: the gateway beside its peers and its limits.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};

use crate::{
    build, gateway, install, npm, openclaw, process, sdk,
    step::{self, Step},
    workspace::{Workspace, cargo},
};

const NPM: &str = "bench/peers";
/// What measures the npm package.
const OF_THE_PACKAGE: [&str; 2] = ["decode", "size"];
const DOCS: &str = "docs";
/// All servers that can be measured.
const PEERS: &str =
    "sessionwire,sessionwire-plain,floor,durable-floor,axum,bun,ws,socket-io,openclaw";

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
    /// Put the figures into docs/benchmarks.md, in the place of those before
    #[arg(long, requires = "peers")]
    report: bool,
    /// Measure nothing, and only make docs/benchmarks.md anew of the records beside it
    #[arg(long, conflicts_with_all = ["names", "peers", "json", "report"])]
    page: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    if arguments.page {
        sessionwire_bench_report::write(Path::new(DOCS))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (of_package, of_servers): (Vec<_>, Vec<_>) = arguments
        .names
        .iter()
        .partition(|name| OF_THE_PACKAGE.contains(&name.as_str()));
    let mut steps = vec![Step::plain("compiling the benchmarks", || {
        process::run(cargo().args(["build", "--release", "--package=sessionwire-bench"]))
    })];
    if of_package.is_empty() || !of_servers.is_empty() {
        steps.push(Step::plain(
            "compiling the gateway",
            gateway::compile_for_use,
        ));
    }
    if of_servers.is_empty() || !of_package.is_empty() {
        steps.extend(build::npm_package(workspace));
    }
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

/// Fails where docs/benchmarks.md is not what its records yield.
pub(crate) fn check_page() -> Result<()> {
    sessionwire_bench_report::check(Path::new(DOCS))
        .context("docs/benchmarks.md is to be made anew: run `cargo xtask bench --page`")
}

fn measuring(workspace: &Workspace, arguments: &Arguments) -> Result<Command> {
    let mut bench = Command::new(workspace.target_directory.join("release/bench"));
    bench
        .arg("run")
        .args(&arguments.names)
        .args(["--runs", &arguments.runs.to_string()])
        .arg("--gateway")
        .arg(gateway::binary(workspace))
        .args(["--npm", NPM, "--package", sdk::PACKAGE]);
    if arguments.peers {
        bench
            .args(["--peers", PEERS])
            .arg("--openclaw")
            .arg(openclaw::folder()?)
            .arg("--openclaw-node")
            .arg(openclaw::node()?);
    }
    if arguments.report {
        bench.args(["--report", DOCS]);
    }
    if let Some(folder) = &arguments.stores {
        bench.arg("--stores").arg(folder);
    }
    if let Some(path) = &arguments.json {
        bench.arg("--json").arg(path);
    }
    Ok(bench)
}
