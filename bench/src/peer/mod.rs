//! The servers that are measured: ours, its peers, and the limit.

mod answers;
mod axum;
mod client;
mod dialect;
mod floor;
mod log;
mod publisher;
mod replay;
mod sessions;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result};
use clap::{Subcommand, ValueEnum};
use sessionwire_bench_report::Role;
use tokio::net::{TcpListener, TcpSocket};
use tokio::process::Command;

use crate::folder::Folder;
use crate::process::{Server, announced};

pub(crate) use dialect::{AT_ONCE, Dialect, frame, request};
pub(crate) use publisher::{NUMBER, Publisher, sessions};
pub(crate) use replay::Script;

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
    DurableFloor,
}

/// The servers that are in this program.
#[derive(Debug, Subcommand)]
pub(crate) enum Own {
    /// The limit of answers
    Answers,
    /// axum, with a task and a channel for each connection
    Axum,
    /// The limit of telling many
    Floor {
        /// Where it makes durable what it tells
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// The limit of talking: says what a file says
    Replay { script: PathBuf },
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
    _data: Rc<Folder>,
}

/// The secret of the gateways.
pub(crate) const TOKEN: &str = "bench";

/// The agents of the gateways.
pub(crate) const AGENTS: [&str; 4] = ["main", "ops", "research", "support"];

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
            Self::Axum => "axum 0.8, a task and a channel each",
            Self::Floor => "limit: the system calls alone",
            Self::DurableFloor => "limit: the same, made durable first",
        }
    }

    /// What it is measured for.
    pub(crate) fn role(self) -> Role {
        match self {
            Self::Sessionwire | Self::SessionwirePlain => Role::Own,
            Self::Openclaw | Self::Bun | Self::Ws | Self::SocketIo | Self::Axum => Role::Peer,
            Self::Floor | Self::DurableFloor => Role::Limit,
        }
    }

    /// As many as usual, or as OpenClaw does in bearable time.
    pub(crate) fn as_many(self, usual: usize, openclaw: usize) -> usize {
        if self == Self::Openclaw {
            openclaw
        } else {
            usual
        }
    }

    /// How its clients talk to it.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Sessionwire => Dialect::Cursors,
            Self::SessionwirePlain | Self::Openclaw => Dialect::Plain,
            Self::Bun | Self::Ws | Self::Axum | Self::Floor | Self::DurableFloor => Dialect::Echo,
            Self::SocketIo => Dialect::SocketIo,
        }
    }

    /// Starts it on an empty store.
    pub(crate) async fn start(self, programs: &Programs) -> Result<Running> {
        self.start_in(programs, Rc::new(Folder::temporary()?)).await
    }

    /// Starts it on a store that may hold something.
    pub(crate) async fn start_in(self, programs: &Programs, data: Rc<Folder>) -> Result<Running> {
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
            Self::Axum => own(["axum"])?,
            Self::Floor => own(["floor"])?,
            Self::DurableFloor => {
                let mut floor = own(["floor", "--data"])?;
                floor.arg(data.path());
                floor
            }
        };
        let server = Server::start(command, announced).await?;
        Ok(Running {
            server,
            _data: data,
        })
    }
}

impl Running {
    /// Ends it, so that another may have its data.
    pub(crate) async fn stop(self) -> Result<()> {
        self.server.stop().await
    }

    /// The limit of answers.
    pub(crate) async fn answers() -> Result<Self> {
        Ok(Self {
            server: Server::start(own(["answers"])?, announced).await?,
            _data: Rc::new(Folder::temporary()?),
        })
    }
}

impl Own {
    /// Serves until it is killed.
    pub(crate) async fn serve(self) -> Result<()> {
        match self {
            Self::Answers => answers::serve().await,
            Self::Axum => axum::serve().await,
            Self::Floor { data } => floor::serve(data.as_deref()).await,
            Self::Replay { script } => replay::serve(&script).await,
        }
    }
}

/// Listens on a free port, with room for as many who come at once as the system has.
fn listen() -> Result<TcpListener> {
    const ALL: u32 = 1 << 16;
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(ALL)?;
    say(listener.local_addr()?);
    Ok(listener)
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

fn own<const N: usize>(args: [&str; N]) -> Result<Command> {
    let program = std::env::current_exe().context("this program has no path")?;
    let mut own = Command::new(program);
    own.arg("serve").args(args);
    Ok(own)
}
