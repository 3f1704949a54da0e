//! `sessions.list` and `sessions.describe`.

use serde_json::value::RawValue;
use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::sessions::{
    SessionsDescribeParams, SessionsDescribed, SessionsListParams,
};

use crate::list::page;
use crate::request::{Caller, encode};

/// One page of the list.
pub async fn list(caller: Caller, params: SessionsListParams) -> Result<Box<RawValue>, ErrorBody> {
    Ok(encode(&page(
        &caller.gateway.sessions.read(),
        &params,
        caller.gateway.clock.now(),
        caller.gateway.store_path(),
    )))
}

/// One row.
pub async fn describe(
    caller: Caller,
    params: SessionsDescribeParams,
) -> Result<SessionsDescribed, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    let session = caller
        .gateway
        .sessions
        .read()
        .get(&key)
        .map(|session| session.row());
    Ok(SessionsDescribed { session })
}
