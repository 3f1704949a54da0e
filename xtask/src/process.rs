//! Running other programs, and saying in one sentence what failed.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// Runs a program that must succeed; it prints on our own output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null());
    let status = command.status().with_context(|| cannot_start(command))?;
    must_succeed(command, status)
}

/// Runs a program that must succeed, and returns what it printed.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| cannot_start(command))?;
    must_succeed(command, output.status)?;
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} printed something other than text", sentence(command)))
}

/// Runs a program that may fail, passing on each line that it prints, and shows each to `look` as well.
pub(crate) fn watch(command: &mut Command, mut look: impl FnMut(&str)) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    let output = child.stdout.take().expect("stdout is piped");
    for line in BufReader::new(output).split(b'\n') {
        let line =
            line.with_context(|| format!("cannot read the output of {}", sentence(command)))?;
        let line = String::from_utf8_lossy(&line);
        writeln!(io::stdout(), "{line}").context("cannot print")?;
        look(&line);
    }
    child
        .wait()
        .with_context(|| format!("cannot wait for {}", sentence(command)))
}

/// Where a program is, if `PATH` has it.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// The command as one would type it, and where.
pub(crate) fn sentence(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    match command.get_current_dir() {
        Some(folder) => format!("`{line}` in {}", folder.display()),
        None => format!("`{line}`"),
    }
}

fn must_succeed(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{} failed ({status})", sentence(command));
    }
    Ok(())
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start {}", sentence(command))
}
