//! What a request says, as the params of methods.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use sessionwire_protocol::ErrorBody;
use tokio::time::timeout;

use super::error::HttpError;
use super::text;
use crate::config::MAX_BODY;
use crate::gateway::Gateway;

/// Params in the body: a JSON object, or nothing.
pub(super) struct BodyParams(pub(super) Map<String, Value>);

/// Params in the query: what is a number or a truth value in `sessions.list` is one here.
pub(super) struct QueryParams(pub(super) Map<String, Value>);

impl FromRequest<Arc<Gateway>> for BodyParams {
    type Rejection = HttpError;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, HttpError> {
        let is_json = declares_json(request.headers());
        if is_json == Some(false) {
            return Err(HttpError::not_json());
        }
        if declares_too_much(request.headers()) {
            return Err(HttpError::too_large(MAX_BODY));
        }
        let reading = Bytes::from_request(request, gateway);
        let body = timeout(gateway.config.request_timeout, reading)
            .await
            .map_err(|_| HttpError::too_slow())?
            .map_err(|rejection| unread(&rejection))?;
        if body.is_empty() {
            return Ok(Self(Map::new()));
        }
        if is_json.is_none() {
            return Err(HttpError::not_json());
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(params)) => Ok(Self(params)),
            Ok(_) => Err(ErrorBody::invalid("the body is not a JSON object").into()),
            Err(error) => Err(ErrorBody::invalid(format!("the body is not JSON: {error}")).into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParams {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let Query(pairs): Query<Vec<(String, String)>> = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection: QueryRejection| {
                ErrorBody::invalid(format!("unreadable query: {rejection}"))
            })?;
        let typed = |(name, text): (String, String)| {
            let value = value(&name, text);
            (name, value)
        };
        Ok(Self(pairs.into_iter().map(typed).collect()))
    }
}

const NUMBERS: [&str; 3] = ["activeMinutes", "limit", "offset"];

const BOOLEANS: [&str; 17] = [
    "activeOnly",
    "archived",
    "configuredAgentsOnly",
    "excludeCron",
    "excludeSubagents",
    "excludeSystem",
    "hasBoard",
    "includeActivitySummary",
    "includeDerivedTitles",
    "includeGlobal",
    "includeLastMessage",
    "includePeople",
    "includeUnknown",
    "involvingMe",
    "ownerFirst",
    "pinned",
    "requireLastInteraction",
];

/// What does not read as the type of its field stays text, and is refused as that.
fn value(name: &str, text: String) -> Value {
    let read = if NUMBERS.contains(&name) {
        text.parse::<u64>().ok().map(Value::from)
    } else if BOOLEANS.contains(&name) {
        text.parse::<bool>().ok().map(Value::from)
    } else {
        None
    };
    read.unwrap_or(Value::String(text))
}

/// Whether the body is said to be JSON; `None` where nothing is said.
fn declares_json(headers: &HeaderMap) -> Option<bool> {
    headers.get(header::CONTENT_TYPE)?;
    let declared = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    Some(essence == "application/json" || essence.ends_with("+json"))
}

/// Who says so before sending is spared the sending.
fn declares_too_much(headers: &HeaderMap) -> bool {
    text(headers, &header::CONTENT_LENGTH)
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length > MAX_BODY)
}

fn unread(rejection: &BytesRejection) -> HttpError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => HttpError::too_large(MAX_BODY),
        _ => ErrorBody::invalid("the body ended early").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn query_values_get_the_type_of_their_field() {
        for (name, text, expected) in [
            ("limit", "5", json!(5)),
            ("limit", "many", json!("many")),
            ("archived", "all", json!("all")),
            ("archived", "true", json!(true)),
            ("pinned", "false", json!(false)),
            ("label", "true", json!("true")),
            ("search", "5", json!("5")),
        ] {
            assert_eq!(value(name, text.to_owned()), expected, "{name}={text}");
        }
    }
}
