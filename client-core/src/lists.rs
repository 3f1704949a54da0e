use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;

use sessionwire_json::{Unreadable, Value, digits};
use sessionwire_protocol::sessions::{SessionsSubscribe, SessionsUnsubscribe};
use sessionwire_protocol::{Method, Place, SessionKey};

use crate::ListParams;
use crate::client::ClientState;
use crate::copy::Told;
use crate::error::Error;
use crate::feed::{Answer, Feed, Reception, Said};
use crate::link::{Link, is_passing, retry_after};
use crate::output::{Event, RequestId, SessionEvent, SubscriptionId};
use crate::params;
use crate::phase::Phase;
use crate::refusal::Refusal;
use crate::requests::Asker;
use crate::row::Row;
use crate::time::Instant;

/// Subscriptions to lists. They stand across connections, until they are unsubscribed or refused.
impl ClientState {
    /// Subscribes to a list of sessions: a snapshot, then what changes.
    ///
    /// Without any params it is every session, archived ones and sentinels included. With any it is what
    /// `sessions.list` shows, and `limit` makes it a window of the first rows, which [`Self::load_more`] grows.
    pub fn subscribe_sessions(
        &mut self,
        params: impl Into<ListParams>,
        now: Instant,
    ) -> SubscriptionId {
        let subscription = self.next_subscription();
        let params = params.into();
        let refusal = match params.not_live() {
            _ if matches!(self.link, Link::Closed) => Some(Error::Closed),
            param => param.map(Error::NotLive),
        };
        if let Some(error) = refusal {
            self.tell_sessions(subscription, SessionEvent::Failed(error).into());
        } else {
            self.feeds.insert(subscription, Feed::new(params));
            self.begin_sessions(subscription, now);
        }
        subscription
    }

    /// Shows so many more rows of a list that has a limit: a snapshot of the larger window follows. What happens
    /// in between is not lost.
    pub fn load_more(&mut self, subscription: SubscriptionId, count: u64, now: Instant) {
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        if !feed.grow(count) {
            return;
        }
        match (&self.link, feed.phase()) {
            (Link::Ready(ready), Phase::Live | Phase::Asking) if ready.cursors => {
                self.ask_for_sessions(subscription, now);
            }
            (Link::Ready(_), Phase::Live) => {
                let events = feed.show_all(&self.renames);
                self.deliver(subscription, events);
            }
            _ => feed.loaded = false,
        }
    }

    /// Decides how a list is kept with this gateway.
    pub(crate) fn begin_sessions(&mut self, subscription: SubscriptionId, now: Instant) {
        match &self.link {
            Link::Ready(ready) if ready.cursors => self.ask_for_sessions(subscription, now),
            Link::Ready(_) => self.begin_mirrored(subscription, now),
            Link::Stopped
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Waiting { .. }
            | Link::Closed => {}
        }
    }

    /// The subscriptions to lists that are so.
    pub(crate) fn lists(&self, are: &dyn Fn(&Feed) -> bool) -> Vec<SubscriptionId> {
        let mut lists = Vec::new();
        for (subscription, feed) in self.feeds.iter() {
            if are(feed) {
                lists.push(*subscription);
            }
        }
        lists
    }

    /// Whether all lists follow what happens.
    pub(crate) fn lists_are_live(&self) -> bool {
        let mut feeds = self.feeds.values();
        matches!(self.link, Link::Ready(_)) && feeds.all(|feed| feed.phase() == Phase::Live)
    }

    /// Whether all lists show what the gateway did before it answered a request: it tells that first.
    pub(crate) fn shows_what_is_answered(&self) -> bool {
        self.has_cursors() && self.lists_are_live()
    }

    /// An answer that got lost must not leave a subscription silent for ever while ticks keep its connection
    /// alive.
    pub(crate) fn sessions_unanswered(
        &mut self,
        request: RequestId,
        subscription: SubscriptionId,
        now: Instant,
    ) {
        let feed = self.feeds.get(&subscription);
        if feed.is_some_and(|feed| feed.awaits(request)) {
            self.ask_for_sessions(subscription, now);
        }
    }

    pub(crate) fn sessions_answered(
        &mut self,
        request: RequestId,
        subscription: SubscriptionId,
        result: Result<Value<'_>, Refusal>,
        now: Instant,
    ) {
        let feed = self.feeds.get_mut(&subscription);
        let Some(feed) = feed.filter(|feed| feed.awaits(request)) else {
            return;
        };
        let payload = match result {
            Ok(payload) => payload,
            Err(refusal) if is_passing(&refusal) => {
                let wait = self.backoff.delay(feed.failed() + 1) + retry_after(&refusal);
                return feed.enter(Phase::Resting(now + wait));
            }
            Err(refusal) => return self.fail_sessions(subscription, Error::Refused(refusal)),
        };
        match feed.answered(payload, self.frames, &self.renames) {
            Ok(Answer::Resumed) => self.sessions_live(subscription, now),
            Ok(Answer::Snapshot(events)) => {
                self.deliver(subscription, events);
                self.sessions_live(subscription, now);
            }
            Ok(Answer::Elsewhere) => self.ask_again(subscription, now),
            Err(error) => {
                self.end_sessions(subscription);
                self.fail_sessions(subscription, Error::Unreadable(error.0.to_owned()));
            }
        }
    }

    /// An event that stands at a place of a subscription.
    pub(crate) fn told_at(&mut self, place: &Place<'_>, said: Said<'_>, now: Instant) {
        let Some(subscription) = SubscriptionId::read(&place.subscription) else {
            return;
        };
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        match feed.receive(said, self.frames, place, &self.renames) {
            Reception::Nothing => {}
            Reception::Next(events) => self.deliver(subscription, events),
            Reception::Gap => self.ask_again(subscription, now),
        }
    }

    /// The gateway has answered what it knows of a doubted session.
    pub(crate) fn doubt_answered(
        &mut self,
        subscription: SubscriptionId,
        key: &SessionKey,
        result: Result<Value<'_>, Refusal>,
        now: Instant,
    ) {
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        feed.doubt = Phase::Down;
        let event = match result {
            Ok(payload) => match read_described(payload) {
                Ok(found) => feed.copy.clear_doubt(key, found.as_ref()),
                Err(_) => feed.copy.drop_doubt(key),
            },
            Err(refusal) if is_passing(&refusal) => {
                let wait = self.backoff.delay(feed.failed() + 1) + retry_after(&refusal);
                feed.doubt = Phase::Resting(now + wait);
                return;
            }
            Err(_) => feed.copy.drop_doubt(key),
        };
        self.deliver(subscription, Vec::from_iter(event));
        self.ask_about_doubt(subscription, now);
    }

    /// It has not, in time.
    pub(crate) fn doubt_unanswered(&mut self, subscription: SubscriptionId, now: Instant) {
        if let Some(feed) = self.feeds.get_mut(&subscription) {
            feed.doubt = Phase::Down;
        }
        self.ask_about_doubt(subscription, now);
    }

    /// Asks about one doubted session after the other.
    pub(crate) fn ask_about_doubt(&mut self, subscription: SubscriptionId, now: Instant) {
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        if feed.doubt == Phase::Asking {
            return;
        }
        feed.doubt = Phase::Down;
        if feed.phase() != Phase::Live {
            return;
        }
        if let Some(key) = feed.copy.doubted().cloned() {
            feed.doubt = Phase::Asking;
            self.describe(Asker::Doubt(subscription, key.clone()), &key, now);
        }
    }

    pub(crate) fn ask_for_sessions(&mut self, subscription: SubscriptionId, now: Instant) {
        if let Some(feed) = self.feeds.get_mut(&subscription) {
            let request = self.requests.next_id();
            let params = feed.ask(request, subscription);
            let asker = Asker::Sessions(subscription);
            self.ask_as(request, asker, SessionsSubscribe::NAME, &params, now);
        }
    }

    pub(crate) fn end_sessions(&mut self, subscription: SubscriptionId) {
        let params = params::of_subscription(&digits(subscription.0));
        self.tell(SessionsUnsubscribe::NAME, &params);
    }

    pub(crate) fn fail_sessions(&mut self, subscription: SubscriptionId, error: Error) {
        self.feeds.remove(&subscription);
        self.tell_sessions(subscription, SessionEvent::Failed(error).into());
    }

    /// Tells events; the evictions among them also to who follows the messages.
    pub(crate) fn deliver(&mut self, subscription: SubscriptionId, events: Vec<Told>) {
        for told in events {
            let evicted = if let SessionEvent::Evicted(evicted) = &told.event {
                Some(evicted.clone())
            } else {
                None
            };
            self.tell_sessions(subscription, told);
            if let Some(evicted) = evicted {
                self.tell_evicted(&evicted);
            }
        }
    }

    pub(crate) fn tell_sessions(&mut self, subscription: SubscriptionId, told: Told) {
        let Told { event, splice } = told;
        self.emit(Event::Sessions {
            subscription,
            event,
            splice,
        });
    }

    fn sessions_live(&mut self, subscription: SubscriptionId, now: Instant) {
        let feed = self.feeds.get(&subscription);
        if feed.is_some_and(Feed::is_short) {
            return self.ask_for_sessions(subscription, now);
        }
        self.ask_about_doubt(subscription, now);
        self.prove_renames(now);
    }

    /// Events of this connection got lost. Places tell that of what they lead to; but a step may lack a part.
    pub(crate) fn events_missing(&mut self, now: Instant) {
        if !self.has_cursors() {
            if self.is_mirroring() {
                self.want_list(now);
            }
            return;
        }
        for subscription in self.lists(&Feed::is_in_step) {
            self.ask_again(subscription, now);
        }
    }

    /// A request was carried out twice: a subscription that it asked for begins anew at its place.
    pub(crate) fn answered_again(&mut self, request: RequestId) {
        for feed in self.feeds.values_mut() {
            feed.begin_again(request);
        }
    }

    /// Asks for what is missing: at once, but slower and slower where that keeps leading nowhere.
    fn ask_again(&mut self, subscription: SubscriptionId, now: Instant) {
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        match feed.failed() {
            0 => self.ask_for_sessions(subscription, now),
            failures => {
                let wait = self.backoff.delay(failures);
                feed.enter(Phase::Resting(now + wait));
            }
        }
    }
}

/// The row in the answer to `sessions.describe`, if there is such a session.
pub(crate) fn read_described(payload: Value<'_>) -> Result<Option<Row>, Unreadable> {
    let [session] = payload.pick(["session"])?;
    session.map(|row| Row::read(row)).transpose()
}
