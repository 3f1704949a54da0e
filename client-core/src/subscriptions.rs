use alloc::borrow::ToOwned as _;

use sessionwire_json::{Json, Value};
use sessionwire_protocol::sessions::{MessagesSubscribe, MessagesUnsubscribe};
use sessionwire_protocol::{Method, event};

use crate::client::ClientState;
use crate::error::Error;
use crate::feed::Said;
use crate::frame::EventFrame;
use crate::link::{Link, is_passing, retry_after};
use crate::output::{Event, Evicted, FrameEvent, MessageEvent, SubscriptionId};
use crate::params;
use crate::phase::Phase;
use crate::read;
use crate::refusal::Refusal;
use crate::requests::Asker;
use crate::time::Instant;

/// Subscriptions stand across connections, until they are unsubscribed or refused.
impl ClientState {
    /// Subscribes to the messages of a session, which need not exist yet.
    ///
    /// Messages that are added while there is no connection are not told later; whoever shows a transcript
    /// reads it again after each [`crate::Status::Connected`].
    pub fn subscribe_messages(&mut self, key: &str, now: Instant) -> SubscriptionId {
        let subscription = self.next_subscription();
        if matches!(self.link, Link::Closed) {
            self.tell_messages(subscription, MessageEvent::Failed(Error::Closed));
            return subscription;
        }
        if self.messages.join(key, subscription) && matches!(self.link, Link::Ready(_)) {
            self.ask_for_messages(key, now);
        }
        subscription
    }

    /// Ends a subscription; unknown ones are ignored.
    pub fn unsubscribe(&mut self, subscription: SubscriptionId, _now: Instant) {
        if self.feeds.remove(&subscription).is_some() {
            if self.has_cursors() {
                self.end_sessions(subscription);
            } else if self.feeds.is_empty() {
                self.mirror.forget();
            }
            return;
        }
        self.messages.leave(subscription);
        self.end_messages();
    }

    /// The gateway has greeted.
    pub(crate) fn begin_subscriptions(&mut self, now: Instant) {
        for subscription in self.lists(&|_| true) {
            self.begin_sessions(subscription, now);
        }
        for key in self.messages.names() {
            self.ask_for_messages(&key, now);
        }
    }

    /// The connection is gone.
    pub(crate) fn subscriptions_down(&mut self) {
        for feed in self.feeds.values_mut() {
            feed.enter(Phase::Down);
            feed.doubt = Phase::Down;
        }
        self.mirror.down();
        self.renames_unproved();
        self.messages.down();
    }

    pub(crate) fn messages_unanswered(&mut self, key: &str, now: Instant) {
        self.ask_for_messages(key, now);
        self.end_messages();
    }

    /// Asks for the subscriptions that have rested long enough.
    pub(crate) fn ask_for_what_is_due(&mut self, now: Instant) {
        let is_due = |phase: Phase| phase.rests_until().is_some_and(|until| until <= now);
        for subscription in self.lists(&|feed| is_due(feed.phase())) {
            self.ask_for_sessions(subscription, now);
        }
        for subscription in self.lists(&|feed| is_due(feed.doubt)) {
            self.ask_about_doubt(subscription, now);
        }
        if is_due(self.mirror.events) {
            self.ask_for_events(now);
        }
        if is_due(self.mirror.listing) {
            self.ask_for_list(now);
        }
        self.prove_renames(now);
        for key in self.messages.due(now) {
            self.ask_for_messages(&key, now);
        }
    }

    pub(crate) fn messages_answered(
        &mut self,
        key: &str,
        result: Result<Value<'_>, Refusal>,
        now: Instant,
    ) {
        match result {
            Ok(payload) => {
                let answer = payload.field("key");
                let canonical = answer.and_then(|key| read::key(key).ok());
                let canonical = canonical.unwrap_or_else(|| key.into());
                self.messages.answered(key, canonical);
            }
            Err(refusal) if is_passing(&refusal) => {
                let failures = self.messages.failed(key);
                let wait = self.backoff.delay(failures) + retry_after(&refusal);
                self.messages.enter(key, Phase::Resting(now + wait));
            }
            Err(refusal) => {
                for subscription in self.messages.remove(key) {
                    let error = Error::Refused(refusal.clone());
                    self.tell_messages(subscription, MessageEvent::Failed(error));
                }
            }
        }
        self.end_messages();
    }

    /// An event has come.
    pub(crate) fn told(&mut self, frame: &EventFrame<'_>, now: Instant) {
        if !self.is_new(frame.seq, now) {
            return;
        }
        match &frame.place {
            Some(place) => self.told_at(place, Said::Event(frame), now),
            None if self.has_cursors() => {}
            None => self.mirror_told(frame, now),
        }
        match (frame.event.as_ref(), frame.payload) {
            (event::SESSION_MESSAGE, Some(payload)) => {
                self.route(payload, MessageEvent::Message);
            }
            (event::CHAT, Some(payload)) => self.route(payload, MessageEvent::Chat),
            (event::SOCKET_DRAIN, Some(payload)) => {
                // Whether the frame is next in a subscription to the list does not matter here.
                if let Ok(evicted) = read::drain(payload) {
                    self.tell_evicted(&evicted);
                }
            }
            _ => {}
        }
        self.tell_frame(|| FrameEvent::Event {
            name: frame.event.clone().into_owned(),
            payload: frame.payload.unwrap_or(Value::NULL).to_json(),
        });
    }

    /// Counts an event; `false` where it came before.
    pub(crate) fn is_new(&mut self, seq: Option<u64>, now: Instant) -> bool {
        let Link::Ready(ready) = &mut self.link else {
            return false;
        };
        let new = ready.count(seq);
        if new > 1 {
            self.events_missing(now);
            self.tell_frame(|| FrameEvent::Missed);
        }
        new > 0
    }

    /// Tells what the gateway said, where the application wants that.
    pub(crate) fn tell_frame(&mut self, frame: impl FnOnce() -> FrameEvent) {
        if self.config.tells_frames {
            self.emit(Event::Frame(frame()));
        }
    }

    fn route(&mut self, payload: Value<'_>, event: fn(Json) -> MessageEvent) {
        if let Some(key) = payload.field("sessionKey").and_then(Value::text) {
            for subscription in self.messages.subscribers(&key) {
                self.tell_messages(subscription, event(payload.to_json()));
            }
        }
    }

    pub(crate) fn tell_evicted(&mut self, evicted: &Evicted) {
        for subscription in self.messages.evicted(evicted) {
            self.tell_messages(subscription, MessageEvent::Evicted(evicted.clone()));
        }
    }

    fn ask_for_messages(&mut self, key: &str, now: Instant) {
        if self.messages.enter(key, Phase::Asking) {
            let params = params::of_session(key);
            let asker = Asker::Messages(key.to_owned());
            self.ask(asker, MessagesSubscribe::NAME, &params, now);
        }
    }

    fn end_messages(&mut self) {
        for key in self.messages.ended().keys() {
            let params = params::of_session(key.as_str());
            self.tell(MessagesUnsubscribe::NAME, &params);
        }
    }

    fn tell_messages(&mut self, subscription: SubscriptionId, event: MessageEvent) {
        self.emit(Event::Messages {
            subscription,
            event,
        });
    }

    pub(crate) fn next_subscription(&mut self) -> SubscriptionId {
        self.last_subscription += 1;
        SubscriptionId(self.last_subscription)
    }
}
