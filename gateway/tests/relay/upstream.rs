//! A gateway of plain protocol 4 that does what a test says, and tells changes after it has answered them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

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

#[derive(Default)]
struct World {
    rows: BTreeMap<String, Value>,
    groups: Vec<String>,
    clock: u64,
    requests: Vec<Value>,
    /// What is answered to `connect` in the place of a hello.
    hello: Option<Value>,
    /// Who wants to be let in by device, and whether it was.
    pairing: Option<Pairing>,
    /// What is not told yet, where the upstream is slow to tell.
    held: Option<Vec<Value>>,
    /// A refusal for the next request of this method.
    refusal: Option<(String, Value)>,
}

/// What an upstream knows of the device of who connects from elsewhere.
#[derive(Default)]
struct Pairing {
    approved: bool,
    /// The device's token, made by the approval.
    token: Option<String>,
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
        self.world().pairing = Some(Pairing {
            approved: true,
            token: Some(token.to_owned()),
        });
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
        let world = self.world();
        let asked = world
            .requests
            .iter()
            .filter(|asked| asked["method"] == method);
        asked.map(|asked| asked["params"].clone()).collect()
    }

    /// The scopes of the connections that asked for a method so far.
    pub fn scopes_of(&self, method: &str) -> Vec<Value> {
        let world = self.world();
        let asked = world
            .requests
            .iter()
            .filter(|asked| asked["method"] == method);
        asked.map(|asked| asked["scopes"].clone()).collect()
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

impl World {
    fn put(&mut self, key: &str, change: Value) -> Value {
        self.clock += 1;
        let at = 1_000_000 + self.clock;
        let row = self.rows.entry(key.to_owned()).or_insert_with(|| {
            json!({"key": key, "kind": "direct", "agentId": "main", "sessionId": format!("id-{key}-{at}"), "createdAt": at})
        });
        let Value::Object(change) = change else {
            panic!("a row is an object")
        };
        for (name, value) in change {
            row[name] = value;
        }
        row["updatedAt"] = at.into();
        row["snapshotAt"] = at.into();
        row.clone()
    }

    /// The answer, and what is told after it.
    fn answer(&mut self, method: &str, params: &Value) -> (Result<Value, Value>, Vec<Value>) {
        if let Some((_, error)) = self.refusal.take_if(|(refused, _)| refused == method) {
            return (Err(error), Vec::new());
        }
        let key = params["key"].as_str().unwrap_or_default().to_owned();
        let mut told = Vec::new();
        let payload = match method {
            "sessions.subscribe" => json!({"subscribed": true}),
            "sessions.messages.subscribe" => json!({"subscribed": true, "key": key}),
            "sessions.messages.unsubscribe" => json!({"subscribed": false, "key": key}),
            "sessions.list" => {
                let rows: Vec<_> = self.rows.values().collect();
                json!({"sessions": rows, "hasMore": false})
            }
            "sessions.describe" => json!({"session": self.rows.get(&key)}),
            "sessions.groups.list" => {
                let groups = self.groups.iter().enumerate();
                let groups: Vec<_> = groups
                    .map(|(position, name)| json!({"name": name, "position": position}))
                    .collect();
                json!({"groups": groups, "sectionOrder": []})
            }
            "sessions.groups.put" => {
                let names = params["names"].as_array().cloned().unwrap_or_default();
                let names = names.iter().filter_map(Value::as_str);
                self.groups = names.map(str::to_owned).collect();
                told.push(json!({"reason": "groups", "ts": 1}));
                json!({"ok": true})
            }
            "sessions.patch" => {
                let mut patch = params.clone();
                let fields = patch.as_object_mut().expect("params");
                fields.retain(|name, _| name != "key" && !name.starts_with("expected"));
                let row = self.put(&key, patch);
                told.push(changed(&row, "patch"));
                json!({"ok": true, "key": key, "entry": row, "further": {"not": ["known"]}})
            }
            "sessions.reset" => {
                let row = self.put(&key, json!({"totalTokens": 0}));
                told.push(changed(&row, "reset"));
                json!({"ok": true, "key": key, "entry": row})
            }
            "sessions.delete" => {
                let gone = self.rows.remove(&key);
                told.push(json!({"sessionKey": key, "reason": "delete", "ts": 1}));
                told.push(json!({"reason": "delete", "ts": 1}));
                json!({"ok": true, "key": key, "deleted": gone.is_some()})
            }
            "chat.send" => {
                let (key, run) = (&params["sessionKey"], &params["idempotencyKey"]);
                told.push(json!({"sessionKey": key, "runId": run, "seq": 1, "state": "final"}));
                json!({"runId": run, "status": "started"})
            }
            "plugin.echo" => json!({"echo": params}),
            unknown => {
                let message = format!("unknown method: {unknown}");
                return (
                    Err(json!({"code": "INVALID_REQUEST", "message": message})),
                    told,
                );
            }
        };
        (Ok(payload), told)
    }
}

async fn talk(stream: TcpStream, shared: &Shared) {
    let Ok(mut socket) = accept_async(stream).await else {
        return;
    };
    let challenge =
        json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}});
    let mut events = shared.events.subscribe();
    let mut greeted = false;
    let mut scopes = Value::Null;
    let mut seq = 0;
    let mut due = vec![challenge];
    loop {
        for mut frame in due.drain(..) {
            if frame["type"] == "event" && greeted {
                seq += 1;
                frame["seq"] = seq.into();
            }
            if socket.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
        tokio::select! {
            biased;
            Ok(event) = events.recv() => match event["close"].as_u64() {
                Some(_) if event["of"].is_array() && event["of"] != scopes => {}
                Some(code) => {
                    let reason = event["reason"].as_str().unwrap_or_default().to_owned();
                    let frame = CloseFrame { code: (code as u16).into(), reason: reason.into() };
                    let _gone = socket.close(Some(frame)).await;
                }
                None => if greeted { due.push(event) },
            },
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Ok(Ok(frame)) = message.to_text().map(serde_json::from_str::<Value>) else {
                    continue;
                };
                let (id, method) = (frame["id"].clone(), frame["method"].as_str().unwrap_or_default());
                let (answer, mut told) = {
                    let mut world = shared.world();
                    if method == "connect" {
                        scopes = frame["params"]["scopes"].clone();
                    }
                    let request = json!({"method": method, "params": frame["params"], "scopes": scopes});
                    world.requests.push(request);
                    match method {
                        "connect" => (hello(&world, &frame["params"]), Vec::new()),
                        method => world.answer(method, &frame["params"]),
                    }
                };
                if let Some(held) = &mut shared.world().held {
                    held.append(&mut told);
                }
                shared.count.send_modify(|count| *count += 1);
                greeted |= answer.is_ok();
                due.push(match answer {
                    Ok(payload) => json!({"type": "res", "id": id, "ok": true, "payload": payload}),
                    Err(error) => json!({"type": "res", "id": id, "ok": false, "error": error}),
                });
                for payload in told {
                    let event = if payload["runId"].is_null() { "sessions.changed" } else { "chat" };
                    due.push(json!({"type": "event", "event": event, "payload": payload}));
                }
            }
        }
    }
}

fn hello(world: &World, params: &Value) -> Result<Value, Value> {
    if let Some(hello) = &world.hello {
        return match hello["refused"].is_object() {
            true => Err(hello["refused"].clone()),
            false => Ok(hello.clone()),
        };
    }
    let by_device = match &world.pairing {
        Some(pairing) => pairing.check(params)?,
        None => false,
    };
    if !by_device && params["auth"]["token"] != UPSTREAM_TOKEN {
        return Err(json!({
            "code": "INVALID_REQUEST",
            "message": "unauthorized: token mismatch",
            "details": {"code": "AUTH_TOKEN_MISMATCH"},
        }));
    }
    Ok(json!({
        "type": "hello-ok",
        "protocol": 4,
        "server": {"version": "2026.9.6", "connId": "c"},
        "auth": {
            "role": "operator",
            "scopes": params["scopes"],
            "deviceToken": world.pairing.as_ref().and_then(|pairing| pairing.token.as_deref()),
        },
        "policy": {"tickIntervalMs": 0, "attachments": {"maxBytes": 7}},
        "features": {
            "methods": ["chat.history", "device.pair.setup", "plugin.echo", "sessions.list"],
            "events": ["agent", "device.pair.changed", "sessions.changed"],
            "capabilities": ["profile-binding-v1", "session-goal-start-v1"],
        },
        "snapshot": {"sessionDefaults": {"defaultAgentId": "main", "modelConfigured": false}},
    }))
}

impl Pairing {
    /// Whether it is the device's token that lets it in.
    fn check(&self, params: &Value) -> Result<bool, Value> {
        assert!(params["device"].is_object(), "it shows a device");
        if let Some(given) = params["auth"]["deviceToken"].as_str() {
            return match self.token.as_deref() == Some(given) {
                true => Ok(true),
                false => Err(json!({
                    "code": "INVALID_REQUEST",
                    "message": "unauthorized: device token mismatch",
                    "details": {"code": "AUTH_DEVICE_TOKEN_MISMATCH"},
                })),
            };
        }
        match self.approved {
            true => Ok(false),
            false => Err(json!({
                "code": "NOT_PAIRED",
                "message": "pairing required: device is not approved yet",
                "details": {
                    "code": "PAIRING_REQUIRED",
                    "reason": "not-paired",
                    "requestId": "request-1",
                    "remediationHint": "Approve this device from the pending pairing requests.",
                },
            })),
        }
    }
}

/// What plain protocol 4 says of a changed row.
pub fn changed(row: &Value, reason: &str) -> Value {
    let mut payload = row.clone();
    payload["sessionKey"] = row["key"].clone();
    payload.as_object_mut().expect("a row").remove("key");
    payload["reason"] = reason.into();
    payload["ts"] = row["updatedAt"].clone();
    payload["session"] = row.clone();
    payload
}
