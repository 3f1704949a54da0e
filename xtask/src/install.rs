//! What the machine must have, installed where that can be done.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::process;

const OLDEST_NODE: u32 = 20;
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Node.js with npm, and the standard library for wasm.
pub(crate) fn build_tools() -> Result<()> {
    node()?;
    wasm_target()
}

/// The browser that the tests drive: `SESSIONWIRE_CHROMIUM`, else the one on `PATH`.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os("SESSIONWIRE_CHROMIUM") {
        let chosen = PathBuf::from(chosen);
        if !chosen.is_file() {
            bail!(
                "SESSIONWIRE_CHROMIUM names {}, which is no file",
                chosen.display()
            );
        }
        return Ok(chosen);
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    if !can_use_apt() {
        bail!(
            "the browser tests need Chromium: install it, on Debian as root with `apt-get install chromium`"
        );
    }
    apt_install("chromium")?;
    match find_chromium() {
        Some(installed) => Ok(installed),
        None => bail!("the package chromium is installed, but `PATH` has no chromium"),
    }
}

/// Makes a Python environment that has pip.
pub(crate) fn python_environment(folder: &Path) -> Result<()> {
    let make = || {
        process::run(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(folder),
        )
    };
    let Err(failure) = make() else {
        return Ok(());
    };
    if !can_use_apt() {
        return Err(failure.context(
            "Python 3 with its venv module is needed: install it, on Debian as root with `apt-get install python3-venv`",
        ));
    }
    apt_install("python3-venv")?;
    make()
}

pub(crate) fn node() -> Result<()> {
    let advice = format!("install Node.js {OLDEST_NODE} or newer with npm");
    for program in ["node", "npm"] {
        if process::find(program).is_none() {
            bail!("`{program}` is not on the PATH: {advice}");
        }
    }
    let version = process::read(Command::new("node").arg("--version"))?;
    match major_version(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("`node` is {}, which is too old: {advice}", version.trim()),
    }
}

fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library =
        process::read(Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(library.trim_end()).is_dir() {
        return Ok(());
    }
    let add = || process::run(Command::new("rustup").args(["target", "add", TARGET]));
    add().map_err(|failure| {
        failure.context(format!(
            "Rust's standard library for {TARGET} is missing: run `rustup target add {TARGET}`, or add it to your toolchain"
        ))
    })
}

fn find_chromium() -> Option<PathBuf> {
    CHROMIUM.iter().find_map(|name| process::find(name))
}

fn can_use_apt() -> bool {
    process::find("apt-get").is_some()
        && process::read(Command::new("id").arg("-u")).is_ok_and(|user| user.trim_end() == "0")
}

fn apt_install(package: &str) -> Result<()> {
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    process::run(apt_get().arg("update"))?;
    process::run(apt_get().args(["install", "--yes", package]))
}

/// The 24 of "v24.19.0".
fn major_version(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_node_says_of_itself() {
        assert_eq!(major_version("v24.19.0\n"), Some(24));
        assert_eq!(major_version("v8.0.0"), Some(8));
        assert_eq!(major_version("node: not found"), None);
    }
}
