//! The servers that are measured: ours, its peers, and the limit.

mod axum;
mod dialect;
mod floor;
mod sessions;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{Server, announced};

pub(crate) use dialect::Dialect;

/// A server that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    Sessionwire,
    SessionwirePlain,
    Openclaw,
    Bun,
    Ws,
    SocketIo,
    Axum,
    Floor,
}

/// The servers that are in this program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Own {
    Axum,
    Floor,
}

/// Where the programs are.
pub(crate) struct Programs {
    /// The gateway.
    pub(crate) gateway: PathBuf,
    /// The folder with the peers from npm, installed.
    pub(crate) peers: PathBuf,
    /// The folder of the npm package, built.
    pub(crate) package: PathBuf,
    /// The folder with OpenClaw, and the Node.js that runs it.
    pub(crate) openclaw: Option<(PathBuf, PathBuf)>,
}

/// A server that runs on data of its own.
pub(crate) struct Running {
    pub(crate) server: Server,
    _data: TempDir,
}

/// The secret of the gateways.
pub(crate) const TOKEN: &str = "bench";

impl Peer {
    /// As tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sessionwire => "sessionwire",
            Self::SessionwirePlain => "sessionwire, plain protocol 4",
            Self::Openclaw => "OpenClaw 2026.9.6",
            Self::Bun => "Bun 1.4.5 `publish`",
            Self::Ws => "Node `ws` 8.23.0",
            Self::SocketIo => "socket.io 4.8.4",
            Self::Axum => "axum 0.8, a task and a channel per connection",
            Self::Floor => "limit: the system calls alone",
        }
    }

    /// How its clients talk to it.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Sessionwire => Dialect::Cursors,
            Self::SessionwirePlain | Self::Openclaw => Dialect::Plain,
            Self::Bun | Self::Ws | Self::Axum | Self::Floor => Dialect::Echo,
            Self::SocketIo => Dialect::SocketIo,
        }
    }

    /// Starts it on an empty store.
    pub(crate) async fn start(self, programs: &Programs) -> Result<Running> {
        let data = tempfile::tempdir()?;
        let npm = |file: &str| programs.peers.join(file);
        let command = match self {
            Self::Openclaw => {
                let server = sessions::openclaw(programs, data.path()).await?;
                return Ok(Running {
                    server,
                    _data: data,
                });
            }
            Self::Sessionwire | Self::SessionwirePlain => sessions::gateway(programs, data.path()),
            Self::Bun => bun(&programs.peers),
            Self::Ws => node(&npm("ws.mjs")),
            Self::SocketIo => node(&npm("socket.io.mjs")),
            Self::Axum => own("axum")?,
            Self::Floor => own("floor")?,
        };
        let server = Server::start(command, announced).await?;
        Ok(Running {
            server,
            _data: data,
        })
    }
}

impl Own {
    /// Serves until it is killed.
    pub(crate) async fn serve(self) -> Result<()> {
        match self {
            Self::Axum => axum::serve().await,
            Self::Floor => floor::serve().await,
        }
    }
}

/// Says where a server in this program listens.
fn say(address: SocketAddr) {
    use std::io::Write as _;
    // Whoever started it reads the line; without them there is nobody to serve.
    let _said = writeln!(std::io::stdout(), "ws://{address}");
}

fn node(script: &Path) -> Command {
    let mut node = Command::new("node");
    node.arg(script);
    node
}

fn bun(folder: &Path) -> Command {
    // The package itself would have to run a script to have it in its place.
    let machine = if cfg!(target_arch = "aarch64") {
        "aarch64"
    } else {
        "x64"
    };
    let program = format!("node_modules/@oven/bun-linux-{machine}/bin/bun");
    let mut bun = Command::new(folder.join(program));
    bun.arg(folder.join("bun.mjs"));
    bun
}

fn own(name: &str) -> Result<Command> {
    let program = std::env::current_exe().context("this program has no path")?;
    let mut own = Command::new(program);
    own.args(["serve", name]);
    Ok(own)
}
