//! `sessions.subscribe` and `sessions.unsubscribe`: they change what the connection is told.

use std::sync::{Arc, Weak};

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
use crate::crier::Listener;
use crate::encoded::Encoded;
use crate::feed::{Feed, Source};
use crate::gateway::Gateway;
use crate::journal::{Entry, Journal};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Page<'a>>,
}

impl Subscribed<'_> {
    fn encoded(&self) -> Encoded {
        let bytes = self.list.as_ref().map_or(0, Page::size);
        Encoded::with_room(bytes + 512, self)
    }
}

/// A subscription to the list, of which nothing is told yet.
pub struct Made {
    /// The answer.
    pub answer: Encoded,
    begin: Begin,
}

/// What a feed is to tell from now on.
enum Begin {
    /// The list in the way of plain protocol 4, from an offset on.
    Plain(u64),
    Live {
        id: String,
        source: Source,
        cursor: Cursor,
        resumed: bool,
    },
}

impl Made {
    /// Where it begins, and whether that is where its client was; `None` without cursors.
    pub fn place(&self) -> Option<(&Cursor, bool)> {
        match &self.begin {
            Begin::Plain(_) => None,
            Begin::Live {
                cursor, resumed, ..
            } => Some((cursor, *resumed)),
        }
    }

    /// Lets a feed tell what follows it; returns the answer, which is to be told first.
    pub fn begin(self, feed: &mut Feed) -> Encoded {
        match self.begin {
            Begin::Plain(head) => feed.subscribe_list(head),
            Begin::Live {
                id, source, cursor, ..
            } => feed.subscribe(id, source, cursor.offset),
        }
        self.answer
    }
}

/// Subscribes to the list: with a page of it as in plain protocol 4, or with cursors to what the params choose.
pub fn make(
    caller: &Caller,
    feed: &Feed,
    params: &SessionsSubscribeParams,
) -> Result<Made, ErrorBody> {
    let Some(id) = params.subscription.clone() else {
        return Ok(plain(&caller.gateway, &params.list));
    };
    if !caller.cursors {
        return Err(ErrorBody::invalid(
            "a subscription id needs the client capability session-cursor",
        ));
    }
    let view = View::new(&params.list).map_err(not_live)?;
    if !feed.has_room_for(&id) {
        return Err(ErrorBody::invalid(format!(
            "a connection has at most {MAX_SUBSCRIPTIONS} subscriptions"
        )));
    }
    Ok(live(&caller.gateway, feed.listener(), &view, id, params))
}

/// The place that the client names, if it is one of this journal.
fn named<'a>(params: &'a SessionsSubscribeParams, journal: &Journal) -> Option<&'a Cursor> {
    let since = params.since.as_ref();
    since.filter(|since| since.epoch == journal.epoch())
}

/// Whether what follows that place is all that is to be told.
fn going_on(params: &SessionsSubscribeParams, source: &Source, journal: &Journal) -> bool {
    let reaches_back = |since: &Cursor| source.reaches_back_to(since.offset, journal);
    named(params, journal).is_some_and(reaches_back) && params.snapshot != Some(true)
}

fn live(
    gateway: &Gateway,
    listener: &Weak<dyn Listener>,
    view: &View,
    id: String,
    params: &SessionsSubscribeParams,
) -> Made {
    let sessions = &gateway.sessions;
    let (state, source) = match view.is_everything() {
        true => (sessions.read(), Source::Journal),
        false => {
            let (state, live) = sessions.open(view);
            let listening = live.listeners().listen(listener.clone());
            (state, Source::Live(live, listening))
        }
    };
    let journal = state.journal();
    let since = named(params, journal);
    let resumed = since.filter(|_| going_on(params, &source, journal));
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
        subscription: Some(&id),
        cursor: Some(&cursor),
        resumed: Some(resumed),
        evicted: missed.map(|missed| evictions(source.view(), missed)),
        list,
    }
    .encoded();
    let begin = Begin::Live {
        id,
        source,
        cursor,
        resumed,
    };
    Made { answer, begin }
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

fn plain(gateway: &Gateway, params: &SessionsListParams) -> Made {
    let sessions = &gateway.sessions;
    let is_asked = *params != SessionsListParams::default();
    if is_asked {
        sessions.make_ready(order(params));
    }
    let (head, catalog) = {
        let state = sessions.read();
        let catalog = is_asked.then(|| state.catalog().clone());
        (state.journal().head(), catalog)
    };
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
    Made {
        answer: answer.encoded(),
        begin: Begin::Plain(head),
    }
}
