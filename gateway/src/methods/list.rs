//! `sessions.list` and `sessions.describe`.

use std::sync::Arc;

use serde::Serialize;
use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::sessions::{SessionsDescribeParams, SessionsListParams};

use crate::effort::is_long_page;
use crate::encoded::Encoded;
use crate::list::{order, page};
use crate::request::Caller;
use crate::row::Row;

/// One page of the list.
pub async fn list(caller: Caller, params: SessionsListParams) -> Result<Encoded, ErrorBody> {
    let (gateway, aside) = (Arc::clone(&caller.gateway), caller.aside.clone());
    let is_long = is_long_page(&gateway, gateway.sessions.read().catalog(), &params);
    let listing = move || {
        let gateway = &caller.gateway;
        let catalog = gateway.sessions.catalog(order(&params));
        page(gateway, &catalog, &params).encoded()
    };
    Ok(aside.run(is_long, listing).await)
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
