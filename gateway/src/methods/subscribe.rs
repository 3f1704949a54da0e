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
use crate::effort::is_long_snapshot;
use crate::encoded::Encoded;
use crate::feed::{Feed, Source};
use crate::field;
use crate::gateway::Gateway;
use crate::journal::{Entry, Journal};
use crate::list::{Page, snapshot};
use crate::request::Caller;

use super::list::made;

#[derive(Serialize)]
struct Subscribed<'a> {
    subscribed: bool,
    subscription: &'a str,
    cursor: &'a Cursor,
    resumed: bool,
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

/// A subscription with cursors that a connection may have.
pub struct Subscribing {
    gateway: Arc<Gateway>,
    listener: Weak<dyn Listener>,
    id: String,
    view: View,
    since: Option<Cursor>,
    wants_snapshot: bool,
}

/// A subscription whose answer is made. It begins at the place that the answer names, whenever the feed takes it: until
/// then the journal holds what happens.
pub struct Begun {
    /// The answer.
    pub answer: Encoded,
    /// Where the subscription begins.
    pub cursor: Cursor,
    /// Whether that is where its client was.
    pub resumed: bool,
    /// The subscription.
    pub beginning: Beginning,
}

/// What a feed takes of a subscription.
pub struct Beginning {
    id: String,
    source: Source,
    offset: u64,
}

impl Subscribing {
    /// What the params ask for.
    pub fn new(
        caller: &Caller,
        feed: &Feed,
        params: SessionsSubscribeParams,
    ) -> Result<Self, ErrorBody> {
        let id = params.subscription.unwrap_or_default();
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
        Ok(Self {
            gateway: Arc::clone(&caller.gateway),
            listener: feed.listener().clone(),
            id,
            view,
            since: params.since,
            wants_snapshot: params.snapshot == Some(true),
        })
    }

    /// Whether the answer may take long: it has a long list, where the client is not told what it missed instead.
    pub fn takes_long(&self) -> bool {
        let sessions = &self.gateway.sessions;
        let (state, live) = (sessions.read(), sessions.views().find(&self.view));
        let is_kept = |offset| match self.view.is_everything() {
            true => true,
            false => live.is_some_and(|live| live.count_since(offset).is_some()),
        };
        let journal = state.journal();
        let since = self.since_of(journal);
        let since = since.filter(|since| journal.count_since(since.offset).is_some());
        let resumes = since.is_some_and(|since| !self.wants_snapshot && is_kept(since.offset));
        !resumes && is_long_snapshot(state.catalog(), &self.view)
    }

    /// Makes the answer: with what the client missed to come, or with all that there is.
    pub fn begin(self) -> Begun {
        let gateway = &*self.gateway;
        let sessions = &gateway.sessions;
        let (state, source) = match self.view.is_everything() {
            true => (sessions.read(), Source::Journal),
            false => {
                let (state, live) = sessions.open(&self.view);
                let listening = live.listeners().listen(self.listener.clone());
                (state, Source::Live(live, listening))
            }
        };
        let journal = state.journal();
        let since = self.since_of(journal);
        let resumed = since
            .filter(|since| source.reaches_back_to(since.offset, journal))
            .filter(|_| !self.wants_snapshot);
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
            subscription: &self.id,
            cursor: &cursor,
            resumed,
            evicted: missed.map(|missed| evictions(source.view(), missed)),
            list,
        };
        Begun {
            answer: answer.encoded(),
            resumed,
            beginning: Beginning {
                id: self.id,
                source,
                offset: cursor.offset,
            },
            cursor,
        }
    }

    /// The place that the client names, if it is one of this journal.
    fn since_of(&self, journal: &Journal) -> Option<&Cursor> {
        let since = self.since.as_ref();
        since.filter(|since| since.epoch == journal.epoch())
    }
}

impl Beginning {
    /// Lets a feed tell what follows.
    pub fn enter(self, feed: &mut Feed) {
        feed.subscribe(self.id, self.source, self.offset);
    }
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

/// The answer to a subscription in plain protocol 4.
pub fn plain() -> Encoded {
    Encoded::of(&json!({ "subscribed": true }))
}

/// The same with a list that an upstream has made.
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

/// The same with a page of the list.
pub async fn with_page(caller: Caller, params: SessionsListParams) -> Result<Encoded, ErrorBody> {
    let encoded = |page: &Page<'_>| {
        Encoded::written(page.size(), |json| {
            json.push_str(r#"{"subscribed":true,"list":"#);
            page.write(json);
            json.push('}');
        })
    };
    Ok(made(caller, params, encoded).await)
}
