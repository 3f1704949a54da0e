//! Who may use the routes of sessions: holders of the token, and of pages only those that may open a socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use tokio::time::sleep;

use super::error::HttpError;
use super::{is_forwarded, text};
use crate::auth::{self, Peer};
use crate::gateway::Gateway;

/// Lets a request through, or answers it.
pub(super) async fn check(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN).cloned() else {
        return authorized(&gateway, request, next).await;
    };
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let allowed = info
        .zip(origin.to_str().ok())
        .is_some_and(|(info, origin)| {
            let peer = Peer {
                address: info.0.ip(),
                origin: Some(origin.to_owned()),
                host: text(headers, &header::HOST).map(str::to_owned),
                forwarded: is_forwarded(headers),
            };
            auth::origin_allowed(origin, &peer, &gateway.config.allowed_origins)
        });
    let mut response = if !allowed {
        HttpError::foreign_origin().into_response()
    } else if is_preflight(&request) {
        preflight()
    } else {
        authorized(&gateway, request, next).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// Whether a request carries the gateway's token as its bearer.
pub(super) fn has_token(gateway: &Gateway, headers: &HeaderMap) -> bool {
    text(headers, &header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, secret)| {
            scheme.eq_ignore_ascii_case("bearer") && gateway.token.matches(secret.trim())
        })
}

async fn authorized(gateway: &Gateway, request: Request, next: Next) -> Response {
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let guesses = &gateway.http_guesses;
    if let Some(left) = address.and_then(|address| guesses.lockout(address, Instant::now())) {
        return HttpError::locked_out(left).into_response();
    }
    if has_token(gateway, request.headers()) {
        return next.run(request).await;
    }
    // A request without any secret guesses nothing.
    if let Some(address) = address.filter(|_| request.headers().contains_key(header::AUTHORIZATION))
    {
        sleep(guesses.count(address, Instant::now())).await;
    }
    HttpError::unauthorized().into_response()
}

fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let headers = [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, PATCH, DELETE, POST",
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, last-event-id",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
