//! The live list as server-sent events, for programs without a socket.

use std::convert::Infallible;
use std::sync::Arc;
use std::vec;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde_json::Value;
use sessionwire_protocol::sessions::SessionsSubscribe;
use sessionwire_protocol::{Cursor, ErrorBody, Method, event};
use tokio::sync::{Notify, watch};
use tokio::time::{Interval, interval_at};

use super::error::HttpError;
use super::params::QueryParams;
use super::text;
use crate::crier::{Listening, Turn};
use crate::encoded::Encoded;
use crate::feed::Feed;
use crate::gateway::Gateway;
use crate::methods::subscribe::Subscribing;
use crate::request::{Caller, admit};
use crate::text::Text;
use crate::upstream::{Standing, Upstream, moved};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// How long a reader waits before it comes back, in milliseconds.
const RETRY: u64 = 1_000;

/// The list that the params of `sessions.list` in the query choose, and what happens to it.
///
/// The first event is a `snapshot`, with the answer to `sessions.subscribe`; none, where the `Last-Event-ID` is a
/// place from which everything that was missed can be told. The others have the names and payloads that a socket
/// has. The id of an event is the cursor to which it leads; the events of a step have one at the last of them.
pub(super) async fn events(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    QueryParams(params): QueryParams,
) -> Result<Response, HttpError> {
    let bell = Arc::new(Notify::new());
    let listener = Arc::downgrade(&bell);
    let mut feed = Feed::event_stream(gateway.sessions.read().journal(), listener.clone());
    let outcome = subscribing(&gateway, &feed, params, since(&headers));
    gateway.metrics.request(SessionsSubscribe::NAME, &outcome);
    let subscribing = outcome?;
    let aside = gateway.aside.for_another();
    let takes_long = subscribing.takes_long();
    let begun = aside.run(takes_long, || subscribing.begin()).await;
    begun.beginning.enter(&mut feed);
    let greeting = greeting(begun.answer, &begun.cursor, begun.resumed);
    let reader = Reader {
        unread: vec![greeting].into_iter(),
        _listening: feed
            .follows_journal()
            .then(|| gateway.sessions.listen(listener)),
        bell,
        stopping: gateway.stopping.subscribe(),
        standing: gateway.upstream.as_ref().map(stale_first),
        ticks: interval_at(
            tokio::time::Instant::now() + gateway.config.tick_interval,
            gateway.config.tick_interval,
        ),
        gateway,
        feed,
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        // Proxies that gather what they pass on would hold events back.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((headers, Body::from_stream(reader.into_stream())).into_response())
}

fn subscribing(
    gateway: &Arc<Gateway>,
    feed: &Feed,
    mut params: serde_json::Map<String, Value>,
    since: Option<Cursor>,
) -> Result<Subscribing, ErrorBody> {
    for name in ["subscription", "since", "snapshot"] {
        if params.contains_key(name) {
            let message = format!("{name} is not asked for in a query");
            return Err(ErrorBody::invalid(message));
        }
    }
    params.insert("subscription".to_owned(), "events".into());
    if let Some(Cursor { epoch, offset }) = since {
        let since = serde_json::json!({ "epoch": epoch, "offset": offset });
        params.insert("since".to_owned(), since);
    }
    let caller = Caller::owner(Arc::clone(gateway), true);
    let params = admit::<SessionsSubscribe>(Value::Object(params), &caller)?;
    Subscribing::new(&caller, feed, params)
}

/// The standing of the upstream, which is told first where lists may not show what that has.
fn stale_first(upstream: &Upstream) -> watch::Receiver<Standing> {
    let mut standing = upstream.standing();
    if standing.borrow().stale_since.is_some() {
        standing.mark_changed();
    }
    standing
}

/// The place that the reader names. Of an id that is none of ours nothing can be made: a snapshot follows.
fn since(headers: &HeaderMap) -> Option<Cursor> {
    let (epoch, offset) = text(headers, &LAST_EVENT_ID)?.rsplit_once(':')?;
    Some(Cursor {
        epoch: epoch.to_owned(),
        offset: offset.parse().ok()?,
    })
}

/// What is told first.
fn greeting(answer: Encoded, Cursor { epoch, offset }: &Cursor, resumed: bool) -> Text {
    match resumed {
        true => Text::bare(format!("retry: {RETRY}\n\n")),
        false => {
            let before = format!("retry: {RETRY}\nevent: snapshot\nid: {epoch}:{offset}\ndata: ");
            Text::bare_around(&before, answer, "\n\n")
        }
    }
}

/// One who reads events. It is asked for more only when what it was given is on its way.
struct Reader {
    gateway: Arc<Gateway>,
    feed: Feed,
    /// What was put into words and is not on its way yet.
    unread: vec::IntoIter<Text>,
    /// Rings when there may be something to tell.
    bell: Arc<Notify>,
    _listening: Option<Listening>,
    stopping: watch::Receiver<bool>,
    standing: Option<watch::Receiver<Standing>>,
    ticks: Interval,
}

impl Reader {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let text = reader.next().await?;
            Some((Ok(text.into_frame()), reader))
        })
    }

    /// What is to be written next; `None` when the reader is to come back for it.
    async fn next(&mut self) -> Option<Text> {
        if let Some(text) = self.unread.next() {
            return Some(text);
        }
        let (mut tick_is_due, mut health_is_due) = (false, false);
        loop {
            let mut frames = Vec::new();
            let done = self.feed.catch_up(
                self.gateway.sessions.read().journal(),
                &mut Turn::default(),
                &mut frames,
            );
            if self.feed.is_adrift() {
                return None;
            }
            if tick_is_due && done {
                self.feed.tick(self.gateway.clock.now(), &mut frames);
            }
            if std::mem::take(&mut health_is_due) {
                let health = serde_json::to_string(&self.gateway.health(true));
                let health = health.expect("health always serialises");
                frames.push(self.feed.frame_of(event::HEALTH, &health));
            }
            if !frames.is_empty() {
                self.gateway.metrics.events(frames.len());
                self.unread = frames.into_iter();
                return self.unread.next();
            }
            tokio::select! {
                () = self.bell.notified() => {}
                () = moved(&mut self.standing) => health_is_due = true,
                _ = self.ticks.tick() => tick_is_due = true,
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            }
        }
    }
}
