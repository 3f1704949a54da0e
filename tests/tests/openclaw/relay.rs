use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::http::header::{HeaderValue, ORIGIN};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{accept_hdr_async, connect_async};

/// Carries the frames between one client and a gateway, and counts what it sees.
pub(crate) struct Relay {
    address: SocketAddr,
    open: watch::Sender<bool>,
    seen: Arc<Mutex<Seen>>,
    accepting: JoinHandle<()>,
}

/// What was carried so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Connections that the gateway took.
    pub(crate) connections: u64,
    /// The params of each `connect`.
    pub(crate) introductions: Vec<Value>,
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
    /// What the gateway refused: the method, and what it said.
    pub(crate) refused: Vec<(String, String)>,
}

impl Relay {
    /// Starts one in front of a gateway.
    pub(crate) async fn start(gateway: SocketAddr) -> Self {
        Self::start_with(gateway, None).await
    }

    /// Starts one that says that its clients are on another machine.
    pub(crate) async fn from_elsewhere(gateway: SocketAddr) -> Self {
        Self::start_with(gateway, Some(HeaderValue::from_static("192.0.2.7"))).await
    }

    async fn start_with(gateway: SocketAddr, from: Option<HeaderValue>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        let (open, seen) = (watch::Sender::new(true), Arc::default());
        let carriage = Carriage {
            gateway,
            from,
            seen: Arc::clone(&seen),
        };
        let accepting = accept(listener, carriage, open.subscribe());
        Self {
            address,
            open,
            seen,
            accepting: tokio::spawn(accepting),
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

/// Where frames are carried to, and as whose.
#[derive(Clone)]
struct Carriage {
    gateway: SocketAddr,
    /// The address that the clients are said to have.
    from: Option<HeaderValue>,
    seen: Arc<Mutex<Seen>>,
}

async fn accept(listener: TcpListener, carriage: Carriage, open: watch::Receiver<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        let (mut open, carriage) = (open.clone(), carriage.clone());
        tokio::spawn(async move {
            if *open.borrow() {
                tokio::select! {
                    // That a peer is gone is no news.
                    _gone = carry(client, carriage) => {}
                    _ = open.wait_for(|open| !open) => {}
                }
            }
        });
    }
}

/// Carries one connection until either side ends it.
async fn carry(client: TcpStream, carriage: Carriage) -> tungstenite::Result<()> {
    let Carriage {
        gateway,
        from,
        seen,
    } = carriage;
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
    let mut request = format!("ws://{gateway}").into_client_request()?;
    if let Some(origin) = origin {
        request.headers_mut().insert(ORIGIN, origin);
    }
    if let Some(from) = from {
        request.headers_mut().insert("X-Forwarded-For", from);
    }
    let (gateway, _) = connect_async(request).await?;
    lock(&seen).connections += 1;
    let (mut to_client, mut from_client) = client.split();
    let (mut to_gateway, mut from_gateway) = gateway.split();
    let mut asked = HashMap::new();
    loop {
        tokio::select! {
            Some(message) = from_client.next() => {
                let message = message?;
                lock(&seen).request(&message, &mut asked);
                to_gateway.send(message).await?;
            }
            Some(message) = from_gateway.next() => {
                let message = message?;
                lock(&seen).told(&message, &mut asked);
                to_client.send(message).await?;
            }
            else => return Ok(()),
        }
    }
}

impl Seen {
    fn request(&mut self, message: &Message, asked: &mut HashMap<String, String>) {
        let Some(frame) = read(message) else { return };
        let method = text(&frame["method"]);
        match method.as_str() {
            "connect" => self.introductions.push(frame["params"].clone()),
            "sessions.subscribe" => self.subscriptions += 1,
            _ => {}
        }
        if method == "sessions.list" {
            let open = asked.values().filter(|asked| **asked == method).count();
            self.lists += 1;
            self.most_at_once = self.most_at_once.max(open + 1);
        }
        asked.insert(text(&frame["id"]), method);
    }

    fn told(&mut self, message: &Message, asked: &mut HashMap<String, String>) {
        let Some(frame) = read(message) else { return };
        if frame["event"] == "sessions.changed" {
            match frame["payload"]["sessionKey"].as_str() {
                Some(key) => *self.keyed.entry(key.to_owned()).or_default() += 1,
                None => self.broad += 1,
            }
        }
        let method = asked.remove(&text(&frame["id"])).unwrap_or_default();
        if frame["ok"] == false {
            let said = text(&frame["error"]["message"]);
            self.refused.push((method, said));
        }
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
