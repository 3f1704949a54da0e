//! A gateway in a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::TOKEN;

pub struct Process {
    child: Child,
    address: SocketAddr,
}

/// What to run for a gateway on this data folder and address.
pub fn serve(program: &str, data: &Path, bind: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["serve", "--bind", bind, "--token", TOKEN, "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts a gateway, and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("it starts");
        let output = child.stdout.take().expect("its output is read");
        let address = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("ws://")?.1.parse().ok());
        Self {
            child,
            address: address.expect("it tells where it listens"),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.wait();
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _reaped_before = self.child.wait();
    }
}
