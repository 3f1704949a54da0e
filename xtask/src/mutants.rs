//! `cargo xtask mutants`: do the simulation and the gateway's own tests notice when a promise is broken?
//!
//! Each fault is planted in a copy of the working tree, on which the tests run until they fail or are through.

mod fault;
mod simulated;
mod written;

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
use fault::{Edit, Fault};
use simulated::SIMULATED;
use written::{Tested, WRITTEN};

/// How long tests may take before a fault counts as one that makes them stand still.
const PATIENCE: Duration = Duration::from_secs(300);
/// What stands in the place of what notices a fault.
const MISSED: &str = "**missed**";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only faults whose names contain one of these
    names: Vec<String>,
    /// Which worlds to live through
    #[arg(long, default_value = "0..1000")]
    seeds: String,
}

/// Plants each fault alone, and prints which were caught.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let nursery = Nursery::new(workspace)?;
    let names = &arguments.names;
    let is_wanted =
        |fault: &Fault| names.is_empty() || names.iter().any(|name| fault.name.contains(name));
    let mut missed = 0;
    say("| fault | what is wrong | seed | what the simulation says |\n|---|---|---|---|")?;
    for fault in SIMULATED.iter().filter(|fault| is_wanted(fault)) {
        let caught = nursery.simulate(fault, &arguments.seeds);
        let caught = caught.with_context(|| format!("the fault {}", fault.name))?;
        missed += usize::from(caught.is_none());
        let (seed, complaint) = caught.unwrap_or_else(|| ("–".to_owned(), MISSED.to_owned()));
        let Fault { name, meaning, .. } = fault;
        say(&format!("| `{name}` | {meaning} | {seed} | {complaint} |"))?;
    }
    say("\n| fault | what is wrong | the test that notices it |\n|---|---|---|")?;
    for Tested { test, fault } in WRITTEN.iter().filter(|tested| is_wanted(&tested.fault)) {
        let caught = nursery.test(fault, test);
        let caught = caught.with_context(|| format!("the fault {}", fault.name))?;
        missed += usize::from(!caught);
        let Fault { name, meaning, .. } = fault;
        let test = if caught { &format!("`{test}`") } else { MISSED };
        say(&format!("| `{name}` | {meaning} | {test} |"))?;
    }
    ensure!(missed == 0, "{missed} faults were missed");
    Ok(ExitCode::SUCCESS)
}

fn say(line: &str) -> Result<()> {
    writeln!(io::stdout(), "{line}").context("cannot print")
}

/// A copy of the working tree in which faults grow.
struct Nursery {
    tree: PathBuf,
    /// Of its own: Cargo would take crates with a planted fault for those of the workspace.
    target: PathBuf,
}

impl Nursery {
    fn new(workspace: &Workspace) -> Result<Self> {
        let tree = workspace.own_directory().join("mutants");
        copy_tree(&tree)?;
        Ok(Self {
            tree,
            target: workspace.own_directory().join("mutants-target"),
        })
    }

    /// The seed of the first world that notices a fault, and what is said of it; `None` where none does.
    fn simulate(&self, fault: &Fault, seeds: &str) -> Result<Option<(String, String)>> {
        let simulation = self.grow(fault, ["--package=sessionwire-tests", "--test=simulation"])?;
        let mut simulation = Command::new(simulation);
        simulation
            .args(["every_promise", "--nocapture"])
            .env("SEEDS", seeds);
        let Some(text) = failure(&mut simulation)? else {
            return Ok(None);
        };
        let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
        let seed = after("SEED=").and_then(|rest| rest.split_whitespace().next());
        let complaint = after("panicked at").and_then(|rest| rest.lines().nth(1));
        let (Some(seed), Some(complaint)) = (seed, complaint) else {
            bail!("the simulation failed without a seed:\n{text}");
        };
        let complaint = complaint.split(':').next().unwrap_or_default();
        Ok(Some((seed.to_owned(), complaint.to_owned())))
    }

    /// Whether a unit test of the gateway notices a fault.
    fn test(&self, fault: &Fault, test: &str) -> Result<bool> {
        let tests = self.grow(fault, ["--package=sessionwire-gateway", "--lib"])?;
        let mut tests = Command::new(tests);
        tests.args([test, "--exact", "--nocapture"]);
        Ok(failure(&mut tests)?.is_some())
    }

    /// Builds tests of a tree with a fault.
    fn grow(&self, fault: &Fault, tests: [&str; 2]) -> Result<PathBuf> {
        for edit in fault.edits {
            plant(edit, &self.tree)?;
        }
        let built = self.build(tests);
        for edit in fault.edits {
            copy(Path::new(edit.file), &self.tree)?;
        }
        built
    }

    fn build(&self, tests: [&str; 2]) -> Result<PathBuf> {
        #[derive(Deserialize)]
        struct Message {
            executable: Option<PathBuf>,
        }
        let mut command = cargo();
        command
            .arg("test")
            .args(tests)
            .args(["--no-run", "--quiet", "--message-format=json"])
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.tree);
        let messages = process::read(&mut command)?;
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable)
            .next_back()
            .context("Cargo built no tests")
    }
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

/// What tests say that fail; `None` where all pass.
fn failure(tests: &mut Command) -> Result<Option<String>> {
    let told = tempfile::NamedTempFile::new().context("cannot make a file")?;
    let errors = told.as_file().try_clone().context("cannot share a file")?;
    let mut child = tests
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .context("cannot start the tests")?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for the tests")? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().context("cannot stop the tests")?;
            child.wait().context("cannot wait for the tests")?;
            bail!("the tests stood still");
        }
        thread::sleep(Duration::from_millis(20));
    };
    let text = fs::read_to_string(told.path()).context("cannot read what was told")?;
    Ok((!status.success()).then_some(text))
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
