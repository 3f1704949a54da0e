use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use core::time::Duration;

use sessionwire_json::{Object, Value};
use sessionwire_protocol::sessions::{SessionsDescribe, SessionsList, SessionsSubscribe};
use sessionwire_protocol::{Method, SessionKey, event};

use crate::client::ClientState;
use crate::copy::{Change, Told};
use crate::error::Error;
use crate::feed::Feed;
use crate::frame::EventFrame;
use crate::link::{Link, is_passing, retry_after};
use crate::lists::read_described;
use crate::mirror::{Mirror, News, Telling};
use crate::output::{RequestId, SubscriptionId};
use crate::params;
use crate::phase::Phase;
use crate::refusal::Refusal;
use crate::renames::Renames;
use crate::requests::Asker;
use crate::time::Instant;

/// After so long without a list the next one is asked for soon.
const PAUSE: Duration = Duration::from_secs(10);
/// How often the wait for a list doubles at most.
const HASTE: u32 = 5;

/// Lists at a gateway that names no places in a journal, such as OpenClaw's: one mirror serves them all.
impl ClientState {
    /// A list is to be kept at this gateway.
    pub(crate) fn begin_mirrored(&mut self, subscription: SubscriptionId, now: Instant) {
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        if self.mirror.fresh {
            let events = feed.mirror_all(&self.mirror, &self.renames);
            return self.deliver(subscription, events);
        }
        feed.enter(Phase::Asking);
        if self.mirror.events == Phase::Down {
            self.ask_for_events(now);
        } else if self.mirror.listing == Phase::Down {
            self.ask_for_list(now);
        }
    }

    /// The gateway has answered whether it tells events.
    pub(crate) fn events_answered(&mut self, refusal: Option<Refusal>, now: Instant) {
        match refusal {
            None => self.mirror.events = Phase::Live,
            Some(refusal) if is_passing(&refusal) => {
                self.mirror.haste = self.mirror.haste.saturating_add(1).min(HASTE);
                let wait = self.backoff.delay(self.mirror.haste) + retry_after(&refusal);
                self.mirror.events = Phase::Resting(now + wait);
            }
            Some(refusal) => {
                self.mirror.events = Phase::Down;
                self.fail_mirrored(&Error::Refused(refusal));
            }
        }
    }

    /// Asks for events, and for the list: events that are told before the list has come are laid over it.
    pub(crate) fn ask_for_events(&mut self, now: Instant) {
        self.mirror.events = Phase::Asking;
        let everything = Object::default().end();
        self.ask(Asker::Events, SessionsSubscribe::NAME, &everything, now);
        match self.mirror.listing {
            Phase::Asking => self.mirror.again = true,
            Phase::Down | Phase::Live | Phase::Resting(_) => self.ask_for_list(now),
        }
    }

    pub(crate) fn ask_for_list(&mut self, now: Instant) {
        self.mirror.ask();
        let params = params::all();
        self.ask(Asker::List, SessionsList::NAME, &params, now);
    }

    /// The list is needed again: soon, but later and later where that goes on. All clients are told at once what
    /// makes it needed, so each waits for a while of its own.
    pub(crate) fn want_list(&mut self, now: Instant) {
        match self.mirror.listing {
            Phase::Asking => self.mirror.again = true,
            Phase::Resting(_) => {}
            Phase::Down | Phase::Live => self.rest_before_list(Duration::ZERO, now),
        }
    }

    /// The gateway has answered with the list, or has not in time.
    pub(crate) fn list_answered(&mut self, result: Result<Value<'_>, Error>, now: Instant) {
        let is_wanted = !self.feeds.is_empty();
        self.mirror.listing = Phase::Down;
        let payload = match result {
            _ if !is_wanted => return,
            Ok(payload) => payload,
            Err(Error::Refused(refusal)) if !is_passing(&refusal) => {
                return self.fail_mirrored(&Error::Refused(refusal));
            }
            Err(error) => {
                let wait = if let Error::Refused(refusal) = &error {
                    retry_after(refusal)
                } else {
                    Duration::ZERO
                };
                return self.rest_before_list(wait, now);
            }
        };
        if let Err(error) = self.mirror.take(payload) {
            return self.fail_mirrored(&Error::Unreadable(error.0.to_owned()));
        }
        self.mirror.listed = now;
        self.mirror.times_listed += 1;
        for (subscription, events) in self.each_feed(&Feed::mirror_all) {
            self.deliver(subscription, events);
        }
        for subscription in self.lists(&|_| true) {
            self.ask_about_doubt(subscription, now);
        }
        if core::mem::take(&mut self.mirror.again) {
            self.want_list(now);
        }
        self.prove_renames(now);
    }

    /// Whether lists are kept by events without places.
    pub(crate) fn is_mirroring(&self) -> bool {
        !self.feeds.is_empty() && self.mirror.events != Phase::Down
    }

    /// An event has come on a connection without places.
    pub(crate) fn mirror_told(&mut self, frame: &EventFrame<'_>, now: Instant) {
        if !self.is_mirroring() {
            return;
        }
        if let (event::SESSIONS_CHANGED, Some(payload)) = (frame.event.as_ref(), frame.payload) {
            match self.mirror.read(payload) {
                Telling::Nothing => {}
                Telling::Of(key, news) => self.mirror_news(key, news),
                Telling::Unsaid => self.want_list(now),
            }
        }
    }

    /// The gateway has described a session.
    pub(crate) fn mirror_described(&mut self, payload: Value<'_>) {
        let described = read_described(payload).ok().flatten();
        if let Some(row) = described.filter(|_| self.mirror.fresh) {
            let (key, row) = (row.head.key.clone(), self.mirror.complete(row));
            self.mirror_news(key, News::Changed(Change::silent(row)));
        }
    }

    /// Asks how a session is, so that the lists show all that the gateway has done to it so far. The request settles
    /// as others do, after what the lists are told because of it, with the answer to `sessions.describe`.
    pub fn refresh(&mut self, key: &SessionKey, now: Instant) -> RequestId {
        let id = self.requests.next_id();
        match self.link {
            Link::Ready(_) => {
                let deadline = now + self.config.request_timeout;
                self.requests
                    .sent(id, Asker::Refresh(key.clone()), deadline);
                let params = params::described_whole(key.as_str());
                self.send(id, SessionsDescribe::NAME, Some(&params));
            }
            Link::Closed => self.fail(id, Error::Closed),
            Link::Stopped | Link::Opening { .. } | Link::Greeting { .. } | Link::Waiting { .. } => {
                self.fail(id, Error::NotConnected);
            }
        }
        id
    }

    /// How often all sessions were listed at gateways without places. Once what has come of it is taken out, the lists
    /// show what the last of those lists did.
    pub fn times_listed(&self) -> u64 {
        self.mirror.times_listed
    }

    /// A gateway with cursors has told before what it answers.
    pub(crate) fn refreshed(&mut self, key: &SessionKey, payload: Value<'_>) {
        if self.has_cursors() || !self.mirror.fresh {
            return;
        }
        match read_described(payload) {
            Ok(Some(_)) => self.mirror_described(payload),
            Ok(None) if self.mirror.rows.get(key).is_some() => {
                self.mirror_news(key.clone(), News::Deleted(None));
            }
            Ok(None) | Err(_) => {}
        }
    }

    fn mirror_news(&mut self, key: SessionKey, news: News) {
        let evicted = self.mirror.apply(&key, &news);
        self.tell_each(&|feed, _, renames| feed.mirror_one(&key, &news, evicted.as_ref(), renames));
        if let Some(evicted) = evicted {
            self.tell_evicted(&evicted);
        }
        self.mirror.keep(key, news);
    }

    fn rest_before_list(&mut self, at_least: Duration, now: Instant) {
        let mirror = &mut self.mirror;
        mirror.haste = match now - mirror.listed < PAUSE {
            true => mirror.haste.saturating_add(1).min(HASTE),
            false => 1,
        };
        let wait = at_least + self.backoff.delay(mirror.haste);
        mirror.listing = Phase::Resting(now + wait);
    }

    /// Tells what this comes to for each list.
    pub(crate) fn tell_each(&mut self, put: &dyn Fn(&mut Feed, &Mirror, &Renames) -> Vec<Told>) {
        for (subscription, events) in self.each_feed(put) {
            for told in events {
                self.tell_sessions(subscription, told);
            }
        }
    }

    fn each_feed(
        &mut self,
        put: &dyn Fn(&mut Feed, &Mirror, &Renames) -> Vec<Told>,
    ) -> Vec<(SubscriptionId, Vec<Told>)> {
        let mut told = Vec::new();
        for (subscription, feed) in self.feeds.iter_mut() {
            told.push((*subscription, put(feed, &self.mirror, &self.renames)));
        }
        told
    }

    /// Tells no list any longer.
    fn fail_mirrored(&mut self, error: &Error) {
        for subscription in self.lists(&|_| true) {
            self.fail_sessions(subscription, error.clone());
        }
        self.mirror.forget();
    }
}
