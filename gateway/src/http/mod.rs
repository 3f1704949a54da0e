//! The HTTP side of the port: the socket's upgrade, probes, sessions for programs without a socket, and a user
//! interface for browsers.

mod control_ui;
mod error;
mod events;
mod gate;
mod pages;
mod params;
mod probes;
mod serve;
mod sessions;
mod socket;
mod timed;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::config::MAX_BODY;
use crate::gateway::Gateway;
use error::HttpError;

pub use serve::serve;

/// All routes. A WebSocket opens at any path that no other route owns.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let sessions = Router::new()
        .route(
            "/v1/chat/sessions",
            get(sessions::list).post(sessions::create),
        )
        .route("/v1/chat/sessions/events", get(events::events))
        .route(
            "/v1/chat/sessions/{session}",
            get(sessions::read)
                .patch(sessions::patch)
                .delete(sessions::delete),
        )
        .route("/v1/chat/sessions/{session}/messages", post(sessions::send))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn_with_state(Arc::clone(&gateway), gate::check))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    let probes = Router::new()
        .route("/health", get(probes::live))
        .route("/healthz", get(probes::live))
        .route("/ready", get(probes::ready))
        .route("/readyz", get(probes::ready))
        .route("/metrics", get(probes::metrics))
        .method_not_allowed_fallback(method_not_allowed);
    sessions
        .merge(probes)
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .fallback(elsewhere)
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .with_state(gateway)
}

/// Paths that no route owns: sockets, then the files of a user interface.
async fn elsewhere(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if socket::is_wanted(&request) {
        return socket::open(gateway, request).await;
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || request.uri().path().starts_with("/v1/") {
        return HttpError::not_found("no such route").into_response();
    }
    match &gateway.config.control_ui {
        Some(folder) => control_ui::serve(&gateway, folder, request).await,
        None => pages::serve(&gateway, request).await,
    }
}

async fn method_not_allowed() -> HttpError {
    HttpError::method_not_allowed()
}

/// Whether somebody in between says that it only forwards.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let mut names = headers.keys().map(HeaderName::as_str);
    names.any(|name| matches!(name, "forwarded" | "x-real-ip") || name.starts_with("x-forwarded-"))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
