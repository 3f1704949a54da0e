//! A client with its driver and its application.

use std::collections::{BTreeMap, VecDeque};
use std::hash::DefaultHasher;
use std::time::Duration;

use serde_json::Value;
use sessionwire_client_core::{ClientState, Config, Instant, Json, RequestId, SubscriptionId};
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth};
use sessionwire_protocol::sessions::SessionsListParams;
use sessionwire_protocol::{Frame, Scope, event};

use crate::gateway::TOKEN;
use crate::link::Wire;
use crate::place::{Places, Reception};
use crate::store::Disk;
use crate::subscriber::Subscriber;
use crate::trace::trace;

pub(crate) struct Client {
    pub(crate) name: u64,
    pub(crate) state: ClientState,
    pub(crate) transport: Option<Transport>,
    pub(crate) subscribers: BTreeMap<SubscriptionId, Subscriber>,
    pub(crate) frames_sent: u64,
    /// Events of subscriptions that the application was told.
    pub(crate) events: u64,
    /// Requests that succeeded.
    pub(crate) successes: u64,
    /// Takes nothing from its transport.
    pub(crate) stalls: bool,
    /// All that it was told, but for what is random in every run.
    pub(crate) digest: DefaultHasher,
    pub(crate) disk: Disk,
    pub(crate) deeds: VecDeque<Deed>,
    pub(crate) places: Places,
    pub(crate) may_read: bool,
    /// Requests without an answer, and the connection on which they were asked.
    pub(crate) unsettled: BTreeMap<RequestId, Option<u64>>,
}

/// The driver's only transport.
pub(crate) struct Transport {
    pub(crate) connection: u64,
    pub(crate) opens_at: Option<u64>,
    pub(crate) up: Wire,
    pub(crate) down: Wire,
}

/// What the driver has to do to the world.
pub(crate) enum Deed {
    Open,
    Send(String),
    Close,
}

impl Transport {
    /// Whether it lost anything, or repeated it.
    pub(crate) fn is_faulty(&self) -> bool {
        self.up.is_faulty || self.down.is_faulty
    }
}

impl Client {
    pub(crate) fn new(name: u64, disk: Disk, seed: u64, scopes: Vec<Scope>) -> Self {
        let mut config = Config::new(ClientInfo {
            id: "gateway-client".to_owned(),
            version: "1".to_owned(),
            platform: "simulation".to_owned(),
            mode: "backend".to_owned(),
            display_name: None,
            device_family: None,
            instance_id: None,
        });
        let may_read = scopes.contains(&Scope::READ);
        config.auth = ConnectAuth {
            token: Some(TOKEN.to_owned()),
            ..ConnectAuth::default()
        };
        config.scopes = scopes;
        config.request_timeout = Duration::from_secs(4);
        config.connect_timeout = Duration::from_secs(2);
        config.backoff_min = Duration::from_millis(200);
        config.backoff_max = Duration::from_secs(2);
        config.seed = seed;
        Self {
            name,
            state: ClientState::new(config),
            transport: None,
            subscribers: BTreeMap::new(),
            frames_sent: 0,
            events: 0,
            successes: 0,
            stalls: false,
            digest: DefaultHasher::new(),
            disk,
            deeds: VecDeque::new(),
            places: Places::default(),
            may_read,
            unsettled: BTreeMap::new(),
        }
    }

    pub(crate) fn subscribe(&mut self, params: SessionsListParams, now: u64) {
        let subscription = self.state.subscribe_sessions(params.clone(), instant(now));
        self.subscribers
            .insert(subscription, Subscriber::new(params));
    }

    pub(crate) fn unsubscribe(&mut self, subscription: SubscriptionId, now: u64) {
        self.subscribers.remove(&subscription);
        self.state.unsubscribe(subscription, instant(now));
    }

    pub(crate) fn request(&mut self, method: &str, params: &Value, now: u64) {
        let params = Json::written(params.to_string());
        let id = self.state.request(method, Some(&params), instant(now));
        self.await_answer(id);
    }

    fn await_answer(&mut self, id: RequestId) {
        let connection = self
            .transport
            .as_ref()
            .map(|transport| transport.connection);
        assert!(self.unsettled.insert(id, connection).is_none());
    }

    pub(crate) fn load_more(&mut self, subscription: SubscriptionId, count: u64, now: u64) {
        self.state.load_more(subscription, count, instant(now));
    }

    /// Renames in the way that shows at once.
    pub(crate) fn rename(&mut self, key: &str, label: Option<&str>, now: u64) {
        let id = self.state.rename(key, label, instant(now));
        self.await_answer(id);
    }

    /// Where its copies stand.
    pub(crate) fn offsets(&self) -> impl Iterator<Item = u64> {
        let ids = self.subscribers.keys();
        ids.filter_map(|id| Some(self.places.of(&id.to_string())?.offset))
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        let transport = self.transport.as_ref();
        let down = transport.filter(|_| !self.stalls);
        // The gateway reads nothing more while it cannot write.
        let up = transport.filter(|transport| !transport.down.is_full());
        [
            self.state.poll_timeout().map(millis),
            transport.and_then(|transport| transport.opens_at),
            up.and_then(|transport| transport.up.next_due()),
            down.and_then(|transport| transport.down.next_due()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What the gateway writes to on a connection, while it is this client's.
    pub(crate) fn wire_of(&mut self, connection: u64) -> Option<&mut Wire> {
        let transport = self.transport.as_mut();
        transport
            .filter(|transport| transport.connection == connection)
            .map(|transport| &mut transport.down)
    }

    /// The transport that the client had is gone.
    pub(crate) fn hang_up(&mut self) {
        self.transport = None;
        self.places.down();
    }

    /// The same, and the client notices.
    pub(crate) fn cut(&mut self, now: u64) {
        if self.transport.is_some() {
            self.hang_up();
            self.state.transport_closed(None, instant(now));
        }
    }

    /// A frame comes out of the transport.
    pub(crate) fn receive(&mut self, text: &str, now: u64) {
        assert!(
            self.may_read || !tells_of_sessions(text),
            "told without the right to read: {text}"
        );
        trace(self.name, "hears", text);
        let step = match self.places.received(text) {
            Reception::Step(step) => {
                let id = SubscriptionId(step.subscription.parse().expect("a number"));
                self.subscribers.contains_key(&id).then_some((id, step))
            }
            Reception::Gap => {
                let transport = self.transport.as_ref();
                let explains = transport.is_some_and(Transport::is_faulty);
                assert!(explains, "a gap where nothing was lost: {text}");
                None
            }
            Reception::StartsOver { from, to, limited } => {
                let explains = self.transport.as_ref().is_some_and(Transport::is_faulty);
                let forgotten = self.disk.read().has_forgotten(&from, to);
                assert!(
                    explains || limited || forgotten,
                    "what the journal remembers is not told: {text}"
                );
                None
            }
            Reception::Nothing => None,
        };
        let disk = self.disk.clone();
        let disk = disk.read();
        if let Some((id, step)) = &step
            && let Some(subscriber) = self.subscribers.get_mut(id)
        {
            subscriber.expect(step, &disk);
        }
        self.state.frame_received(text, instant(now));
        let told = self.drain(&disk);
        if let Some((id, step)) = &step
            && let Some(subscriber) = self.subscribers.get_mut(id)
        {
            subscriber.must_have_come(step, &disk);
        }
        for id in told {
            self.must_equal(id, &disk);
        }
    }

    /// Every copy equals the list at the head, and nothing is owed.
    pub(crate) fn must_be_current(&mut self) {
        let disk = self.disk.clone();
        let disk = disk.read();
        assert!(self.unsettled.is_empty(), "a request is still open");
        for (id, subscriber) in &mut self.subscribers {
            assert!(
                self.places.is_live(&id.to_string()),
                "a subscription does not follow: {id}"
            );
            subscriber.must_equal(&disk.head(), &disk);
            subscriber.must_owe_nothing();
            assert!(!subscriber.is_pending(), "a row stays pending: {id}");
        }
    }

    /// What the driver has to do next, after the application was told what it is to be told.
    pub(crate) fn next_deed(&mut self) -> Option<Deed> {
        let disk = self.disk.clone();
        let disk = disk.read();
        for id in self.drain(&disk) {
            self.must_equal(id, &disk);
        }
        self.deeds.pop_front()
    }
}

fn tells_of_sessions(text: &str) -> bool {
    match Frame::parse(text) {
        Ok(Frame::Event(event)) => ![event::CHALLENGE, event::TICK].contains(&event.event.as_ref()),
        _ => false,
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
