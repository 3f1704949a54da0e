//! A gateway of plain protocol 4 that does what a test says, and tells changes after it has answered them.

mod pairing;
mod talk;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use pairing::Pairing;
use talk::talk;
use world::World;

pub use world::changed;

/// How long anything may take before a test fails.
const LIMIT: Duration = Duration::from_secs(20);

pub const UPSTREAM_TOKEN: &str = "the secret of the upstream";

pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

struct Shared {
    world: Mutex<World>,
    /// Events to tell.
    events: broadcast::Sender<Value>,
    open: watch::Sender<bool>,
    /// Counts requests.
    count: watch::Sender<u64>,
}

impl Upstream {
    pub async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = free.local_addr().expect("it listens");
        let mut upstream = Self {
            address,
            shared: Arc::new(Shared {
                world: Mutex::default(),
                events: broadcast::Sender::new(1_024),
                open: watch::Sender::new(true),
                count: watch::Sender::new(0),
            }),
            serving: None,
        };
        upstream.serve(free);
        upstream
    }

    fn serve(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        self.serving = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    let mut open = shared.open.subscribe();
                    tokio::select! {
                        () = talk(stream, &shared) => {}
                        _ = open.wait_for(|open| !open) => {}
                    }
                });
            }
        }));
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Goes away: nobody is connected any longer, and nobody can connect.
    pub async fn go(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _aborted = serving.await;
        }
        self.shared.open.send_replace(false);
    }

    pub async fn come_back(&mut self) {
        self.shared.open.send_replace(true);
        let listener = TcpListener::bind(self.address).await;
        self.serve(listener.expect("the port is free again"));
    }

    /// A change of a row; the row. Nobody is told.
    pub fn put(&self, key: &str, change: Value) -> Value {
        self.world().put(key, change)
    }

    /// A session goes, and nobody is told.
    pub fn remove(&self, key: &str) {
        self.world().rows.remove(key);
    }

    pub fn set_groups(&self, names: &[&str]) {
        self.world().groups = names.iter().map(|&name| name.to_owned()).collect();
    }

    pub fn say_hello(&self, hello: Option<Value>) {
        self.world().hello = hello;
    }

    /// From now on nobody is on its machine: it wants to know devices, and somebody's approval.
    pub fn be_elsewhere(&self) {
        self.world().pairing = Some(Pairing::default());
    }

    /// Lets in the device that asked, with a token of this text.
    pub fn approve(&self, token: &str) {
        self.world().pairing = Some(Pairing::approved(token));
    }

    /// Takes that back, and closes the connections that rest on it.
    pub fn revoke(&self) {
        self.be_elsewhere();
        let reason = json!({"close": 4001, "reason": "device removed"});
        let _nobody = self.shared.events.send(reason);
    }

    /// Closes the connections of these scopes, as those whose access is gone, but lets them in again.
    pub fn throw_out(&self, scopes: &[&str]) {
        let close = json!({"close": 4001, "reason": "token rotated", "of": scopes});
        let _nobody = self.shared.events.send(close);
    }

    pub fn refuse(&self, method: &str, error: Value) {
        self.world().refusal = Some((method.to_owned(), error));
    }

    /// Tells every connection.
    pub fn tell(&self, event: &str, payload: &Value) {
        self.shared.tell(event, payload);
    }

    /// From now on it does not tell what it has answered.
    pub fn hold(&self) {
        self.world().held = Some(Vec::new());
    }

    /// It tells that, and is slow no longer.
    pub fn release(&self) {
        let held = self.world().held.take();
        for payload in held.unwrap_or_default() {
            self.tell("sessions.changed", &payload);
        }
    }

    /// A change that everybody is told of.
    pub fn change(&self, key: &str, reason: &str, change: Value) {
        let row = self.put(key, change);
        self.tell("sessions.changed", &changed(&row, reason));
    }

    /// The rows, in the order of their keys.
    pub fn rows(&self) -> Vec<Value> {
        self.world().rows.values().cloned().collect()
    }

    /// The params of the requests for a method so far.
    pub fn asked(&self, method: &str) -> Vec<Value> {
        self.world().asked(method, "params")
    }

    /// The scopes of the connections that asked for a method so far.
    pub fn scopes_of(&self, method: &str) -> Vec<Value> {
        self.world().asked(method, "scopes")
    }

    /// Waits until a method was asked for so often.
    pub async fn until_asked(&self, method: &str, times: usize) {
        let mut count = self.shared.count.subscribe();
        let enough = |_: &u64| self.asked(method).len() >= times;
        let waiting = timeout(LIMIT, count.wait_for(enough)).await;
        assert!(waiting.is_ok(), "{method} was not asked for {times} times");
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: &str, payload: &Value) {
        // Nobody may be connected.
        let _nobody = self
            .events
            .send(json!({"type": "event", "event": event, "payload": payload}));
    }
}
