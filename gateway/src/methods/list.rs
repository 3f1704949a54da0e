//! `sessions.list` and `sessions.describe`.

use serde::Serialize;
use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::sessions::{SessionsDescribeParams, SessionsListParams};

use crate::encoded::Encoded;
use crate::list::{order, page};
use crate::request::Caller;
use crate::row::Row;

/// One page of the list.
pub async fn list(caller: Caller, params: SessionsListParams) -> Result<Encoded, ErrorBody> {
    let gateway = &caller.gateway;
    let catalog = gateway.sessions.catalog(order(&params));
    Ok(page(gateway, &catalog, &params).encoded())
}

/// One row.
pub async fn describe(
    caller: Caller,
    params: SessionsDescribeParams,
) -> Result<Encoded, ErrorBody> {
    #[derive(Serialize)]
    struct Described<'a> {
        session: Option<Row<'a>>,
    }
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    let state = caller.gateway.sessions.read();
    let session = state.catalog().get(&key).map(|session| Row::whole(session));
    Ok(Encoded::of(&Described { session }))
}
