//! The port: connections are taken, and let go of when their clients neither speak nor read.

use std::pin::pin;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::router;
use super::timed::Timed;
use crate::gateway::Gateway;

/// What a connection is served over.
pub(super) type Io = TokioIo<Timed<TcpStream>>;

/// What the system takes beside what it can send.
#[cfg(target_os = "linux")]
const MOST_UNSENT: u32 = 128 << 10;

/// Serves who connects, until the gateway stops and the last answer is written. Whoever drops this ends all connections
/// but sockets.
pub async fn serve(mut listener: TcpListener, gateway: Arc<Gateway>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(gateway.config.request_timeout);
    let router = TowerToHyperService::new(router(Arc::clone(&gateway)));
    let mut stopping = gateway.stopping.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            Some(_ended) = connections.join_next() => continue,
            _ = stopping.wait_for(|stopping| *stopping) => break,
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
        #[cfg(target_os = "linux")]
        limit_unsent(&stream);
        let stream = Timed::new(stream, gateway.config.write_timeout, reset);
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            router.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let mut stopping = gateway.stopping.subscribe();
        connections.spawn(async move {
            let mut connection = pin!(connection.with_upgrades());
            let stopped = async { stopping.wait_for(|stopping| *stopping).await.is_ok() };
            let served = tokio::select! {
                served = connection.as_mut() => served,
                _ = stopped => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ends early");
            }
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Lets the system forget what a client does not read.
fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "the system keeps what is not read");
    }
}

/// Lets the system take only so much that it cannot send yet. By itself it takes megabytes, and says that there is room
/// when a third of them are gone: a slow reader would be taken for one who does not read.
#[cfg(target_os = "linux")]
fn limit_unsent(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_tcp_notsent_lowat(MOST_UNSENT) {
        tracing::debug!(%error, "the system takes as much as it likes");
    }
}
