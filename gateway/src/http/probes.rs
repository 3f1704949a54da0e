//! For those who run the gateway: whether it lives, whether it is ready, and what it counts.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::error::HttpError;
use super::gate::has_token;
use crate::gateway::Gateway;

/// Whether the process answers.
pub(super) async fn live() -> Json<Value> {
    Json(json!({ "ok": true, "status": "live" }))
}

/// Whether changes can be made.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> (StatusCode, Json<Value>) {
    let mut failing = Vec::new();
    if !store_takes_writes(&gateway).await {
        failing.push("store");
    }
    if *gateway.stopping.borrow() {
        failing.push("stopping");
    }
    let status = match failing.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut report = json!({
        "ready": failing.is_empty(),
        "failing": failing,
        "uptimeMs": gateway.uptime_ms(),
    });
    // Lists go on without it, so whoever serves them is ready.
    if let Some(upstream) = &gateway.upstream {
        report["upstream"] = json!(upstream.health());
    }
    (status, Json(report))
}

/// The figures for Prometheus. On loopback whoever reaches the port may read them; a gateway that listens to a
/// network wants the token, which scrapers send as their bearer.
pub(super) async fn metrics(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Response {
    if !gateway.config.bind.ip().is_loopback() && !has_token(&gateway, &headers) {
        return HttpError::unauthorized().into_response();
    }
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, gateway.metrics.render(&gateway.sample())).into_response()
}

/// A store that failed is tried again by a commit without a change: whoever waits for readiness may send none.
async fn store_takes_writes(gateway: &Gateway) -> bool {
    const PATIENCE: Duration = Duration::from_secs(2);
    gateway.sessions.is_writable()
        || matches!(
            timeout(PATIENCE, gateway.sessions.commit(|_| Ok(()))).await,
            Ok(Ok(()))
        )
}
