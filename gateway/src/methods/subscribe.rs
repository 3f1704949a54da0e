//! `sessions.subscribe` and its kin: they change what the connection is told.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use sessionwire_listing::{NotLive, View};
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::sessions::{
    MessagesSubscribeParams, MessagesSubscribed, SessionsListParams, SessionsSubscribeParams,
    SessionsUnsubscribeParams, SessionsUnsubscribed,
};
use sessionwire_protocol::{Cursor, ErrorBody};

use crate::config::{MAX_FOLLOWED, MAX_SUBSCRIPTIONS};
use crate::encoded::Encoded;
use crate::feed::{Feed, Source};
use crate::journal::Entry;
use crate::list::{Page, order, page, snapshot};
use crate::request::Caller;

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
    evicted: Option<Vec<&'a SocketDrain>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Page<'a>>,
}

impl Subscribed<'_> {
    fn encoded(&self) -> Encoded {
        let bytes = self.list.as_ref().map_or(0, Page::size);
        Encoded::with_room(bytes + 512, self)
    }
}

/// Subscribes to the list: with a page of it as in plain protocol 4, or with cursors to what the params choose.
pub fn sessions(
    caller: &Caller,
    feed: &mut Feed,
    params: &SessionsSubscribeParams,
) -> Result<Encoded, ErrorBody> {
    let Some(id) = &params.subscription else {
        return plain(caller, feed, &params.list);
    };
    if !caller.cursors {
        return Err(ErrorBody::invalid(
            "a subscription id needs the client capability session-cursor",
        ));
    }
    let view = View::new(&params.list).map_err(not_live)?;
    if !feed.has_room_for(id) {
        return Err(ErrorBody::invalid(format!(
            "a connection has at most {MAX_SUBSCRIPTIONS} subscriptions"
        )));
    }
    let sessions = &caller.gateway.sessions;
    let (state, source) = match view.is_everything() {
        true => (sessions.read(), Source::Journal),
        false => {
            let (state, live) = sessions.open(&view);
            let listening = live.listeners().listen(feed.listener().clone());
            (state, Source::Live(live, listening))
        }
    };
    let journal = state.journal();
    let since = params.since.as_ref();
    let since = since.filter(|since| since.epoch == journal.epoch());
    let resumed = since
        .filter(|since| source.reaches_back_to(since.offset, journal))
        .filter(|_| params.snapshot != Some(true));
    let offset = resumed.map_or(journal.head(), |since| since.offset);
    let epoch = journal.epoch().to_owned();
    let fresh = resumed.is_none().then(|| {
        let entries = since.and_then(|since| journal.since(since.offset));
        let missed: Option<Vec<_>> = entries.map(|entries| entries.cloned().collect());
        (state.catalog().clone(), source.shown(), missed)
    });
    // From here on others may change sessions.
    drop(state);
    let fresh = fresh.as_ref();
    let list = fresh
        .map(|(catalog, shown, _)| snapshot(&caller.gateway, catalog, &source, shown.as_deref()));
    let missed = fresh.and_then(|(_, _, missed)| missed.as_deref());
    let answer = Subscribed {
        subscribed: true,
        subscription: Some(id),
        cursor: Some(Cursor { epoch, offset }),
        resumed: Some(resumed.is_some()),
        evicted: missed.map(|missed| evictions(source.view(), missed)),
        list,
    }
    .encoded();
    feed.subscribe(id.clone(), source, offset);
    Ok(answer)
}

fn not_live(refused: NotLive) -> ErrorBody {
    let details = json!({ "code": "NOT_LIVE", "param": refused.0 });
    ErrorBody::invalid(refused.to_string()).with_details(details)
}

/// The evictions that may concern a list.
fn evictions<'a>(view: &View, entries: &'a [Arc<Entry>]) -> Vec<&'a SocketDrain> {
    let concerns = |entry: &Entry| {
        let before = entry.replaced();
        before.is_none_or(|session| view.filter.matches(session.as_ref()))
    };
    entries
        .iter()
        .filter(|entry| concerns(entry))
        .filter_map(|entry| entry.change.drain())
        .collect()
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

/// Subscribes to the messages of a session. It is answered when an upstream has answered that it tells them.
pub fn messages(
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

/// The answer to a subscription in plain protocol 4 with a list that an upstream has made.
pub fn with_list(list: &RawValue) -> Encoded {
    #[derive(Serialize)]
    struct Listed<'a> {
        subscribed: bool,
        list: &'a RawValue,
    }
    Encoded::of(&Listed {
        subscribed: true,
        list,
    })
}

fn plain(
    caller: &Caller,
    feed: &mut Feed,
    params: &SessionsListParams,
) -> Result<Encoded, ErrorBody> {
    let sessions = &caller.gateway.sessions;
    let is_asked = *params != SessionsListParams::default();
    if is_asked {
        sessions.make_ready(order(params));
    }
    let state = sessions.read();
    let catalog = is_asked.then(|| state.catalog().clone());
    feed.subscribe_list(state.journal().head());
    drop(state);
    let catalog = catalog.as_ref();
    let list = catalog.map(|catalog| page(&caller.gateway, catalog, params));
    let answer = Subscribed {
        subscribed: true,
        subscription: None,
        cursor: None,
        resumed: None,
        evicted: None,
        list,
    };
    Ok(answer.encoded())
}
