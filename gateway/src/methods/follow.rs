//! `sessions.messages.subscribe` and `sessions.messages.unsubscribe`: they change what the connection is told.

use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::sessions::{MessagesSubscribeParams, MessagesSubscribed};

use crate::config::MAX_FOLLOWED;
use crate::feed::Feed;
use crate::request::Caller;

/// Subscribes to the messages of a session. It is answered when an upstream has answered that it tells them.
pub fn begin(
    caller: &Caller,
    feed: &mut Feed,
    params: &MessagesSubscribeParams,
) -> Result<impl Future<Output = Result<MessagesSubscribed, ErrorBody>> + use<>, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    let head = caller.gateway.sessions.read().journal().head();
    let upstream = caller.gateway.upstream.as_ref();
    let following = upstream.map(|upstream| upstream.follow(&key));
    if !feed.subscribe_messages(key.clone(), following.clone(), head) {
        return Err(ErrorBody::invalid(format!(
            "a connection follows the messages of at most {MAX_FOLLOWED} sessions"
        )));
    }
    Ok(async move {
        if let Some(following) = following {
            following.settled().await?;
        }
        Ok(MessagesSubscribed {
            subscribed: true,
            key,
        })
    })
}

/// Ends that.
pub fn end(
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
