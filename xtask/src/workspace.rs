//! The workspace as Cargo describes it.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process;

/// What `cargo metadata` says of this workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) target_directory: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One of our crates.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a crate's manifest asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<DependencyKind>,
    pub(crate) optional: bool,
    pub(crate) features: Vec<String>,
}

/// The table that a dependency is in, other than `[dependencies]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DependencyKind {
    Dev,
    Build,
}

impl Workspace {
    /// Makes the workspace's root the current folder, and reads what Cargo knows of it.
    pub(crate) fn enter() -> Result<Self> {
        let xtask = env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
        let root = PathBuf::from(xtask).join("..");
        env::set_current_dir(&root).with_context(|| format!("cannot enter {}", root.display()))?;
        let metadata =
            process::read(cargo().args(["metadata", "--no-deps", "--format-version=1"]))?;
        serde_json::from_str(&metadata).context("cannot read what `cargo metadata` prints")
    }

    /// Where xtask keeps what no other tool needs.
    pub(crate) fn own_directory(&self) -> PathBuf {
        self.target_directory.join("xtask")
    }
}

/// The Cargo that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
