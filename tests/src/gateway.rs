use std::net::SocketAddr;

use clap::Parser;
use sessionwire_gateway::Server;
use sessionwire_gateway::config::Config;
use tempfile::TempDir;

/// A gateway on a free loopback port, with a store of its own that goes when it is dropped.
pub struct TestGateway {
    data: TempDir,
    server: Option<Server>,
    address: SocketAddr,
    args: Vec<String>,
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    config: Config,
}

impl TestGateway {
    /// The secret of its clients.
    pub const TOKEN: &str = "a token for tests";

    /// Starts one.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with further options of the command line.
    pub async fn start_with(args: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        let mut gateway = Self {
            data,
            server: None,
            address: ([127, 0, 0, 1], 0).into(),
            args,
        };
        gateway.launch().await;
        gateway
    }

    /// Stops it and starts it again on the same port and store.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.launch().await;
    }

    /// Stops it; clients are told.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
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

    /// Where browsers and HTTP clients connect to.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn launch(&mut self) {
        let (bind, data) = (
            self.address.to_string(),
            self.data.path().display().to_string(),
        );
        let own = [
            "gateway",
            "--bind",
            &bind,
            "--data",
            &data,
            "--token",
            Self::TOKEN,
        ];
        let args = own.into_iter().chain(self.args.iter().map(String::as_str));
        let config = Cli::try_parse_from(args)
            .expect("the options are known")
            .config;
        let server = Server::start(config).await.expect("the gateway starts");
        self.address = server.address();
        self.server = Some(server);
    }
}
