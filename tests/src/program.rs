use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// A foreign program that is run to its end.
pub struct Program(Command);

/// How it ended.
#[derive(Debug)]
pub struct Finished {
    /// Whether it reports success.
    pub success: bool,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Program {
    /// A program with these arguments.
    pub fn new<S: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        Self(command)
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Starts it in this folder.
    pub fn folder(mut self, path: &Path) -> Self {
        self.0.current_dir(path);
        self
    }

    /// Runs it; a program that takes longer than `limit` is killed and fails the test.
    pub async fn run(mut self, limit: Duration) -> Finished {
        let running = timeout(limit, self.0.output()).await;
        let output = running
            .expect("the program ends in time")
            .expect("the program starts");
        Finished {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
