//! The gateway's binary.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    process,
    workspace::{Workspace, cargo},
};

/// Compiles the gateway as people run it, with no other crate's wishes for its dependencies.
pub(crate) fn compile_for_use() -> Result<()> {
    process::run(cargo().args(["build", "--release", "--package=sessionwire-gateway"]))
}

/// Compiles the gateway as the tests run it, sharing all that `cargo test` compiles.
pub(crate) fn compile_for_tests() -> Result<()> {
    process::run(cargo().args(["build", "--bin=sessionwire"]))
}

/// Where `compile_for_use` puts it.
pub(crate) fn binary(workspace: &Workspace) -> PathBuf {
    workspace.target_directory.join("release/sessionwire")
}

/// Where `compile_for_tests` puts it.
pub(crate) fn binary_for_tests(workspace: &Workspace) -> PathBuf {
    workspace.target_directory.join("debug/sessionwire")
}
