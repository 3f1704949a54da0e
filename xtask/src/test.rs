//! `cargo xtask test` and `cargo xtask test openclaw`.

use std::process::ExitCode;

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
}

/// Runs the tests and closes with their count.
pub(crate) fn run(workspace: &Workspace, arguments: Arguments) -> Result<ExitCode> {
    let steps = match arguments.suite {
        Some(Suite::Openclaw { filter }) => against_openclaw(filter),
        None => {
            let mut steps = build::npm_package_and_picker(workspace);
            steps.extend(everything_built(arguments.filter));
            steps
        }
    };
    step::run(steps)?.close()
}

/// All tests that need no other project's program, once the npm package and the picker are built.
pub(crate) fn everything_built(filter: Option<String>) -> Vec<Step<'static>> {
    let mut steps = vec![
        Step::new("installing the tests' npm packages", || {
            npm::install(BROWSER_AND_NODE)
        }),
        Step::plain("looking for Chromium", || install::chromium().map(drop)),
        Step::plain("compiling the gateway", gateway::compile_for_tests),
    ];
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
    steps.push(Step::new("testing the crates", || test_crates(filter)));
    steps
}

fn test_crates(filter: Option<String>) -> Result<Outcome> {
    tally::run_tests(
        Runner::Cargo,
        cargo()
            .args(["test", "--no-fail-fast", "--features=sessionwire-tests/npm"])
            .args(filter)
            .env("SESSIONWIRE_CHROMIUM", install::chromium()?),
    )
}

fn against_openclaw(filter: Option<String>) -> Vec<Step<'static>> {
    vec![
        Step::new("installing OpenClaw", openclaw::install),
        Step::plain("compiling the gateway", gateway::compile_for_tests),
        Step::new("testing against OpenClaw", || {
            tally::run_tests(
                Runner::Cargo,
                cargo()
                    .args([
                        "test",
                        "--no-fail-fast",
                        "--features=sessionwire-tests/openclaw",
                        "--test=openclaw",
                    ])
                    .args(filter)
                    .env("SESSIONWIRE_OPENCLAW_NODE", openclaw::node()?)
                    .env("SESSIONWIRE_OPENCLAW_DIR", openclaw::folder()?),
            )
        }),
    ]
}
