//! A gateway's process, and the disk under it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::http::{self, Answer};
use crate::support::process::{self, Process};
use crate::support::{ADMIN, Client, TOKEN};

/// What can be wrong with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has no room left.
    Full,
    /// It takes what is written, and fails to make it durable.
    Sync,
}

/// A gateway on a disk that fails on demand.
pub(crate) struct Machine {
    data: TempDir,
    faults: TempDir,
    gateway: Process,
}

impl Machine {
    pub(crate) fn start() -> Self {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        let (data, faults) = (folder(), folder());
        let gateway = Process::start(command(data.path(), faults.path(), "127.0.0.1:0"));
        Self {
            data,
            faults,
            gateway,
        }
    }

    /// From now on the disk has this fault.
    pub(crate) fn fail(&self, fault: Fault) {
        fs::write(self.switch(fault), "").expect("the fault begins");
    }

    /// The fault is over.
    pub(crate) fn repair(&self, fault: Fault) {
        fs::remove_file(self.switch(fault)).expect("the fault is over");
    }

    /// Ends the process at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.gateway.kill();
    }

    /// Starts a gateway where the killed one was.
    pub(crate) fn start_again(&mut self) {
        self.gateway = Process::start(self.command());
    }

    /// Why a gateway does not start where the killed one was.
    pub(crate) fn refusal_to_start(&self) -> String {
        let child = self.command().stderr(Stdio::piped()).spawn();
        let mut child = child.expect("it is found");
        let output = child.stdout.take().expect("its output is read");
        let said = BufReader::new(output).lines().next();
        child.kill().expect("it is not reaped");
        let end = child.wait_with_output().expect("it has ended");
        assert!(said.is_none(), "it starts: {said:?}");
        String::from_utf8_lossy(&end.stderr).into_owned()
    }

    pub(crate) fn url(&self) -> String {
        self.gateway.url()
    }

    /// A connection that may do everything.
    pub(crate) async fn client(&self, caps: &[&str]) -> Client {
        Client::connect(&self.url(), ADMIN, caps).await
    }

    /// An HTTP request with the right token; a body of `null` is none.
    pub(crate) async fn http(&self, verb: &str, path: &str, body: &Value) -> Answer {
        let token = format!("Bearer {TOKEN}");
        let headers = [
            ("Authorization", token.as_str()),
            ("Content-Type", "application/json"),
        ];
        let (headers, body) = match body {
            Value::Null => (&headers[..1], String::new()),
            body => (&headers[..], body.to_string()),
        };
        http::request(self.gateway.address(), verb, path, headers, &body).await
    }

    fn switch(&self, fault: Fault) -> PathBuf {
        self.faults.path().join(match fault {
            Fault::Full => "full",
            Fault::Sync => "sync",
        })
    }

    fn command(&self) -> Command {
        let bind = self.gateway.address().to_string();
        command(self.data.path(), self.faults.path(), &bind)
    }
}

fn command(data: &Path, faults: &Path, bind: &str) -> Command {
    let mut command = process::serve(env!("CARGO_BIN_EXE_sessionwire-faults"), data, bind);
    // Nobody reads along, so what it logs must not fill a pipe.
    command
        .env("SESSIONWIRE_FAULTS", faults)
        .stderr(Stdio::null());
    command
}
