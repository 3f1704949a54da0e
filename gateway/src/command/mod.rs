//! The command `sessionwire`.

mod call;
mod devices;
mod table;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::import::{ImportArgs, import};
use crate::server::Server;

/// Live lists of agent sessions that never lie.
#[derive(Parser)]
#[command(name = "sessionwire", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway
    Serve(Box<Config>),
    /// Take over the sessions of an OpenClaw, while no gateway runs
    Import(ImportArgs),
    /// Let devices into a running gateway, and show them out
    Devices(devices::Devices),
}

/// Does what the arguments of the process ask for; `serve` ends when the process is told to.
pub async fn run() -> ExitCode {
    let filter =
        EnvFilter::try_from_env("SESSIONWIRE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match Cli::parse().command {
        Command::Serve(config) => match serve(*config).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!("{error}");
                ExitCode::FAILURE
            }
        },
        Command::Import(args) => match import(args).await {
            Ok(summary) => {
                print(&summary);
                ExitCode::SUCCESS
            }
            Err(error) => {
                tracing::error!("{error}");
                error.exit_code()
            }
        },
        Command::Devices(devices) => match devices::run(devices).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let page = match (&config.www, &config.control_ui) {
        (Some(_), _) => Some("Session picker: "),
        (None, Some(_)) => Some("Control UI:     "),
        (None, None) => None,
    };
    open_as_many_files_as_may_be();
    let server = Server::start(config).await?;
    announce(&server, page);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        () = server.stop() => {}
        _ = interrupt.recv() => tracing::warn!("stopped at once"),
        _ = terminate.recv() => tracing::warn!("stopped at once"),
    }
    Ok(())
}

/// Each connection is an open file. Systems let programs have few unless they ask for more.
fn open_as_many_files_as_may_be() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

fn announce(server: &Server, page: Option<&str>) {
    let address = server.address();
    if let Some(page) = page {
        let token = server.token();
        print(&format!("{page} http://{address}/#token={token}\n"));
    }
    print(&format!("Gateway:         ws://{address}\n"));
}

#[expect(clippy::print_stdout, reason = "this is what the user waits for")]
fn print(text: &str) {
    print!("{text}");
}
