use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::cli;

/// How long it may take to start or to stop on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Each takes a gigabyte and, while it starts, all processors.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// OpenClaw's own gateway on a loopback port, without models, channels and timed jobs.
pub(crate) struct OpenClaw {
    home: TempDir,
    address: SocketAddr,
    child: Child,
    _turn: MutexGuard<'static, ()>,
}

impl OpenClaw {
    /// The secret of its clients.
    pub(crate) const TOKEN: &str = "a token for tests";

    pub(crate) async fn start() -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let home = tempfile::tempdir().expect("a temporary folder");
        let address = sessionwire_openclaw::free_address().expect("there is a free port");
        sessionwire_openclaw::configure(home.path(), &["main", "other"])
            .expect("the folder takes a file");
        let child = launch(&home, address).await;
        Self {
            home,
            address,
            child,
            _turn: turn,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its state folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where clients connect to.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Stops it in the way that lets it say farewell.
    pub(crate) async fn stop(&mut self) {
        let pid = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(told.expect("kill runs").success());
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it ends in time").expect("it ends");
    }

    /// Starts it again on the same port and state.
    pub(crate) async fn start_again(&mut self) {
        self.child = launch(&self.home, self.address).await;
    }
}

async fn launch(home: &TempDir, address: SocketAddr) -> Child {
    let gateway = sessionwire_openclaw::OpenClaw {
        node: &cli::node(),
        program: &cli::program(),
        home: home.path(),
        port: address.port(),
        token: OpenClaw::TOKEN,
    };
    let mut child = Command::from(gateway.command())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let output = child.stdout.take().expect("its output is read");
    let mut lines = BufReader::new(output).lines();
    let ready = timeout(PATIENCE, until_ready(&mut lines)).await;
    ready.expect("it is ready in time");
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

async fn until_ready(lines: &mut Lines<BufReader<ChildStdout>>) {
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.expect("its output is text") {
        if sessionwire_openclaw::is_ready(&line) {
            return;
        }
        said.push(line);
    }
    panic!("it ended before it was ready: {said:#?}");
}
