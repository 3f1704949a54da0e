//! A client with its driver and its application.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sessionwire_client_core::{
    ClientState, Config, Error, Event, Instant, Json, MessageEvent, Output, RequestId,
    SubscriptionId,
};
use sessionwire_protocol::connect::ClientInfo;
use sessionwire_protocol::sessions::SessionsListParams;

use crate::gateway::Gateway;
use crate::link::Wire;
use crate::parsed;
use crate::state::View;
use crate::subscriber::{Copy, generation};

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) state: ClientState,
    pub(crate) transport: Option<Transport>,
    pub(crate) copies: BTreeMap<SubscriptionId, Copy>,
    pub(crate) mailboxes: BTreeMap<SubscriptionId, Mailbox>,
    pub(crate) frames_sent: u64,
    /// Its driver parses frames.
    parses: bool,
    unsettled: BTreeSet<RequestId>,
    /// The own changes whose answers are awaited while nothing can get in between.
    pub(crate) own_change: Option<(RequestId, String, u64)>,
}

/// The driver's only transport.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) connection: u64,
    pub(crate) opens_at: Option<u64>,
    pub(crate) up: Wire,
    pub(crate) down: Wire,
}

/// What a subscriber to messages has been told.
#[derive(Debug)]
pub(crate) struct Mailbox {
    pub(crate) key: String,
    pub(crate) messages: Vec<u64>,
    evicted: BTreeSet<(String, u64)>,
}

/// What the driver has to do to the world.
#[derive(Debug)]
pub(crate) enum Deed {
    Open,
    Send(String),
    Close,
}

impl Client {
    pub(crate) fn new(seed: u64) -> Self {
        let mut config = Config::new(ClientInfo {
            id: "gateway-client".to_owned(),
            version: "1".to_owned(),
            platform: "simulation".to_owned(),
            mode: "backend".to_owned(),
            display_name: None,
            device_family: None,
            instance_id: None,
        });
        config.request_timeout = Duration::from_secs(4);
        config.connect_timeout = Duration::from_secs(2);
        config.backoff_min = Duration::from_millis(200);
        config.backoff_max = Duration::from_secs(2);
        config.seed = seed;
        Self {
            state: ClientState::new(config),
            transport: None,
            copies: BTreeMap::new(),
            mailboxes: BTreeMap::new(),
            frames_sent: 0,
            parses: seed.is_multiple_of(2),
            unsettled: BTreeSet::new(),
            own_change: None,
        }
    }

    pub(crate) fn receive(&mut self, frame: &str, now: u64) {
        match self.parses {
            true => drop(parsed::receive(&mut self.state, frame, instant(now))),
            false => self.state.frame_received(frame, instant(now)),
        }
    }

    pub(crate) fn subscribe_sessions(&mut self, view: View, now: u64) {
        let params = SessionsListParams {
            limit: view.limit.map(|limit| limit as u64),
            ..SessionsListParams::default()
        };
        let subscription = self.state.subscribe_sessions(params, instant(now));
        self.copies.insert(subscription, Copy::new(view));
    }

    pub(crate) fn load_more(&mut self, subscription: SubscriptionId, now: u64) {
        if let Some(copy) = self.copies.get_mut(&subscription) {
            copy.view.limit = copy.view.limit.map(|limit| limit + 2);
            self.state.load_more(subscription, 2, instant(now));
        }
    }

    pub(crate) fn rename(&mut self, key: &str, label: u64, now: u64) {
        let id = self
            .state
            .rename(key, Some(&label.to_string()), instant(now));
        assert!(self.unsettled.insert(id));
    }

    pub(crate) fn subscribe_messages(&mut self, key: &str, now: u64) {
        let subscription = self.state.subscribe_messages(key, instant(now));
        let mailbox = Mailbox {
            key: key.trim_start_matches("agent:main:").to_owned(),
            messages: Vec::new(),
            evicted: BTreeSet::new(),
        };
        self.mailboxes.insert(subscription, mailbox);
    }

    pub(crate) fn unsubscribe(&mut self, subscription: SubscriptionId, now: u64) {
        self.copies.remove(&subscription);
        self.mailboxes.remove(&subscription);
        self.state.unsubscribe(subscription, instant(now));
    }

    pub(crate) fn patch(&mut self, key: &str, now: u64) -> RequestId {
        let params = Json::written(serde_json::json!({ "key": key }).to_string());
        let id = self
            .state
            .request("sessions.patch", Some(&params), instant(now));
        assert!(self.unsettled.insert(id));
        id
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        let transport = self.transport.as_ref();
        [
            self.state.poll_timeout().map(millis),
            transport.and_then(|transport| transport.opens_at),
            transport.and_then(|transport| transport.up.next_due()),
            transport.and_then(|transport| transport.down.next_due()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Carries out what the machine wants: the application's part here, the world's part by the caller.
    pub(crate) fn next_deed(&mut self, gateway: &Gateway) -> Option<Deed> {
        loop {
            match self.state.poll_output()? {
                Output::Open => {
                    assert!(self.transport.is_none(), "one transport at a time");
                    return Some(Deed::Open);
                }
                Output::Send(text) => {
                    assert!(self.transport.is_some(), "there is nothing to send on");
                    self.frames_sent += 1;
                    return Some(Deed::Send(text));
                }
                Output::Close { .. } => return Some(Deed::Close),
                Output::Identify | Output::Sign(_) | Output::Keep(_) | Output::Forget(_) => {
                    unreachable!("it has no device")
                }
                Output::Event(event) => self.told(event, gateway),
            }
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.unsettled.is_empty()
    }

    fn told(&mut self, event: Event, gateway: &Gateway) {
        match event {
            Event::Status(_) => {}
            Event::Response { id, result } => {
                assert!(self.unsettled.remove(&id), "{id} settles once");
                self.answered(id, result.map(drop));
            }
            Event::Sessions {
                subscription,
                event,
                splice,
            } => {
                if let Some(copy) = self.copies.get_mut(&subscription) {
                    copy.apply(event, splice, gateway);
                }
            }
            Event::Messages {
                subscription,
                event,
            } => {
                if let Some(mailbox) = self.mailboxes.get_mut(&subscription) {
                    mailbox.take(event, gateway);
                }
            }
            Event::Frame(_) => unreachable!("nobody wants frames"),
        }
    }

    fn answered(&mut self, id: RequestId, result: Result<(), Error>) {
        if let Some((_, key, before)) = self.own_change.take_if(|(own, ..)| *own == id) {
            result.expect("nothing stands in the way");
            for copy in self.copies.values() {
                if let Some(version) = copy.version_of(&key) {
                    assert!(version > before, "answered before its change was told");
                }
            }
        }
    }
}

impl Mailbox {
    fn take(&mut self, event: MessageEvent, gateway: &Gateway) {
        match event {
            MessageEvent::Message(json) => {
                let message: serde_json::Value = serde_json::from_str(json.get()).expect("JSON");
                assert_eq!(message["sessionKey"], self.key.as_str());
                self.messages
                    .push(message["id"].as_u64().expect("a number"));
            }
            MessageEvent::Evicted(evicted) => {
                let generation = generation(&evicted);
                assert_eq!(generation.0, self.key);
                assert!(
                    gateway.evicted.contains_key(&generation),
                    "{generation:?} lives"
                );
                assert!(self.evicted.insert(generation), "an eviction is told twice");
            }
            MessageEvent::Chat(_) => unreachable!("this gateway runs nothing"),
            MessageEvent::Failed(error) => panic!("the subscription failed: {error}"),
        }
    }
}

pub(crate) fn instant(now: u64) -> Instant {
    Instant::since_origin(Duration::from_millis(now))
}

/// The first millisecond that is not before the instant.
fn millis(instant: Instant) -> u64 {
    (instant - Instant::default())
        .as_nanos()
        .div_ceil(1_000_000) as u64
}
