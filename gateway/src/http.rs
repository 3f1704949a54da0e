//! The HTTP side of the port: the socket's upgrade, probes, and the session picker.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use crate::auth::Peer;
use crate::config::MAX_READ_FRAME;
use crate::connection;
use crate::gateway::Gateway;

/// Small, because every connection holds one.
const READ_BUFFER: usize = 4 << 10;

/// All routes. A WebSocket opens at any path that no other route owns.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().fallback(socket_or_page).with_state(gateway)
}

async fn socket_or_page(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if parts.headers.contains_key(header::UPGRADE) {
        let peer = Peer {
            origin: text(&parts.headers, &header::ORIGIN),
            host: text(&parts.headers, &header::HOST),
        };
        return match WebSocketUpgrade::from_request_parts(&mut parts, &gateway).await {
            Ok(upgrade) => upgrade
                .read_buffer_size(READ_BUFFER)
                .max_message_size(MAX_READ_FRAME)
                .max_frame_size(MAX_READ_FRAME)
                .on_upgrade(move |socket| connection::serve(socket, gateway, peer)),
            Err(rejection) => rejection.into_response(),
        };
    }
    let Some(www) = &gateway.config.www else {
        return (
            StatusCode::NOT_FOUND,
            "no page is served here; start the gateway with --www DIR\n",
        )
            .into_response();
    };
    match ServeDir::new(www)
        .try_call(Request::from_parts(parts, body))
        .await
    {
        Ok(response) => response.into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}
