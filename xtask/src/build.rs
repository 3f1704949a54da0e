//! `cargo xtask build` and `cargo xtask bless`.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    gateway, install, npm, picker, sdk,
    step::{self, Step},
    workspace::Workspace,
};

/// Builds all that a person runs.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    step::run(everything(workspace))?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the npm package and accepts its declarations.
pub(crate) fn bless(workspace: &Workspace) -> Result<ExitCode> {
    let mut steps = npm_package(workspace);
    steps.push(Step::new("accepting the declarations", || {
        sdk::accept_declarations(workspace)
    }));
    step::run(steps)?;
    Ok(ExitCode::SUCCESS)
}

/// The npm package, the picker and the gateway.
pub(crate) fn everything(workspace: &Workspace) -> Vec<Step<'_>> {
    let mut steps = npm_package_and_picker(workspace);
    steps.push(Step::plain(
        "compiling the gateway",
        gateway::compile_for_use,
    ));
    steps
}

/// All that runs in a browser.
pub(crate) fn npm_package_and_picker(workspace: &Workspace) -> Vec<Step<'_>> {
    let mut steps = npm_package(workspace);
    steps.push(Step::new(
        "comparing the declarations with the committed ones",
        || Ok(sdk::compare_declarations(workspace)),
    ));
    steps.extend(picker(workspace));
    steps
}

/// What other programs install.
pub(crate) fn npm_package(workspace: &Workspace) -> Vec<Step<'_>> {
    vec![
        Step::plain(
            "looking for Node.js and Rust's wasm target",
            install::build_tools,
        ),
        Step::new("installing the SDK's npm packages", || {
            npm::install(sdk::PACKAGE)
        }),
        Step::plain("compiling the wasm SDK", sdk::compile),
        Step::new("binding the SDK to JavaScript and shrinking it", || {
            sdk::bind(workspace)
        }),
    ]
}

/// The picker, once the npm package is built.
pub(crate) fn picker(workspace: &Workspace) -> Vec<Step<'_>> {
    vec![
        Step::new("installing the picker's npm packages", || {
            npm::install(picker::FOLDER)
        }),
        Step::new("building the picker", || picker::build(workspace)),
    ]
}
