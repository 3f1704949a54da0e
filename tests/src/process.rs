use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A gateway in a process of its own, which can be killed and started again on the same port and store.
pub struct GatewayProcess {
    program: PathBuf,
    data: PathBuf,
    address: SocketAddr,
    child: Child,
}

impl GatewayProcess {
    /// The secret of its clients.
    pub const TOKEN: &str = "a token for tests";

    /// Starts the program that `SESSIONWIRE_GATEWAY` names on a free port.
    pub async fn start(data: &Path, args: &[String]) -> Self {
        let program = env::var_os("SESSIONWIRE_GATEWAY")
            .expect("SESSIONWIRE_GATEWAY names the gateway's program; `cargo xtask test` sets it");
        let (program, data) = (PathBuf::from(program), data.to_owned());
        let free = ([127, 0, 0, 1], 0).into();
        let (child, address) = launch(&program, &data, free, args).await;
        Self {
            program,
            data,
            address,
            child,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where WebSocket clients connect to.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Kills it, as by `kill -9`.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Stops it in the way that lets it say farewell.
    pub async fn stop(&mut self) {
        let pid = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(told.expect("kill runs").success());
        let status = self.child.wait().await.expect("it ends");
        assert!(status.success(), "{status}");
    }

    /// Starts it again after it has ended.
    pub async fn start_again(&mut self, args: &[String]) {
        (self.child, self.address) = launch(&self.program, &self.data, self.address, args).await;
    }
}

async fn launch(
    program: &Path,
    data: &Path,
    bind: SocketAddr,
    args: &[String],
) -> (Child, SocketAddr) {
    let mut child = Command::new(program)
        .args(["serve", "--token", GatewayProcess::TOKEN, "--bind"])
        .arg(bind.to_string())
        .arg("--data")
        .arg(data)
        .args(args)
        .env("SESSIONWIRE_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the gateway starts");
    let output = child.stdout.take().expect("its output is read");
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.expect("its output is text") {
        if let Some((_, address)) = line.split_once("ws://") {
            return (child, address.parse().expect("it tells where it listens"));
        }
    }
    panic!("the gateway ended before it listened");
}
