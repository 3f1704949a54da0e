//! The upgrade from HTTP to a socket.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::error::HttpError;
use super::serve::Io;
use super::{is_forwarded, text};
use crate::auth::Peer;
use crate::connection;
use crate::gateway::Gateway;
use crate::socket::WebSocket;

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
    // axum checks the request. Its own sockets keep the buffers of the HTTP connection, and copy all that is written.
    let upgraded = parts.extensions.get::<OnUpgrade>().cloned();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(handshaking) = gateway.handshakes.begin(address.ip()) else {
        gateway.metrics.upgrade_refused();
        return HttpError::busy("too many sockets of this address wait for their handshake")
            .into_response();
    };
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let mut say = |name: HeaderName, value| response.headers_mut().insert(name, value);
    say(header::CONNECTION, HeaderValue::from_static("upgrade"));
    say(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Some(key) = parts.headers.get(header::SEC_WEBSOCKET_KEY) {
        let accepted = derive_accept_key(key.as_bytes());
        let accepted = HeaderValue::try_from(accepted).expect("it is base64");
        say(header::SEC_WEBSOCKET_ACCEPT, accepted);
    }
    if let Some(first) = upgrade.requested_protocols().next() {
        say(header::SEC_WEBSOCKET_PROTOCOL, first.clone());
    }
    tokio::spawn(connection::serve(
        socket(upgraded),
        gateway,
        peer,
        handshaking,
    ));
    response
}

/// The socket under a connection whose upgrade was answered.
async fn socket(upgraded: Option<OnUpgrade>) -> Option<WebSocket> {
    let upgraded = upgraded?.await;
    let upgraded = upgraded.inspect_err(|error| tracing::debug!(%error, "no upgrade follows"));
    match upgraded.ok()?.downcast::<Io>() {
        Ok(parts) => {
            let stream = parts.io.into_inner().into_inner();
            Some(WebSocket::new(stream, &parts.read_buf))
        }
        Err(_) => {
            tracing::error!("an upgraded connection is not one of the listener's");
            None
        }
    }
}
