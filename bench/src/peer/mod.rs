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

/// Where the programs are.
pub(crate) struct Programs {
    /// The gateway.
    pub(crate) gateway: PathBuf,
    /// The folder with the peers from npm, installed.
    pub(crate) peers: PathBuf,
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
            Self::Floor => "limit: one `write` per socket",
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
        let server = match self {
            Self::Openclaw => sessions::openclaw(programs, data.path()).await?,
            _ => Server::start(self.command(programs, data.path())?, announced).await?,
        };
        Ok(Running { server, _data: data })
    }

    fn command(self, programs: &Programs, data: &Path) -> Result<Command> {
        let peer = |file: &str| programs.peers.join(file);
        Ok(match self {
            Self::Sessionwire | Self::SessionwirePlain | Self::Openclaw => {
                sessions::gateway(programs, data)
            }
            Self::Bun => {
                let mut bun = Command::new(peer("node_modules/@oven/bun-linux-x64/bin/bun"));
                bun.arg(peer("bun.mjs"));
                bun
            }
            Self::Ws => node(&peer("ws.mjs")),
            Self::SocketIo => node(&peer("socket.io.mjs")),
            Self::Axum | Self::Floor => {
                let mut own = Command::new(std::env::current_exe().context("this program has no path")?);
                own.args(["serve", if self == Self::Axum { "axum" } else { "floor" }]);
                own
            }
        })
    }
}

/// Serves as one of the peers that are in this program; does not return.
pub(crate) async fn serve(peer: Peer) -> Result<()> {
    match peer {
        Peer::Axum => axum::serve().await,
        _ => floor::serve().await,
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
