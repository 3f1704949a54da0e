//! Refusals as HTTP answers them: a status, and a body that says the same to programs and to people.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sessionwire_protocol::{ErrorBody, ErrorCode, EvictionReason};

/// Why a request was refused.
#[derive(Debug)]
pub(super) struct HttpError {
    status: StatusCode,
    kind: &'static str,
    message: String,
    details: Option<Value>,
    reason: Option<EvictionReason>,
    retry_after_ms: Option<u64>,
}

impl HttpError {
    /// 401: without the token.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized")
    }

    /// 403: from a page of another origin.
    pub(super) fn foreign_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "origin not allowed")
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "method_not_allowed", "method not allowed")
    }

    /// 408: the body did not come.
    pub(super) fn too_slow() -> Self {
        let status = StatusCode::REQUEST_TIMEOUT;
        Self::new(status, "request_timeout", "the body did not come in time")
    }

    /// 410: the session was there, and was evicted.
    pub(super) fn evicted(session: &str, reason: EvictionReason) -> Self {
        let fate = match reason {
            EvictionReason::Expired => "expired",
            EvictionReason::Deleted
            | EvictionReason::Reset
            | EvictionReason::New
            | EvictionReason::Unknown => "was deleted",
        };
        let message = format!("session {session} {fate}");
        Self {
            reason: Some(reason),
            ..Self::new(StatusCode::GONE, "evicted", message)
        }
    }

    /// 413.
    pub(super) fn too_large(most: usize) -> Self {
        let message = format!("the body has more than {most} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
    }

    /// 415.
    pub(super) fn not_json() -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let message = "the body must be JSON, with content type application/json";
        Self::new(status, "unsupported_media_type", message)
    }

    /// 429: the address gave too many wrong secrets.
    pub(super) fn locked_out(left: Duration) -> Self {
        let sentence = "too many failed authentication attempts";
        Self {
            retry_after_ms: u64::try_from(left.as_millis()).ok(),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", sentence)
        }
    }

    /// 503: try again.
    pub(super) fn busy(message: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            details: None,
            reason: None,
            retry_after_ms: None,
        }
    }
}

/// What a method refused.
impl From<ErrorBody> for HttpError {
    fn from(error: ErrorBody) -> Self {
        let changed = error.detail_reason() == Some("session-changed");
        let (status, kind) = match error.code {
            ErrorCode::InvalidRequest if changed => (StatusCode::CONFLICT, "session_changed"),
            ErrorCode::InvalidRequest | ErrorCode::ApprovalNotFound => {
                (StatusCode::BAD_REQUEST, "invalid_request")
            }
            ErrorCode::Forbidden | ErrorCode::NotPaired => (StatusCode::FORBIDDEN, "forbidden"),
            ErrorCode::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            ErrorCode::Other(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        Self {
            details: error.details,
            retry_after_ms: error.retry_after_ms,
            ..Self::new(status, kind, error.message)
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let mut error = json!({ "message": self.message, "type": self.kind });
        if let Some(details) = self.details {
            error["details"] = details;
        }
        if let Some(reason) = self.reason {
            error["reason"] = json!(reason);
        }
        let body = match self.status {
            StatusCode::UNAUTHORIZED => json!({ "error": error }),
            _ => json!({ "ok": false, "error": error }),
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, after.div_ceil(1000).into());
        }
        response
    }
}
