use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::http::header::{HeaderName, HeaderValue, ORIGIN};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{accept_hdr_async, client_async};

/// Who a proxy speaks for.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How much the system takes of what a gateway says and the relay has not read yet, at least.
const BACKLOG: u32 = 64 << 10;
/// An address of another machine.
const ELSEWHERE: &str = "203.0.113.7";

/// Carries the frames between one client and a gateway, and counts what it sees.
pub(crate) struct Relay {
    address: SocketAddr,
    open: watch::Sender<bool>,
    reading: watch::Sender<bool>,
    seen: Arc<Mutex<Seen>>,
    accepting: JoinHandle<()>,
}

/// What was carried so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Connections that the gateway took.
    pub(crate) connections: u64,
    /// What the client sent.
    pub(crate) requests: Vec<Value>,
    /// How often the list was asked for.
    pub(crate) lists: u64,
    /// How often events were asked for.
    pub(crate) subscriptions: u64,
    /// How many lists were asked for and not answered, at most.
    pub(crate) most_at_once: usize,
    /// Events with it, by the key.
    pub(crate) keyed: HashMap<String, usize>,
    /// Events without a session's key.
    pub(crate) broad: u64,
    /// Events that tell of a delete, by the key if there is one.
    pub(crate) deletes: Vec<Option<String>>,
    /// Sessions of which an event said that they have no label.
    pub(crate) unnamed: HashSet<String>,
    /// How often events were missing.
    pub(crate) gaps: u64,
    /// What the gateway refused: the method, and what it said.
    pub(crate) refused: Vec<(String, String)>,
}

impl Seen {
    /// With what the client introduced itself, each time.
    pub(crate) fn introductions(&self) -> Vec<Value> {
        let requests = self.requests.iter();
        let connects = requests.filter(|request| request["method"] == "connect");
        connects.map(|request| request["params"].clone()).collect()
    }
}

impl Relay {
    /// Starts one in front of a gateway.
    pub(crate) async fn start(gateway: SocketAddr) -> Self {
        Self::start_as(gateway, None).await
    }

    /// Starts one that is a proxy with clients on other machines.
    pub(crate) async fn elsewhere(gateway: SocketAddr) -> Self {
        Self::start_as(gateway, Some(HeaderValue::from_static(ELSEWHERE))).await
    }

    async fn start_as(gateway: SocketAddr, forwarded_for: Option<HeaderValue>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        let (open, reading) = (watch::Sender::new(true), watch::Sender::new(true));
        let line = Line {
            gateway,
            forwarded_for,
            open: open.subscribe(),
            reading: reading.subscribe(),
            seen: Arc::default(),
        };
        Self {
            address,
            open,
            reading,
            seen: Arc::clone(&line.seen),
            accepting: tokio::spawn(accept(listener, line)),
        }
    }

    /// Where the client connects to.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Cuts the connection, and lets none through until [`Self::mend`].
    pub(crate) fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub(crate) fn mend(&self) {
        self.open.send_replace(true);
    }

    /// Reads nothing more of what the gateway says, until [`Self::go_on`].
    pub(crate) fn stall(&self) {
        self.reading.send_replace(false);
    }

    /// Reads again.
    pub(crate) fn go_on(&self) {
        self.reading.send_replace(true);
    }

    /// What was carried so far.
    pub(crate) fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone)]
struct Line {
    gateway: SocketAddr,
    forwarded_for: Option<HeaderValue>,
    open: watch::Receiver<bool>,
    reading: watch::Receiver<bool>,
    seen: Arc<Mutex<Seen>>,
}

/// What is known of one connection.
#[derive(Default)]
struct Asked {
    /// The methods of the requests without an answer, by their ids.
    methods: HashMap<String, String>,
    /// The `seq` of the last event.
    seq: u64,
}

async fn accept(listener: TcpListener, line: Line) {
    while let Ok((client, _)) = listener.accept().await {
        let (line, mut open) = (line.clone(), line.open.clone());
        tokio::spawn(async move {
            if *open.borrow() {
                tokio::select! {
                    // That a peer is gone is no news.
                    _gone = carry(client, line) => {}
                    _ = open.wait_for(|open| !open) => {}
                }
            }
        });
    }
}

/// Carries one connection until either side ends it.
async fn carry(client: TcpStream, line: Line) -> tungstenite::Result<()> {
    let mut origin = None;
    #[expect(
        clippy::result_large_err,
        reason = "it is what `accept_hdr_async` calls"
    )]
    let read = |request: &Request, response| {
        origin = request.headers().get(ORIGIN).cloned();
        Ok(response)
    };
    let client = accept_hdr_async(client, read).await?;
    let mut request = format!("ws://{}", line.gateway).into_client_request()?;
    let told = [
        (ORIGIN, origin),
        (FORWARDED_FOR, line.forwarded_for.clone()),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            request.headers_mut().insert(name, value);
        }
    }
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(BACKLOG)?;
    let stream = socket.connect(line.gateway).await?;
    let (gateway, _) = client_async(request, stream).await?;
    let (mut to_client, mut from_client) = client.split();
    let (mut to_gateway, mut from_gateway) = gateway.split();
    let (seen, mut reading) = (line.seen, line.reading);
    let mut asked = Asked::default();
    lock(&seen).connections += 1;
    loop {
        tokio::select! {
            Some(message) = from_client.next() => {
                let message = message?;
                lock(&seen).request(&message, &mut asked);
                to_gateway.send(message).await?;
            }
            Some(message) = next(&mut from_gateway, &mut reading) => {
                let message = message?;
                lock(&seen).told(&message, &mut asked);
                to_client.send(message).await?;
            }
            else => return Ok(()),
        }
    }
}

/// What the gateway says next, once it is listened to.
async fn next<S: Stream + Unpin>(
    from_gateway: &mut S,
    reading: &mut watch::Receiver<bool>,
) -> Option<S::Item> {
    reading.wait_for(|reading| *reading).await.ok()?;
    from_gateway.next().await
}

impl Seen {
    fn request(&mut self, message: &Message, asked: &mut Asked) {
        let Some(frame) = read(message) else { return };
        let method = text(&frame["method"]);
        if method == "sessions.subscribe" {
            self.subscriptions += 1;
        }
        if method == "sessions.list" {
            let open = asked.methods.values().filter(|asked| **asked == method);
            self.lists += 1;
            self.most_at_once = self.most_at_once.max(open.count() + 1);
        }
        asked.methods.insert(text(&frame["id"]), method);
        self.requests.push(frame);
    }

    fn told(&mut self, message: &Message, asked: &mut Asked) {
        let Some(frame) = read(message) else { return };
        if let Some(seq) = frame["seq"].as_u64() {
            self.gaps += u64::from(seq > asked.seq + 1);
            asked.seq = seq;
        }
        if frame["event"] == "sessions.changed" {
            self.changed(&frame["payload"]);
        }
        let method = asked
            .methods
            .remove(&text(&frame["id"]))
            .unwrap_or_default();
        if frame["ok"] == false {
            let said = text(&frame["error"]["message"]);
            self.refused.push((method, said));
        }
    }

    fn changed(&mut self, payload: &Value) {
        let key = payload["sessionKey"].as_str().map(str::to_owned);
        if payload["reason"] == "delete" {
            self.deletes.push(key.clone());
        }
        let Some(key) = key else {
            self.broad += 1;
            return;
        };
        if payload.get("label").is_some_and(Value::is_null) {
            self.unnamed.insert(key.clone());
        }
        *self.keyed.entry(key).or_default() += 1;
    }
}

fn read(message: &Message) -> Option<Value> {
    let text = message.to_text().ok()?;
    serde_json::from_str(text).ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
