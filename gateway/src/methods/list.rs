//! `sessions.list` and `sessions.describe`.

use std::sync::Arc;

use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::sessions::{SessionsDescribeParams, SessionsListParams};

use crate::effort::is_long_page;
use crate::encoded::Encoded;
use crate::list::{Page, order, page};
use crate::request::Caller;
use crate::row::Row;

/// One page of the list.
pub async fn list(caller: Caller, params: SessionsListParams) -> Result<Encoded, ErrorBody> {
    Ok(made(caller, params, |page| page.encoded()).await)
}

/// Makes a page, and an answer of it.
pub(super) async fn made(
    caller: Caller,
    params: SessionsListParams,
    encoded: fn(&Page<'_>) -> Encoded,
) -> Encoded {
    let (gateway, aside) = (Arc::clone(&caller.gateway), caller.aside.clone());
    let is_long = is_long_page(&gateway, gateway.sessions.read().catalog(), &params);
    let making = move || {
        let gateway = &caller.gateway;
        let catalog = gateway.sessions.catalog(order(&params));
        encoded(&page(gateway, &catalog, &params))
    };
    aside.run(is_long, making).await
}

/// One row.
pub async fn describe(
    caller: Caller,
    params: SessionsDescribeParams,
) -> Result<Encoded, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    let state = caller.gateway.sessions.read();
    let session = state.catalog().get(&key);
    Ok(Encoded::written(1_024, |json| {
        json.push_str(r#"{"session":"#);
        match session {
            Some(session) => Row::whole(session).write(json),
            None => json.push_str("null"),
        }
        json.push('}');
    }))
}
