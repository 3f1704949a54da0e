//! What all methods share: who asks, params in, results out.

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sessionwire_protocol::chat::ChatSend;
use sessionwire_protocol::sessions::SessionsSend;
use sessionwire_protocol::{ErrorBody, ErrorCode, Method, Scopes};

use crate::access;
use crate::aside::Aside;
use crate::auth::Principal;
use crate::device::OPERATOR;
use crate::gateway::Gateway;
use crate::schema;
use crate::sessions::Committing;
use crate::transaction::Transaction;
use crate::upstream::{Upstream, is_answered_here};

/// Who asks: what a method may see and use.
#[derive(Clone)]
pub struct Caller {
    /// The gateway.
    pub gateway: Arc<Gateway>,
    /// What the connection may do.
    pub scopes: Arc<Scopes>,
    /// Who it is.
    pub principal: Arc<Principal>,
    /// Whether it asked for cursors.
    pub cursors: bool,
    /// Where it has done what takes long.
    pub aside: Aside,
}

impl Caller {
    /// Whoever has the shared token, and no connection.
    pub fn owner(gateway: Arc<Gateway>, cursors: bool) -> Self {
        Self {
            aside: gateway.aside.for_another(),
            gateway,
            scopes: Arc::new(Scopes::all()),
            principal: Arc::new(Principal::owner()),
            cursors,
        }
    }

    /// Whether what the connection rests on is still there.
    pub fn may_go_on(&self) -> bool {
        let Some(bond) = &self.principal.bond else {
            return true;
        };
        let state = self.gateway.sessions.read();
        bond.holds(state.devices().get(&bond.device).map(Arc::as_ref))
    }

    /// Waits until it is not.
    pub async fn shown_out(&self) {
        let mut devices = self.gateway.sessions.devices_changed();
        while self.may_go_on() {
            if devices.changed().await.is_err() {
                return;
            }
        }
    }

    /// Changes sessions, unless what the connection rests on was taken away since it asked.
    pub fn commit<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&mut Transaction<'_>) -> Result<T, ErrorBody> + Send + 'static,
    ) -> Committing<T> {
        let principal = Arc::clone(&self.principal);
        self.gateway.sessions.commit(move |transaction| {
            if let Some(bond) = &principal.bond
                && !bond.holds(transaction.device(&bond.device).as_deref())
            {
                return Err(ErrorBody::new(
                    ErrorCode::Forbidden,
                    "the device was removed",
                ));
            }
            decide(transaction)
        })
    }
}

/// Checks that the connection may ask this, and that the params are what the method takes.
pub fn admit<M: Method>(params: Value, caller: &Caller) -> Result<M::Params, ErrorBody> {
    check_role(&caller.principal.role)?;
    access::check(M::NAME, M::ACCESS, &params, &caller.scopes)?;
    check_target(M::NAME, &params)?;
    schema::check(M::NAME, &params).map_err(ErrorBody::invalid)?;
    serde_json::from_value(params)
        .map_err(|error| ErrorBody::invalid(format!("invalid {} params: {error}", M::NAME)))
}

/// Whether the upstream carries out a request.
pub fn is_passed_on(method: &str, params: &Value, caller: &Caller) -> bool {
    caller.gateway.upstream.is_some() && !is_answered_here(method, params)
}

/// Lets the upstream carry out a request.
pub async fn forward(
    method: &str,
    params: &Value,
    caller: &Caller,
) -> Result<Box<RawValue>, ErrorBody> {
    let upstream = carrier(method, params, caller)?;
    upstream.forward(method, params, &caller.scopes).await
}

/// The upstream, if the connection may ask this of it.
pub fn carrier<'a>(
    method: &str,
    params: &Value,
    caller: &'a Caller,
) -> Result<&'a Upstream, ErrorBody> {
    check_role(&caller.principal.role)?;
    let upstream = caller.gateway.upstream.as_ref();
    let unknown = || ErrorBody::invalid(format!("unknown method: {method}"));
    let upstream = upstream.ok_or_else(unknown)?;
    upstream.check(method, params, &caller.scopes)?;
    Ok(upstream)
}

/// All methods of this gateway are for those who see and change sessions.
fn check_role(role: &str) -> Result<(), ErrorBody> {
    match role {
        OPERATOR => Ok(()),
        role => Err(ErrorBody::invalid(format!("unauthorized role: {role}"))),
    }
}

/// Params that are absent or `null` mean `{}`.
pub fn or_empty(params: Value) -> Value {
    if params.is_null() {
        Value::Object(Map::new())
    } else {
        params
    }
}

/// Refuses a send that names no session in the words that protocol 4 has for it, before its other params are
/// looked at.
fn check_target(method: &str, params: &Value) -> Result<(), ErrorBody> {
    let target = match method {
        ChatSend::NAME => &params["sessionKey"],
        SessionsSend::NAME => &params["key"],
        _ => return Ok(()),
    };
    match target.as_str().map(str::trim) {
        None | Some("") => Err(ErrorBody::invalid("session mutation target is unavailable")
            .with_details(json!({
                "code": "SESSION_MUTATION_TARGET_REQUIRED",
                "method": method,
            }))),
        Some(_) => Ok(()),
    }
}
