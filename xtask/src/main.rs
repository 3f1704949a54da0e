//! Builds, starts, tests and checks Sessionwire: `cargo xtask --help`.
//!
//! Each command is a list of [`step`]s that install what they need, say what they do, and are skipped where nothing
//! they read has changed. A step that cannot go on says why in one sentence.

mod bench;
mod build;
mod ci;
mod conformance;
mod gateway;
mod install;
mod layers;
mod memory;
mod mutants;
mod npm;
mod openclaw;
mod picker;
mod process;
mod sdk;
mod stamp;
mod start;
mod step;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the npm package, the picker and the gateway
    Build,
    /// Build everything, then run the gateway with the picker
    Start(start::Arguments),
    /// Build everything, then run every test but those against the real OpenClaw
    Test(test::Arguments),
    /// Check format, lints, layers, docs and declarations
    Check,
    /// Run the checks, then the tests
    Ci,
    /// Accept the TypeScript declarations that the npm package is built with
    Bless,
    /// Check which crate depends on which
    Layers,
    /// Run OpenClaw's clients here and ours there, and put what they do into the docs as tables
    Conformance,
    /// Measure the gateway beside its peers and its limits
    Bench(bench::Arguments),
    /// Plant faults one by one, and see whether the simulation catches them
    Mutants(mutants::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::enter()?;
    match command {
        Command::Build => build::run(&workspace),
        Command::Start(arguments) => start::run(&workspace, &arguments),
        Command::Test(arguments) => test::run(&workspace, arguments),
        Command::Check => ci::check(&workspace),
        Command::Ci => ci::run(&workspace),
        Command::Bless => build::bless(&workspace),
        Command::Layers => layers::run(&workspace),
        Command::Conformance => conformance::run(&workspace),
        Command::Bench(arguments) => bench::run(&workspace, &arguments),
        Command::Mutants(arguments) => mutants::run(&workspace, &arguments),
    }
}
