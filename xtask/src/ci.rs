//! `cargo xtask ci`.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    bench, build, layers, process, sdk,
    step::{self, Step},
    test,
    workspace::{Workspace, cargo},
};

/// Everything that must hold before a change lands: the checks, then the tests.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut steps = checks(workspace);
    steps.extend(test::everything_built(workspace, None));
    step::run(steps)?.close()
}

/// What must hold without running anything.
pub(crate) fn check(workspace: &Workspace) -> Result<ExitCode> {
    step::run(checks(workspace))?;
    Ok(ExitCode::SUCCESS)
}

/// The quick checks come first.
fn checks(workspace: &Workspace) -> Vec<Step<'_>> {
    let mut steps = vec![
        Step::plain("checking the format", || {
            process::run(cargo().args(["fmt", "--all", "--check"]))
        }),
        Step::plain("checking the layers", || layers::check(workspace)),
        Step::plain("checking the benchmarks' page", bench::check_page),
    ];
    steps.extend(build::npm_package(workspace));
    steps.push(Step::plain("checking the declarations", || {
        sdk::check_declarations(workspace)
    }));
    steps.extend(build::picker(workspace));
    steps.extend([
        Step::plain("linting the crates", || {
            lint(&[
                "--all-targets",
                "--features=sessionwire-tests/npm,sessionwire-tests/openclaw",
            ])
        }),
        Step::plain("linting the wasm SDK", || {
            lint(&[
                "--profile=wasm",
                "--package=sessionwire-wasm",
                "--target=wasm32-unknown-unknown",
            ])
        }),
        Step::plain("building the docs", document),
    ]);
    steps
}

fn lint(what: &[&str]) -> Result<()> {
    process::run(
        cargo()
            .arg("clippy")
            .args(what)
            .args(["--", "--deny=warnings"]),
    )
}

fn document() -> Result<()> {
    // Only libraries: the gateway's binary and the native SDK share the name `sessionwire`, and so a page.
    process::run(
        cargo()
            .args(["doc", "--no-deps", "--lib"])
            .env("RUSTDOCFLAGS", "--deny=warnings"),
    )
}
