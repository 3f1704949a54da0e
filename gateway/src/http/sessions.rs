//! Sessions for programs without a socket. Every route is a method of the protocol, under a path that names the
//! session by its key or its session id.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use serde_json::{Map, Value};
use sessionwire_protocol::sessions::{
    SessionsCreate, SessionsDelete, SessionsDescribe, SessionsList, SessionsPatch, SessionsSend,
};
use sessionwire_protocol::{ErrorBody, Method};

use super::error::HttpError;
use super::params::{BodyParams, QueryParams};
use crate::encoded::Encoded;
use crate::gateway::Gateway;
use crate::methods;
use crate::request::{Caller, admit, forward, is_passed_on};
use crate::row::Row;
use crate::session::Session;

/// The session that a path names: 404 where there never was one, 410 where it was evicted.
pub(super) struct Target(Arc<Session>);

/// `sessions.list`; the query has its params.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    QueryParams(params): QueryParams,
) -> Result<Encoded, HttpError> {
    let params = Value::Object(params);
    let owner = Caller::owner(Arc::clone(&gateway), false);
    match is_passed_on(SessionsList::NAME, &params, &owner) {
        true => pass_on::<SessionsList>(params, &owner).await,
        false => call::<SessionsList, _, _>(params, owner, methods::list::list).await,
    }
}

/// `sessions.create`; the body has its params.
pub(super) async fn create(
    State(gateway): State<Arc<Gateway>>,
    BodyParams(params): BodyParams,
) -> Result<Encoded, HttpError> {
    change::<SessionsCreate, _>(gateway, params, methods::create::create).await
}

/// One row.
pub(super) async fn read(State(gateway): State<Arc<Gateway>>, Target(session): Target) -> Encoded {
    gateway
        .metrics
        .request::<()>(SessionsDescribe::NAME, &Ok(()));
    Encoded::written(1_024, |json| Row::whole(&session).write(json))
}

/// `sessions.patch`; the body has its params. Unlike the method it makes no session.
pub(super) async fn patch(
    State(gateway): State<Arc<Gateway>>,
    target: Target,
    BodyParams(params): BodyParams,
) -> Result<Encoded, HttpError> {
    let params = target.expected(params)?;
    change::<SessionsPatch, _>(gateway, params, methods::patch::patch).await
}

/// `sessions.delete`; the body may have its params.
pub(super) async fn delete(
    State(gateway): State<Arc<Gateway>>,
    target: Target,
    BodyParams(params): BodyParams,
) -> Result<Encoded, HttpError> {
    let params = target.expected(params)?;
    change::<SessionsDelete, _>(gateway, params, methods::remove::delete).await
}

/// `sessions.send`; the body has its params.
pub(super) async fn send(
    State(gateway): State<Arc<Gateway>>,
    target: Target,
    BodyParams(params): BodyParams,
) -> Result<Encoded, HttpError> {
    let params = target.named(params)?;
    change::<SessionsSend, _>(gateway, params, methods::send::session).await
}

impl Target {
    /// Params of a method for this session, and for no other that may take its place before the change is made.
    fn expected(&self, params: Map<String, Value>) -> Result<Map<String, Value>, HttpError> {
        let mut params = self.named(params)?;
        params
            .entry("expectedSessionId")
            .or_insert_with(|| self.0.entry.session_id.clone().into());
        Ok(params)
    }

    /// Params of a method for this session.
    fn named(&self, mut params: Map<String, Value>) -> Result<Map<String, Value>, HttpError> {
        let key = Value::from(self.0.key.as_str());
        if params.insert("key".to_owned(), key).is_some() {
            return Err(ErrorBody::invalid("the path names the session, not the body").into());
        }
        Ok(params)
    }
}

impl FromRequestParts<Arc<Gateway>> for Target {
    type Rejection = HttpError;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, HttpError> {
        let Path(name) = Path::<String>::from_request_parts(parts, gateway)
            .await
            .map_err(|_| ErrorBody::invalid("the path is not percent-encoded UTF-8"))?;
        let key = gateway.key(&name, None);
        let state = gateway.sessions.read();
        let sessions = state.catalog();
        let by_key = key.as_ref().ok().and_then(|key| sessions.get(key));
        if let Some(session) = by_key.or_else(|| sessions.by_session_id(&name)) {
            return Ok(Self(Arc::clone(session)));
        }
        let key = key?;
        let tombstones = state.tombstones();
        let evicted = tombstones
            .reason(key.as_str())
            .or_else(|| tombstones.reason(&name));
        Err(match evicted {
            Some(reason) => HttpError::evicted(&name, reason),
            None => HttpError::not_found(format!("No session found: {name}")),
        })
    }
}

/// Carries out a method for the holder of the token, who may do everything.
async fn call<M: Method, T, F>(
    params: Value,
    owner: Caller,
    handler: fn(Caller, M::Params) -> F,
) -> Result<T, HttpError>
where
    F: Future<Output = Result<T, ErrorBody>>,
{
    let metrics = Arc::clone(&owner.gateway.metrics);
    let outcome = match admit::<M>(params, &owner) {
        Ok(params) => handler(owner, params).await,
        Err(refusal) => Err(refusal),
    };
    metrics.request(M::NAME, &outcome);
    Ok(outcome?)
}

/// The same for a method that changes sessions, which the upstream carries out where there is one.
async fn change<M: Method, F>(
    gateway: Arc<Gateway>,
    params: Map<String, Value>,
    handler: fn(Caller, M::Params) -> F,
) -> Result<Encoded, HttpError>
where
    F: Future<Output = Result<M::Result, ErrorBody>>,
{
    let params = Value::Object(params);
    let owner = Caller::owner(gateway, false);
    if owner.gateway.upstream.is_some() {
        return pass_on::<M>(params, &owner).await;
    }
    let result = call::<M, _, _>(params, owner, handler).await?;
    Ok(Encoded::of(&result))
}

/// Lets the upstream carry out a method.
async fn pass_on<M: Method>(params: Value, owner: &Caller) -> Result<Encoded, HttpError> {
    let outcome = forward(M::NAME, &params, owner).await;
    owner.gateway.metrics.request(M::NAME, &outcome);
    Ok(outcome?.into())
}
