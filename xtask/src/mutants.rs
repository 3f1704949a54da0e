//! `cargo xtask mutants`: does the simulation notice when a promise is broken?
//!
//! Each fault is planted in a copy of the working tree, on which the simulation runs until it fails or is through.

mod faults;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::{
    process,
    workspace::{Workspace, cargo},
};
use faults::{Edit, FAULTS, Fault};

/// How long the simulation may take before a fault counts as one that makes it stand still.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only faults whose names contain this
    name: Option<String>,
    /// Which worlds to live through
    #[arg(long, default_value = "0..1000")]
    seeds: String,
}

/// How the simulation took a fault.
enum Verdict {
    Caught { seed: String, complaint: String },
    Missed,
}

/// Plants each fault alone, and prints which were caught.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let tree = workspace.own_directory().join("mutants");
    copy_tree(&tree)?;
    let wanted = arguments.name.as_deref().unwrap_or_default();
    let faults = FAULTS.iter().filter(|fault| fault.name.contains(wanted));
    let mut missed = 0;
    say("| fault | what is wrong | seed | what the simulation says |\n|---|---|---|---|")?;
    for fault in faults {
        let Fault { name, meaning, .. } = fault;
        let verdict = judge(fault, &tree, workspace, &arguments.seeds)
            .with_context(|| format!("the fault {name}"))?;
        match verdict {
            Verdict::Caught { seed, complaint } => {
                say(&format!("| `{name}` | {meaning} | {seed} | {complaint} |"))?;
            }
            Verdict::Missed => {
                missed += 1;
                say(&format!("| `{name}` | {meaning} | – | **missed** |"))?;
            }
        }
    }
    ensure!(missed == 0, "{missed} faults were missed");
    Ok(ExitCode::SUCCESS)
}

fn say(line: &str) -> Result<()> {
    writeln!(io::stdout(), "{line}").context("cannot print")
}

fn judge(fault: &Fault, tree: &Path, workspace: &Workspace, seeds: &str) -> Result<Verdict> {
    for edit in fault.edits {
        plant(edit, tree)?;
    }
    let simulation = build(tree, workspace);
    for edit in fault.edits {
        copy(Path::new(edit.file), tree)?;
    }
    live(&simulation?, seeds)
}

fn plant(edit: &Edit, tree: &Path) -> Result<()> {
    let path = tree.join(edit.file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", edit.file))?;
    let count = text.matches(edit.from).count();
    ensure!(
        count == 1,
        "{} has {count} times instead of once:\n{}",
        edit.file,
        edit.from
    );
    fs::write(&path, text.replace(edit.from, edit.to))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Builds the simulation of the tree, in a target folder of its own: Cargo would take crates with a planted fault for
/// those of the workspace.
fn build(tree: &Path, workspace: &Workspace) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    let mut command = cargo();
    command
        .args(["test", "--package=sessionwire-tests", "--test=simulation"])
        .args(["--no-run", "--quiet", "--message-format=json"])
        .env(
            "CARGO_TARGET_DIR",
            workspace.own_directory().join("mutants-target"),
        )
        .current_dir(tree);
    let messages = process::read(&mut command)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable)
        .next_back()
        .context("Cargo built no simulation")
}

fn live(simulation: &Path, seeds: &str) -> Result<Verdict> {
    let told = tempfile::NamedTempFile::new().context("cannot make a file")?;
    let errors = told.as_file().try_clone().context("cannot share a file")?;
    let mut child = Command::new(simulation)
        .args(["every_promise", "--nocapture"])
        .env("SEEDS", seeds)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .context("cannot start the simulation")?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for the simulation")? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().context("cannot stop the simulation")?;
            child.wait().context("cannot wait for the simulation")?;
            bail!("the simulation stood still");
        }
        thread::sleep(Duration::from_millis(20));
    };
    let text = fs::read_to_string(told.path()).context("cannot read what was told")?;
    if status.success() {
        return Ok(Verdict::Missed);
    }
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
    let seed = after("SEED=").and_then(|rest| rest.split_whitespace().next());
    let complaint = after("panicked at").and_then(|rest| rest.lines().nth(1));
    match (seed, complaint) {
        (Some(seed), Some(complaint)) => Ok(Verdict::Caught {
            seed: seed.to_owned(),
            complaint: complaint.split(':').next().unwrap_or_default().to_owned(),
        }),
        _ => bail!("the simulation failed without a seed:\n{text}"),
    }
}

/// Copies what Git knows of the working tree, in the place of an earlier copy.
fn copy_tree(tree: &Path) -> Result<()> {
    if tree.exists() {
        fs::remove_dir_all(tree).with_context(|| format!("cannot remove {}", tree.display()))?;
    }
    let files = process::read(Command::new("git").args(["ls-files", "-z"]))?;
    for file in files.split_terminator('\0') {
        copy(Path::new(file), tree)?;
    }
    Ok(())
}

fn copy(file: &Path, tree: &Path) -> Result<()> {
    let Ok(content) = fs::read(file) else {
        return Ok(());
    };
    let copy = tree.join(file);
    let folder = copy.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&copy, content))
        .with_context(|| format!("cannot write {}", copy.display()))
}
