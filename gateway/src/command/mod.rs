//! The command `sessionwire`.

mod call;
mod devices;
mod table;

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
    let failed = match Cli::parse().command {
        Command::Serve(config) => serve(config)
            .await
            .map_err(|error| tracing::error!("{error}"))
            .is_err(),
        Command::Devices(devices) => devices::run(devices)
            .await
            .map_err(|error| eprintln!("error: {error}"))
            .is_err(),
    };
    ExitCode::from(u8::from(failed))
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let picker = config.www.is_some();
    let server = Server::start(config).await?;
    announce(&server, picker);
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
fn announce(server: &Server, picker: bool) {
    let address = server.address();
    if picker {
        println!(
            "Session picker:  http://{address}/#token={}",
            server.token()
        );
    }
    println!("Gateway:         ws://{address}");
}
