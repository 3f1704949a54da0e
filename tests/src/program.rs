use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::error::Elapsed;
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
        Finished::of(timeout(limit, self.0.output()).await)
    }

    /// Runs it with this as its whole input; one that takes longer than `limit` is killed and fails the test.
    pub async fn run_on(mut self, input: &str, limit: Duration) -> Finished {
        self.0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.0.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("its input is written");
        let telling = async move {
            // A program that ends before it has read everything says why.
            let _told = stdin.write_all(input.as_bytes()).await;
        };
        let running = async { tokio::join!(telling, child.wait_with_output()).1 };
        let output = timeout(limit, running).await;
        Finished::of(output)
    }

    /// Starts it, to be talked to line by line.
    pub fn talk(mut self) -> Conversation {
        self.0.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = self.0.spawn().expect("the program starts");
        Conversation {
            input: child.stdin.take().expect("its input is written"),
            output: BufReader::new(child.stdout.take().expect("its output is read")).lines(),
            child,
        }
    }
}

impl Finished {
    fn of(output: Result<io::Result<Output>, Elapsed>) -> Self {
        let output = output
            .expect("the program ends in time")
            .expect("the program starts");
        Self {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A foreign program that answers lines with lines. It is killed when this is dropped.
pub struct Conversation {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    child: Child,
}

impl Conversation {
    /// Says a line.
    pub async fn say(&mut self, line: &str) {
        let line = format!("{line}\n");
        let said = self.input.write_all(line.as_bytes()).await;
        said.expect("the program listens");
    }

    /// Hears the next line; a program that says none within `limit` fails the test.
    pub async fn hear(&mut self, limit: Duration) -> String {
        let line = self.hear_until_the_end(limit).await;
        line.expect("the program goes on")
    }

    /// Hears the next line, or that there is none.
    pub async fn hear_until_the_end(&mut self, limit: Duration) -> Option<String> {
        let line = timeout(limit, self.output.next_line()).await;
        line.expect("the program speaks in time")
            .expect("the program speaks text")
    }

    /// Says no more, and waits for the program to end well; one that takes longer than `limit` fails the test.
    pub async fn end(mut self, limit: Duration) {
        drop(self.input);
        let status = timeout(limit, self.child.wait()).await;
        let status = status.expect("the program ends in time");
        assert!(status.is_ok_and(|status| status.success()));
    }
}
