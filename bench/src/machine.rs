//! Where and when something is measured.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use sessionwire_bench_report::Made;

/// What is so now; the load of the end is that of the beginning as yet.
pub(crate) fn describe(commit: &str) -> Result<Made> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let kibibytes = value(&memory, "MemTotal").context("the machine has memory")?;
    let kibibytes: u64 = kibibytes.trim_end_matches(" kB").parse()?;
    let load = load()?;
    let date = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    Ok(Made {
        date: date.chars().take_while(|c| *c != 'T').collect(),
        commit: commit.to_owned(),
        cores: std::thread::available_parallelism()?.get(),
        processor: value(&processor, "model name")
            .unwrap_or("processors")
            .to_owned(),
        memory: (kibibytes << 10) / 1_000_000_000,
        // What stands behind the version names a build of it.
        kernel: format!(
            "Linux {}",
            kernel.trim().split('-').next().unwrap_or_default()
        ),
        versions: [version("rustc"), version("node")]
            .into_iter()
            .flatten()
            .collect(),
        load_before: load,
        load_after: load,
    })
}

/// The commit that the working tree stands at.
pub(crate) fn commit() -> String {
    let said = said(Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]));
    said.unwrap_or_else(|| "unknown".to_owned())
}

/// How many processes wanted a processor in the last minute.
pub(crate) fn load() -> Result<f64> {
    let loads = fs::read_to_string("/proc/loadavg")?;
    let last = loads.split(' ').next().context("/proc/loadavg is empty")?;
    Ok(last.parse()?)
}

/// As in "rustc 1.95.0" and "Node.js 20.20.2".
fn version(program: &str) -> Option<String> {
    let said = said(Command::new(program).arg("--version"))?;
    match said.strip_prefix('v') {
        Some(version) => Some(format!("Node.js {version}")),
        None => Some(said.split(' ').take(2).collect::<Vec<_>>().join(" ")),
    }
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// What stands behind a name, as in "MemTotal:  16 kB".
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start().strip_prefix(':')?.trim())
}
