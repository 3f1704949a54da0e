//! `sessions.subscribe` and its kin: they change what the connection is told.

use serde::Serialize;
use serde_json::value::RawValue;
use sessionwire_protocol::Cursor;
use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::sessions::{
    MessagesSubscribeParams, MessagesSubscribed, SessionsListParams, SessionsSubscribeParams,
    SessionsUnsubscribeParams, SessionsUnsubscribed,
};

use crate::config::{MAX_FOLLOWED, MAX_SUBSCRIPTIONS};
use crate::feed::Feed;
use crate::list::{Page, page, snapshot};
use crate::request::{Caller, encode};

#[derive(Serialize)]
struct Subscribed<'a> {
    subscribed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resumed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Page<'a>>,
}

/// Subscribes to the list: with a page of it as in plain protocol 4, or with cursors and all of it.
pub fn sessions(
    caller: &Caller,
    feed: &mut Feed,
    params: &SessionsSubscribeParams,
) -> Result<Box<RawValue>, ErrorBody> {
    let Some(id) = &params.subscription else {
        return plain(caller, feed, &params.list);
    };
    if !caller.cursors {
        return Err(ErrorBody::invalid(
            "a subscription id needs the client capability session-cursor",
        ));
    }
    if params.list != SessionsListParams::default() {
        return Err(ErrorBody::invalid(
            "a subscription with cursors is to the whole list; it takes no list params",
        ));
    }
    if !feed.has_room_for(id) {
        return Err(ErrorBody::invalid(format!(
            "a connection has at most {MAX_SUBSCRIPTIONS} subscriptions"
        )));
    }
    let state = caller.gateway.sessions.read();
    let (cursor, resumed) = feed.subscribe(id.clone(), params.since.as_ref(), state.journal());
    let list = (!resumed).then(|| snapshot(&state, caller.gateway.store_path()));
    Ok(encode(&Subscribed {
        subscribed: true,
        subscription: Some(id),
        cursor: Some(cursor),
        resumed: Some(resumed),
        list,
    }))
}

/// Ends a subscription with cursors.
pub fn end_sessions(
    _: &Caller,
    feed: &mut Feed,
    params: &SessionsUnsubscribeParams,
) -> Result<SessionsUnsubscribed, ErrorBody> {
    match feed.unsubscribe(&params.subscription) {
        true => Ok(SessionsUnsubscribed {
            subscribed: false,
            subscription: params.subscription.clone(),
        }),
        false => Err(ErrorBody::invalid(format!(
            "no subscription: {}",
            params.subscription
        ))),
    }
}

/// Subscribes to the messages of a session.
pub fn messages(
    caller: &Caller,
    feed: &mut Feed,
    params: &MessagesSubscribeParams,
) -> Result<MessagesSubscribed, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    if !feed.subscribe_messages(key.clone()) {
        return Err(ErrorBody::invalid(format!(
            "a connection follows the messages of at most {MAX_FOLLOWED} sessions"
        )));
    }
    Ok(MessagesSubscribed {
        subscribed: true,
        key,
    })
}

/// Ends that.
pub fn end_messages(
    caller: &Caller,
    feed: &mut Feed,
    params: &MessagesSubscribeParams,
) -> Result<MessagesSubscribed, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    feed.unsubscribe_messages(&key);
    Ok(MessagesSubscribed {
        subscribed: false,
        key,
    })
}

fn plain(
    caller: &Caller,
    feed: &mut Feed,
    params: &SessionsListParams,
) -> Result<Box<RawValue>, ErrorBody> {
    feed.subscribe_list();
    let state = caller.gateway.sessions.read();
    let list = (*params != SessionsListParams::default())
        .then(|| page(&state, params, caller.gateway.store_path()));
    Ok(encode(&Subscribed {
        subscribed: true,
        subscription: None,
        cursor: None,
        resumed: None,
        list,
    }))
}
