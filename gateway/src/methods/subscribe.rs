//! `sessions.subscribe` and `sessions.unsubscribe`: they change what the connection is told.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use sessionwire_listing::{NotLive, View};
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::sessions::{
    SessionsListParams, SessionsSubscribeParams, SessionsUnsubscribeParams, SessionsUnsubscribed,
};
use sessionwire_protocol::{Cursor, ErrorBody};

use crate::config::MAX_SUBSCRIPTIONS;
use crate::encoded::Encoded;
use crate::feed::{Feed, Source};
use crate::field;
use crate::gateway::Gateway;
use crate::journal::Entry;
use crate::list::{Page, order, page, snapshot};
use crate::request::Caller;

#[derive(Serialize)]
struct Subscribed<'a> {
    subscribed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a Cursor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resumed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evicted: Option<Vec<&'a SocketDrain>>,
    #[serde(skip)]
    list: Option<Page<'a>>,
}

impl Subscribed<'_> {
    fn encoded(&self) -> Encoded {
        let bytes = self.list.as_ref().map_or(0, Page::size);
        Encoded::written(bytes + 512, |json| {
            field::begin(self, json);
            if let Some(list) = &self.list {
                json.push_str(r#","list":"#);
                list.write(json);
            }
            json.push('}');
        })
    }
}

/// A subscription that has begun.
pub struct Begun {
    /// The answer.
    pub answer: Encoded,
    /// Where it begins, and whether that is where its client was; none without cursors.
    pub place: Option<(Cursor, bool)>,
}

/// Subscribes to the list: with a page of it as in plain protocol 4, or with cursors to what the params choose.
pub fn begin(
    caller: &Caller,
    feed: &mut Feed,
    params: &SessionsSubscribeParams,
) -> Result<Begun, ErrorBody> {
    let gateway = &caller.gateway;
    let Some(id) = &params.subscription else {
        return Ok(plain(gateway, feed, &params.list));
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
    let sessions = &gateway.sessions;
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
    let cursor = Cursor {
        epoch: journal.epoch().to_owned(),
        offset: resumed.map_or(journal.head(), |since| since.offset),
    };
    let resumed = resumed.is_some();
    let fresh = (!resumed).then(|| {
        let entries = since.and_then(|since| journal.since(since.offset));
        let missed: Option<Vec<_>> = entries.map(|entries| entries.cloned().collect());
        (state.catalog().clone(), source.shown(), missed)
    });
    // From here on others may change sessions.
    drop(state);
    let fresh = fresh.as_ref();
    let list =
        fresh.map(|(catalog, shown, _)| snapshot(gateway, catalog, &source, shown.as_deref()));
    let missed = fresh.and_then(|(_, _, missed)| missed.as_deref());
    let answer = Subscribed {
        subscribed: true,
        subscription: Some(id),
        cursor: Some(&cursor),
        resumed: Some(resumed),
        evicted: missed.map(|missed| evictions(source.view(), missed)),
        list,
    }
    .encoded();
    feed.subscribe(id.clone(), source, cursor.offset);
    Ok(Begun {
        answer,
        place: Some((cursor, resumed)),
    })
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
pub fn end(
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

/// Subscribes in the way of plain protocol 4. A list is still to come.
pub fn without_list(caller: &Caller, feed: &mut Feed) {
    feed.subscribe_list(caller.gateway.sessions.read().journal().head());
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

fn plain(gateway: &Gateway, feed: &mut Feed, params: &SessionsListParams) -> Begun {
    let sessions = &gateway.sessions;
    let is_asked = *params != SessionsListParams::default();
    if is_asked {
        sessions.make_ready(order(params));
    }
    let state = sessions.read();
    let catalog = is_asked.then(|| state.catalog().clone());
    feed.subscribe_list(state.journal().head());
    drop(state);
    let catalog = catalog.as_ref();
    let list = catalog.map(|catalog| page(gateway, catalog, params));
    let answer = Subscribed {
        subscribed: true,
        subscription: None,
        cursor: None,
        resumed: None,
        evicted: None,
        list,
    };
    Begun {
        answer: answer.encoded(),
        place: None,
    }
}
