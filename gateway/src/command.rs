//! The command `sessionwire`.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
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
    Serve(Config),
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
    let Cli {
        command: Command::Serve(config),
    } = Cli::parse();
    match serve(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
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

#[expect(
    clippy::print_stdout,
    reason = "where the gateway is, is what its user waits for"
)]
fn announce(server: &Server, page: Option<&str>) {
    let address = server.address();
    if let Some(page) = page {
        println!("{page} http://{address}/#token={}", server.token());
    }
    println!("Gateway:         ws://{address}");
}
