//! npm and Node.js, run in the folders that hold a package.json.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{process, stamp::Stamp, step::Outcome};

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

/// Node's test runner over each `*.test.mjs` in a folder's `test`.
pub(crate) fn tests(folder: &str) -> Result<Command> {
    let tests = Path::new(folder).join("test");
    let entries =
        fs::read_dir(&tests).with_context(|| format!("cannot read {}", tests.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let name = entry
            .with_context(|| format!("cannot read {}", tests.display()))?
            .file_name();
        if name.to_string_lossy().ends_with(".test.mjs") {
            files.push(PathBuf::from("test").join(name));
        }
    }
    if files.is_empty() {
        bail!("{} holds no *.test.mjs", tests.display());
    }
    files.sort();
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"])
        .args(files)
        .current_dir(folder);
    Ok(node)
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder);
    npm
}
