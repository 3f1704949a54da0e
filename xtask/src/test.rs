//! `cargo xtask test`, `cargo xtask test openclaw` and `cargo xtask test chaos`.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{
    build, gateway, install, npm, openclaw, picker, sdk,
    step::{self, Outcome, Step},
    tally::{self, Runner},
    workspace::{Workspace, cargo},
};

const BROWSER_AND_NODE: &str = "tests/js";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Run only the Rust tests whose name contains this
    filter: Option<String>,
    #[command(subcommand)]
    suite: Option<Suite>,
}

#[derive(Subcommand)]
enum Suite {
    /// Install the real OpenClaw, outside the repository, and run the tests against it
    Openclaw {
        /// Run only the tests whose name contains this
        filter: Option<String>,
    },
    /// Run the clients against a gateway that is killed again and again, behind a proxy that cuts and delays
    Chaos(Chaos),
}

#[derive(Clone, Copy, Args)]
struct Chaos {
    /// How long sessions change
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How often the gateway is killed
    #[arg(long, default_value_t = 10)]
    kills: u64,
    /// Changes a second
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// How many sessions there are, at least 1,000
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    sessions: u64,
    /// Decides what is changed, cut, delayed and killed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the tests and closes with their count.
pub(crate) fn run(workspace: &Workspace, arguments: Arguments) -> Result<ExitCode> {
    let steps = match arguments.suite {
        Some(Suite::Openclaw { filter }) => against_openclaw(workspace, filter),
        Some(Suite::Chaos(chaos)) => in_chaos(workspace, chaos),
        None => {
            let mut steps = build::npm_package_and_picker(workspace);
            steps.extend(everything_built(workspace, arguments.filter));
            steps
        }
    };
    step::run(steps)?.close()
}

/// All tests that need no other project's program, once the npm package and the picker are built.
pub(crate) fn everything_built(workspace: &Workspace, filter: Option<String>) -> Vec<Step<'_>> {
    let mut steps = tools();
    if filter.is_none() {
        steps.extend([
            Step::plain("checking the npm package's types", || {
                npm::run_script(sdk::PACKAGE, "check")
            }),
            Step::plain("checking the picker's types", || {
                npm::run_script(picker::FOLDER, "check")
            }),
            Step::new("testing the npm package", || npm::test(sdk::PACKAGE)),
            Step::new("testing the picker", || npm::test(picker::FOLDER)),
        ]);
    }
    steps.push(Step::new("testing the crates", || {
        test_crates(workspace, filter)
    }));
    steps
}

/// What the end-to-end tests run, but for the npm package.
fn tools() -> Vec<Step<'static>> {
    vec![
        Step::new("installing the tests' npm packages", || {
            npm::install(BROWSER_AND_NODE)
        }),
        Step::plain("looking for Chromium", || install::chromium().map(drop)),
        Step::plain("compiling the gateway", gateway::compile_for_tests),
    ]
}

fn test_crates(workspace: &Workspace, filter: Option<String>) -> Result<Outcome> {
    tally::run_tests(
        Runner::Cargo,
        end_to_end(workspace)?.arg("--no-fail-fast").args(filter),
    )
}

fn in_chaos(workspace: &Workspace, chaos: Chaos) -> Vec<Step<'_>> {
    let mut steps = build::npm_package(workspace);
    steps.extend(tools());
    steps.push(Step::new("testing in chaos", move || {
        tally::run_tests(
            Runner::Cargo,
            end_to_end(workspace)?
                .args(["--package=sessionwire-tests", "--test=chaos"])
                .args(["--", "--nocapture"])
                .env("CHAOS_SECONDS", chaos.seconds.to_string())
                .env("CHAOS_KILLS", chaos.kills.to_string())
                .env("CHAOS_RATE", chaos.rate.to_string())
                .env("CHAOS_SESSIONS", chaos.sessions.to_string())
                .env("CHAOS_SEED", chaos.seed.to_string()),
        )
    }));
    steps
}

/// `cargo test` with what the end-to-end tests ask for.
fn end_to_end(workspace: &Workspace) -> Result<Command> {
    let mut cargo = cargo();
    cargo
        .args(["test", "--features=sessionwire-tests/npm"])
        .env("SESSIONWIRE_CHROMIUM", install::chromium()?)
        .env("SESSIONWIRE_GATEWAY", gateway::binary_for_tests(workspace));
    Ok(cargo)
}

fn against_openclaw(workspace: &Workspace, filter: Option<String>) -> Vec<Step<'_>> {
    let mut steps = openclaw_prepared(workspace);
    steps.push(Step::new("testing against OpenClaw", move || {
        run_openclaw(workspace, filter.as_deref(), None)
    }));
    steps
}

/// All that the tests against OpenClaw run.
pub(crate) fn openclaw_prepared(workspace: &Workspace) -> Vec<Step<'_>> {
    let mut steps = build::npm_package(workspace);
    steps.push(Step::new("installing OpenClaw", openclaw::install));
    steps.extend(tools());
    steps
}

/// Runs the tests against OpenClaw whose names contain the filter. What clients are seen to do goes to a file.
pub(crate) fn run_openclaw(
    workspace: &Workspace,
    filter: Option<&str>,
    seen: Option<&Path>,
) -> Result<Outcome> {
    let mut cargo = cargo();
    cargo
        .args([
            "test",
            "--no-fail-fast",
            "--features=sessionwire-tests/openclaw",
            "--test=openclaw",
        ])
        .args(filter)
        .env("SESSIONWIRE_CHROMIUM", install::chromium()?)
        .env("SESSIONWIRE_GATEWAY", gateway::binary_for_tests(workspace))
        .env("SESSIONWIRE_OPENCLAW_NODE", openclaw::node()?)
        .env("SESSIONWIRE_OPENCLAW_DIR", openclaw::folder()?);
    if let Some(seen) = seen {
        cargo.args(["--", "--include-ignored"]);
        cargo.env(sessionwire_conformance::FILE, seen);
    }
    tally::run_tests(Runner::Cargo, &mut cargo)
}
