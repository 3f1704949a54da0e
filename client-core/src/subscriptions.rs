use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use sessionwire_protocol::connect::SESSION_CURSOR;
use sessionwire_protocol::event::{self, SocketDrain};
use sessionwire_protocol::sessions::{
    MessagesSubscribe, MessagesSubscribeParams, MessagesUnsubscribe, SessionsSubscribe,
    SessionsUnsubscribe, SessionsUnsubscribeParams,
};
use sessionwire_protocol::{ErrorBody, EventFrame, Place, SessionKey};

use crate::client::ClientState;
use crate::error::Error;
use crate::feed::{Answer, Feed, Reception};
use crate::link::{Link, is_passing};
use crate::output::{Event, Evicted, MessageEvent, SessionEvent, SubscriptionId};
use crate::phase::Phase;
use crate::requests::Asker;
use crate::time::Instant;

/// Subscriptions stand across connections, until they are unsubscribed or refused.
impl ClientState {
    /// Subscribes to the list of sessions: a snapshot, then what changes.
    pub fn subscribe_sessions(&mut self, now: Instant) -> SubscriptionId {
        let subscription = self.next_subscription();
        if matches!(self.link, Link::Closed) {
            self.tell_sessions(subscription, SessionEvent::Failed(Error::Closed));
            return subscription;
        }
        self.feeds.insert(subscription, Feed::default());
        self.begin_sessions(subscription, now);
        subscription
    }

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
        if let Some(feed) = self.feeds.remove(&subscription) {
            if feed.phase() != Phase::Down {
                self.end_sessions(subscription);
            }
            return;
        }
        self.messages.leave(subscription);
        self.end_messages();
    }

    /// The gateway has greeted.
    pub(crate) fn begin_subscriptions(&mut self, now: Instant) {
        let subscriptions: Vec<_> = self.feeds.keys().copied().collect();
        for subscription in subscriptions {
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
        }
        self.messages.down();
    }

    /// An answer that got lost must not leave a subscription silent for ever while ticks keep its connection
    /// alive.
    pub(crate) fn sessions_unanswered(&mut self, subscription: SubscriptionId, now: Instant) {
        self.ask_for_sessions(subscription, now);
    }

    /// As [`Self::sessions_unanswered`].
    pub(crate) fn messages_unanswered(&mut self, key: &str, now: Instant) {
        self.ask_for_messages(key, now);
        self.end_messages();
    }

    /// Asks for the subscriptions that have rested long enough.
    pub(crate) fn ask_for_what_is_due(&mut self, now: Instant) {
        let rested = |feed: &Feed| feed.phase().rests_until().is_some_and(|until| until <= now);
        let feeds = self.feeds.iter().filter(|(_, feed)| rested(feed));
        for subscription in feeds.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.ask_for_sessions(subscription, now);
        }
        for key in self.messages.due(now) {
            self.ask_for_messages(&key, now);
        }
    }

    pub(crate) fn sessions_answered(
        &mut self,
        subscription: SubscriptionId,
        result: Result<Option<&RawValue>, ErrorBody>,
        now: Instant,
    ) {
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        let payload = match result {
            Ok(payload) => payload.unwrap_or(RawValue::NULL),
            Err(refusal) if is_passing(&refusal) => {
                let wait = self.backoff.delay(feed.failed() + 1) + retry_after(&refusal);
                return feed.enter(Phase::Resting(now + wait));
            }
            Err(refusal) => return self.fail_sessions(subscription, Error::Refused(refusal)),
        };
        match feed.answered(payload) {
            Ok(Answer::Resumed) => {}
            Ok(Answer::Snapshot(events)) => {
                for event in events {
                    self.deliver(subscription, event);
                }
            }
            Ok(Answer::Elsewhere) => self.ask_again(subscription, now),
            Err(error) => {
                self.end_sessions(subscription);
                self.fail_sessions(subscription, Error::Unreadable(error.to_string()));
            }
        }
    }

    pub(crate) fn messages_answered(
        &mut self,
        key: &str,
        result: Result<Option<&RawValue>, ErrorBody>,
        now: Instant,
    ) {
        #[derive(Deserialize)]
        struct Subscribed {
            key: SessionKey,
        }
        match result {
            Ok(payload) => {
                let answer = serde_json::from_str(payload.map_or("null", RawValue::get));
                let canonical = answer.map_or_else(|_| key.into(), |answer: Subscribed| answer.key);
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
        if let Some(place) = &frame.place {
            self.told_at(place, frame, now);
        }
        match (frame.event.as_ref(), frame.payload) {
            (event::SESSION_MESSAGE, Some(payload)) => {
                self.route(payload, MessageEvent::Message);
            }
            (event::CHAT, Some(payload)) => self.route(payload, MessageEvent::Chat),
            (event::SOCKET_DRAIN, Some(payload)) => {
                // Whether the frame is next in a subscription to the list does not matter here.
                if let Ok(drain) = serde_json::from_str::<SocketDrain>(payload.get()) {
                    self.tell_evicted(&drain.into());
                }
            }
            _ => {}
        }
    }

    fn told_at(&mut self, place: &Place<'_>, frame: &EventFrame<'_>, now: Instant) {
        let Some(subscription) = place.subscription.parse().ok().map(SubscriptionId) else {
            return;
        };
        let Some(feed) = self.feeds.get_mut(&subscription) else {
            return;
        };
        match feed.receive(frame, place) {
            Reception::Nothing => {}
            Reception::Next(event) => self.tell_sessions(subscription, event),
            Reception::Gap => self.ask_again(subscription, now),
        }
    }

    /// Tells an event that no frame of its own has brought.
    fn deliver(&mut self, subscription: SubscriptionId, event: SessionEvent) {
        if let SessionEvent::Evicted(evicted) = &event {
            self.tell_evicted(&evicted.clone());
        }
        self.tell_sessions(subscription, event);
    }

    fn route(&mut self, payload: &RawValue, event: fn(Box<RawValue>) -> MessageEvent) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Keyed<'a> {
            #[serde(borrow)]
            session_key: Cow<'a, str>,
        }
        if let Ok(keyed) = serde_json::from_str::<Keyed<'_>>(payload.get()) {
            for subscription in self.messages.subscribers(&keyed.session_key) {
                self.tell_messages(subscription, event(payload.to_owned()));
            }
        }
    }

    fn tell_evicted(&mut self, evicted: &Evicted) {
        for subscription in self.messages.evicted(evicted) {
            self.tell_messages(subscription, MessageEvent::Evicted(evicted.clone()));
        }
    }

    /// Decides how a list is kept with this gateway.
    fn begin_sessions(&mut self, subscription: SubscriptionId, now: Instant) {
        match &self.link {
            Link::Ready(ready) if ready.cursors => self.ask_for_sessions(subscription, now),
            Link::Ready(_) => {
                self.fail_sessions(subscription, Error::Unsupported(SESSION_CURSOR));
            }
            Link::Stopped
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Waiting { .. }
            | Link::Closed => {}
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

    fn ask_for_sessions(&mut self, subscription: SubscriptionId, now: Instant) {
        if let Some(feed) = self.feeds.get_mut(&subscription) {
            feed.enter(Phase::Asking);
            let params = feed.params(subscription);
            self.ask::<SessionsSubscribe>(Asker::Sessions(subscription), &params, now);
        }
    }

    fn end_sessions(&mut self, subscription: SubscriptionId) {
        self.tell::<SessionsUnsubscribe>(&SessionsUnsubscribeParams {
            subscription: subscription.to_string(),
        });
    }

    fn ask_for_messages(&mut self, key: &str, now: Instant) {
        if self.messages.enter(key, Phase::Asking) {
            let params = MessagesSubscribeParams {
                key: key.to_owned(),
                agent_id: None,
            };
            self.ask::<MessagesSubscribe>(Asker::Messages(key.to_owned()), &params, now);
        }
    }

    fn end_messages(&mut self) {
        for key in self.messages.ended() {
            self.tell::<MessagesUnsubscribe>(&MessagesSubscribeParams {
                key: key.to_string(),
                agent_id: None,
            });
        }
    }

    fn fail_sessions(&mut self, subscription: SubscriptionId, error: Error) {
        self.feeds.remove(&subscription);
        self.tell_sessions(subscription, SessionEvent::Failed(error));
    }

    fn tell_sessions(&mut self, subscription: SubscriptionId, event: SessionEvent) {
        self.emit(Event::Sessions {
            subscription,
            event,
        });
    }

    fn tell_messages(&mut self, subscription: SubscriptionId, event: MessageEvent) {
        self.emit(Event::Messages {
            subscription,
            event,
        });
    }

    fn next_subscription(&mut self) -> SubscriptionId {
        self.last_subscription += 1;
        SubscriptionId(self.last_subscription)
    }
}

fn retry_after(refusal: &ErrorBody) -> Duration {
    Duration::from_millis(refusal.retry_after_ms.unwrap_or(0))
}
