use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, join, sink,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

const CHUNK: usize = 64 << 10;

/// Carries bytes between clients and a gateway, unchanged, and records the frames of their sockets.
pub(crate) struct Tap {
    address: SocketAddr,
    silent: watch::Sender<bool>,
    ending: watch::Sender<bool>,
    frames: Frames,
    accepting: JoinHandle<()>,
}

/// A frame that was carried.
#[derive(Clone, Serialize)]
pub(crate) struct Recorded {
    connection: usize,
    from: Side,
    frame: Value,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Client,
    Gateway,
}

impl Recorded {
    /// A request that was seen by other means.
    pub(crate) fn request(frame: Value) -> Self {
        Self {
            connection: 0,
            from: Side::Client,
            frame,
        }
    }
}

type Frames = Arc<Mutex<Vec<Recorded>>>;

impl Tap {
    /// Starts one in front of a gateway.
    pub(crate) async fn start(gateway: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        let (silent, ending) = (watch::Sender::new(false), watch::Sender::new(false));
        let frames = Frames::default();
        let line = Line {
            gateway,
            silent: silent.clone(),
            ending: ending.subscribe(),
            frames: Arc::clone(&frames),
        };
        Self {
            address,
            silent,
            ending,
            frames,
            accepting: tokio::spawn(accept(listener, line)),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where WebSocket clients connect to.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Where browsers connect to.
    pub(crate) fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Keeps all that the gateway says from its clients, until one of them ends its connection.
    pub(crate) fn silence(&self) {
        self.silent.send_replace(true);
    }

    /// Cuts all connections, and gives what they carried.
    pub(crate) async fn end(self) -> Vec<Recorded> {
        self.ending.send_replace(true);
        self.accepting.await.expect("the tap does not panic");
        std::mem::take(&mut lock(&self.frames))
    }
}

#[derive(Clone)]
struct Line {
    gateway: SocketAddr,
    silent: watch::Sender<bool>,
    ending: watch::Receiver<bool>,
    frames: Frames,
}

async fn accept(listener: TcpListener, mut line: Line) {
    let count = AtomicUsize::new(0);
    let mut carrying = JoinSet::new();
    loop {
        let client = tokio::select! {
            Ok((client, _)) = listener.accept() => client,
            _ = line.ending.wait_for(|ending| *ending) => break,
        };
        carrying.spawn(carry(
            client,
            count.fetch_add(1, Ordering::Relaxed),
            line.clone(),
        ));
    }
    carrying.join_all().await;
}

/// Carries one connection until either side ends it, and hears it to its end.
async fn carry(client: TcpStream, connection: usize, line: Line) {
    let Ok(gateway) = TcpStream::connect(line.gateway).await else {
        return;
    };
    let hear = |side, role| {
        let (ear, bytes) = duplex(CHUNK);
        let hearing = tokio::spawn(hear(bytes, role, connection, side, line.clone()));
        (ear, hearing)
    };
    let (ear, hearing_client) = hear(Side::Client, Role::Server);
    let (other_ear, hearing_gateway) = hear(Side::Gateway, Role::Client);
    let (from_client, to_client) = client.into_split();
    let (from_gateway, to_gateway) = gateway.into_split();
    let mut ending = line.ending.clone();
    tokio::select! {
        // That a peer is gone is no news.
        _gone = async { tokio::try_join!(
            pass(from_client, to_gateway, ear, None),
            pass(from_gateway, to_client, other_ear, Some(line.silent.subscribe())),
        ) } => {}
        _ = ending.wait_for(|ending| *ending) => {}
    }
    for hearing in [hearing_client, hearing_gateway] {
        hearing.await.expect("what is heard is no reason to panic");
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut ear: DuplexStream,
    mut silent: Option<watch::Receiver<bool>>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        if let Some(silent) = &mut silent {
            let _over = silent.wait_for(|silent| !silent).await;
        }
        if length == 0 {
            return to.shutdown().await;
        }
        // Nobody listens to what is no socket.
        let _heard = ear.write_all(&chunk[..length]).await;
        to.write_all(&chunk[..length]).await?;
    }
}

async fn hear(mut bytes: DuplexStream, role: Role, connection: usize, from: Side, line: Line) {
    if !opens_socket(&mut bytes).await {
        return;
    }
    let socket = join(bytes, sink());
    let mut socket = WebSocketStream::from_raw_socket(socket, role, None).await;
    let leaves = || {
        if matches!(from, Side::Client) {
            line.silent.send_replace(false);
        }
    };
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            leaves();
        }
        let text = message.to_text().unwrap_or_default();
        if let Ok(frame) = serde_json::from_str(text) {
            lock(&line.frames).push(Recorded {
                connection,
                from,
                frame,
            });
        }
    }
    leaves();
}

/// Reads the head of a request or an answer.
async fn opens_socket(bytes: &mut DuplexStream) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match bytes.read_u8().await {
            Ok(byte) => head.push(byte.to_ascii_lowercase()),
            Err(_) => return false,
        }
    }
    String::from_utf8_lossy(&head).contains("upgrade: websocket")
}

fn lock(frames: &Mutex<Vec<Recorded>>) -> std::sync::MutexGuard<'_, Vec<Recorded>> {
    frames.lock().unwrap_or_else(PoisonError::into_inner)
}
