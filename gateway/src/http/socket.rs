//! The upgrade from HTTP to a socket.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};

use super::error::HttpError;
use super::{is_forwarded, text};
use crate::auth::Peer;
use crate::config::MAX_READ_FRAME;
use crate::connection;
use crate::gateway::Gateway;

/// Small, because every connection holds one.
const READ_BUFFER: usize = 4 << 10;

/// Whether a request asks for a socket.
pub(super) fn is_wanted(request: &Request) -> bool {
    *request.method() == Method::GET
        && text(request.headers(), &header::UPGRADE)
            .is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"))
}

/// Opens a socket. A client that offers sub-protocols gets its first, as browsers insist on one of theirs.
pub(super) async fn open(gateway: Arc<Gateway>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let ConnectInfo(address) =
        match ConnectInfo::<SocketAddr>::from_request_parts(&mut parts, &()).await {
            Ok(address) => address,
            Err(rejection) => return rejection.into_response(),
        };
    let owned = |name| text(&parts.headers, &name).map(str::to_owned);
    let peer = Peer {
        address: address.ip(),
        origin: owned(header::ORIGIN),
        host: owned(header::HOST),
        forwarded: is_forwarded(&parts.headers),
    };
    let mut upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(handshaking) = gateway.handshakes.begin(address.ip()) else {
        gateway.metrics.upgrade_refused();
        return HttpError::busy("too many sockets of this address wait for their handshake")
            .into_response();
    };
    let first = upgrade.requested_protocols().next().cloned();
    if let Some(first) = first {
        upgrade.set_selected_protocol(first);
    }
    upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(MAX_READ_FRAME)
        .max_frame_size(MAX_READ_FRAME)
        .on_upgrade(move |socket| connection::serve(socket, gateway, peer, handshaking))
}
