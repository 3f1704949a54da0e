//! npm and Node.js, run in the folders that hold a package.json.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

use crate::{
    process,
    stamp::Stamp,
    step::Outcome,
    tally::{self, Runner},
};

/// Installs what a folder's lock file names, or, where there is none yet, writes it.
pub(crate) fn install(folder: &str) -> Result<Outcome> {
    let folder = Path::new(folder);
    let manifest = folder.join("package.json");
    let lock = folder.join("package-lock.json");
    if !manifest.is_file() {
        bail!(
            "{} is missing, so its npm packages cannot be installed",
            manifest.display()
        );
    }
    Stamp {
        file: folder.join("node_modules/.xtask"),
        inputs: &[&manifest, &lock],
        outputs: &[],
        except: &[],
    }
    .unless_current(|| {
        let verb = if lock.is_file() { "ci" } else { "install" };
        process::run(npm(folder).args([
            verb,
            "--include=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]))
    })
}

/// Runs a script of a folder's package.json.
pub(crate) fn run_script(folder: &str, script: &str) -> Result<()> {
    process::run(npm(Path::new(folder)).args(["run", script]))
}

/// Runs a folder's own tests, with Node's test runner behind its script `test`.
pub(crate) fn test(folder: &str) -> Result<Outcome> {
    tally::run_tests(Runner::Node, npm(Path::new(folder)).args(["run", "test"]))
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder);
    npm
}
