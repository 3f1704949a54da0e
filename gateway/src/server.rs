//! From a configuration to a listening gateway, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sessionwire::AddressError;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::auth::Token;
use crate::clock::Clock;
use crate::config::Config;
use crate::eviction;
use crate::gateway::Gateway;
use crate::http;
use crate::metrics;
use crate::mirror::Mirror;
use crate::origin::{self, OriginError};
use crate::store::{StoreError, make_folder};
use crate::upstream::Upstream;

/// A gateway that listens. It stops when [`Server::stop`] is called.
pub struct Server {
    gateway: Arc<Gateway>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No token, or none that can be kept.
    #[error("{0}")]
    Token(String),
    /// The store cannot be opened.
    #[error("cannot open the session store: {0}")]
    Store(#[from] StoreError),
    /// The sessions in the store are of another origin.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The upstream's address is none.
    #[error("--upstream: {0}")]
    Upstream(#[from] AddressError),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

impl Server {
    /// Opens the store, listens, and serves in the background. Port 0 takes any free port.
    #[expect(
        clippy::unused_async,
        reason = "it needs a runtime, which only those have who await"
    )]
    pub async fn start(config: Config) -> Result<Self, StartError> {
        make_folder(&config.storage.data)?;
        let token = Token::load_or_make(
            config.token.as_deref(),
            config.bind.ip(),
            &config.storage.data,
        )
        .map_err(StartError::Token)?;
        let wanted = config.bind;
        let mut orders = None;
        let gateway = Gateway::open(config, token, |config, state| {
            origin::check(state, &config.storage.data, config.upstream.is_some())?;
            let connected = Upstream::connect(config, Clock::system().now())?;
            Ok::<_, StartError>(connected.map(|(upstream, waiting)| {
                orders = Some(waiting);
                upstream
            }))
        })?;
        let listen_error = |error| StartError::Listen {
            address: wanted,
            error,
        };
        let listener = listen(wanted).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        tokio::spawn(tick(Arc::clone(&gateway)));
        tokio::spawn(eviction::keep(Arc::clone(&gateway)));
        if let Some((upstream, orders)) = gateway.upstream.as_ref().zip(orders) {
            let mirror = Mirror::new(upstream, orders);
            tokio::spawn(mirror.run(Arc::clone(&gateway)));
        }
        let metrics = Arc::clone(&gateway.metrics);
        tokio::spawn(metrics::upkeep(metrics, gateway.stopping.subscribe()));
        let serving = tokio::spawn(http::serve(listener, Arc::clone(&gateway)));
        tracing::info!(%address, sessions = gateway.sessions.read().catalog().len(), "listening");
        Ok(Self {
            gateway,
            address,
            serving,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The shared secret of its clients.
    pub fn token(&self) -> &str {
        self.gateway.token.reveal()
    }

    /// How many different lists are kept live for its clients.
    pub fn live_lists(&self) -> usize {
        self.gateway.sessions.views().len()
    }

    /// Tells every client, ends their connections, waits until all is written, and lets go of the store.
    pub async fn stop(self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        self.gateway.stopping.send_replace(true);
        let mut serving = self.serving;
        match timeout(PATIENCE, &mut serving).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the listener broke"),
            // Half a request may never be whole, and an answer never read.
            Err(_) => serving.abort(),
        }
        // Every connection holds a receiver until its end.
        if timeout(PATIENCE, self.gateway.stopping.closed())
            .await
            .is_err()
        {
            tracing::warn!("some connections did not end in time");
        }
        let gateway = self.gateway;
        if let Err(error) = spawn_blocking(move || gateway.sessions.close()).await {
            tracing::error!(%error, "the store was not closed");
        }
    }
}

async fn tick(gateway: Arc<Gateway>) {
    let mut stopping = gateway.stopping.subscribe();
    let criers = gateway.sessions.criers();
    tokio::select! {
        () = gateway.wheel.run(gateway.config.tick_interval, criers) => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
}

/// Listens where as many as the system allows may wait to be taken. Who finds no place asks again a second later, and
/// when all clients come back at once, most would.
fn listen(wanted: SocketAddr) -> std::io::Result<TcpListener> {
    const MOST: u32 = 1 << 16;
    let socket = match wanted {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(wanted)?;
    socket.listen(MOST)
}
