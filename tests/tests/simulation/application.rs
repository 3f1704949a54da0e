//! What a client's application is told, and what it may rely on.

use std::hash::Hash;

use serde::Deserialize;
use sessionwire_client_core::{Event, Json, Output, SessionEvent, Splice, SubscriptionId};
use sessionwire_protocol::{Cursor, SessionEntry, SessionKey};

use crate::client::{Client, Deed};
use crate::store::Content;
use crate::trace::{outline, trace};

impl Client {
    /// Tells the application what comes out of the machine; returns the subscriptions to which anything happened.
    pub(crate) fn drain(&mut self, disk: &Content) -> Vec<SubscriptionId> {
        let mut told = Vec::new();
        while let Some(output) = self.state.poll_output() {
            match output {
                Output::Open => self.deeds.push_back(Deed::Open),
                Output::Close { .. } => self.deeds.push_back(Deed::Close),
                Output::Identify | Output::Sign(_) | Output::Keep(_) | Output::Forget(_) => {
                    unreachable!("it has no device")
                }
                Output::Send(text) => {
                    self.frames_sent += 1;
                    trace(self.name, "sends", &text);
                    self.places.sent(&text);
                    self.deeds.push_back(Deed::Send(text));
                }
                Output::Event(Event::Response { id, result }) => {
                    let asked_on = self.unsettled.remove(&id).expect("a request settles once");
                    if let Ok(payload) = result {
                        self.successes += 1;
                        self.must_know(&payload, asked_on, disk);
                    }
                }
                Output::Event(Event::Sessions {
                    subscription,
                    event,
                    splice,
                }) => told.extend(self.told(subscription, &event, splice, disk)),
                Output::Event(Event::Status(_) | Event::Messages { .. } | Event::Frame(_)) => {}
            }
        }
        told
    }

    fn told(
        &mut self,
        subscription: SubscriptionId,
        event: &SessionEvent,
        splice: Splice,
        disk: &Content,
    ) -> Option<SubscriptionId> {
        trace(self.name, "is told", &format!("{subscription} {event:?}"));
        let subscriber = self.subscribers.get_mut(&subscription)?;
        if !self.may_read && matches!(event, SessionEvent::Failed(_)) {
            self.subscribers.remove(&subscription);
            return None;
        }
        outline(event).hash(&mut self.digest);
        self.events += 1;
        subscriber.apply(event, splice, disk);
        Some(subscription)
    }

    pub(crate) fn must_equal(&self, id: SubscriptionId, disk: &Content) {
        if let Some(subscriber) = self.subscribers.get(&id) {
            let place = self.places.of(&id.to_string());
            subscriber.must_equal(place.expect("a copy has a place"), disk);
        }
    }

    /// A caller whose change is answered has been told of it before, unless the network lost something.
    fn must_know(&self, payload: &Json, asked_on: Option<u64>, disk: &Content) {
        #[derive(Deserialize)]
        struct Answer {
            key: SessionKey,
            entry: SessionEntry,
        }
        let Some(transport) = &self.transport else {
            return;
        };
        if transport.is_faulty() || asked_on != Some(transport.connection) {
            return;
        }
        let Ok(answer) = serde_json::from_str::<Answer>(payload.get()) else {
            return;
        };
        let offset = disk.offset_of(&answer.key, &answer.entry);
        let place = Cursor {
            offset: offset.expect("what is answered is durable"),
            ..disk.head()
        };
        for (id, subscriber) in &self.subscribers {
            let id = id.to_string();
            if self.places.is_live(&id) && subscriber.is_concerned_by(&place, disk) {
                let own = self.places.of(&id).expect("a live copy has a place");
                assert!(
                    own.offset >= place.offset,
                    "a change is answered before it is told: {} at {}",
                    place.offset,
                    own.offset
                );
            }
        }
    }
}
