use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use crate::Dice;

/// How much is carried at a time. The sockets towards the gateway hold no more either, so that it feels it when
/// nobody reads.
const CHUNK: usize = 64 << 10;
/// The longest delay of a chunk.
const SLOWEST: u64 = 200;
/// The longest time for which nothing is read, in milliseconds.
const LONGEST_STALL: u64 = 6_000;
/// The longest time for which no connection is let through, in milliseconds.
const LONGEST_REFUSAL: u64 = 800;

/// A TCP proxy on a free loopback port. Let loose, it treats its connections badly: it delays what they carry, stops
/// reading for seconds, cuts them in the middle of a frame, and refuses new ones for a while.
///
/// What it does to which connection follows from a seed; when connections come is up to those who make them.
pub struct Proxy {
    address: SocketAddr,
    calm: watch::Sender<bool>,
    done: Done,
    accepting: JoinHandle<()>,
}

/// What a proxy has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wrongs {
    /// Connections that it let through.
    pub connections: u64,
    /// Connections that it refused, those for which the gateway was not there included.
    pub refused: u64,
    /// Connections that it cut.
    pub cut: u64,
    /// How often it stopped reading.
    pub stalls: u64,
}

type Done = Arc<Mutex<Wrongs>>;

impl Proxy {
    /// Starts a calm one in front of `gateway`.
    pub async fn start(gateway: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        let (calm, done) = (watch::Sender::new(true), Done::default());
        let manners = Manners {
            dice: Dice::new(seed),
            calm: calm.subscribe(),
            done: Arc::clone(&done),
        };
        let accepting = tokio::spawn(accept(listener, gateway, manners));
        Self {
            address,
            calm,
            done,
            accepting,
        }
    }

    /// Where WebSocket clients connect to.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Where HTTP clients connect to.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it does its worst.
    pub fn let_loose(&self) {
        self.calm.send_replace(false);
    }

    /// From now on it only carries, those connections included that it stalls.
    pub fn calm_down(&self) {
        self.calm.send_replace(true);
    }

    /// What it has done so far.
    pub fn wrongs(&self) -> Wrongs {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// How to treat something, until it is time to be calm.
#[derive(Clone)]
struct Manners {
    dice: Dice,
    calm: watch::Receiver<bool>,
    done: Done,
}

impl Manners {
    fn fork(&mut self) -> Self {
        Self {
            dice: self.dice.fork(),
            ..self.clone()
        }
    }

    fn are_calm(&self) -> bool {
        *self.calm.borrow()
    }

    fn note(&self, what: impl FnOnce(&mut Wrongs)) {
        what(&mut self.done.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits up to so many milliseconds.
    async fn linger(&mut self, longest: u64) {
        let wait = Duration::from_millis(self.dice.below(longest + 1));
        tokio::select! {
            () = sleep(wait) => {}
            _ = self.calm.wait_for(|calm| *calm) => {}
        }
    }

    /// How many bytes a connection may carry: often megabytes, sometimes not even the first answer.
    fn allowance(&mut self) -> usize {
        let most = *self.dice.pick(&[2_000, 60_000, 2_000_000, 6_000_000]);
        self.dice.below(most) as usize
    }
}

async fn accept(listener: TcpListener, gateway: SocketAddr, mut manners: Manners) {
    let mut carried = JoinSet::new();
    let mut refusing_until = Instant::now();
    while let Ok((client, _)) = listener.accept().await {
        let own = manners.fork();
        if manners.dice.one_in(6) {
            let wait = manners.dice.below(LONGEST_REFUSAL);
            refusing_until = Instant::now() + Duration::from_millis(wait);
        }
        if Instant::now() < refusing_until && !manners.are_calm() {
            manners.note(|done| done.refused += 1);
        } else {
            carried.spawn(carry(client, gateway, own));
        }
        while carried.try_join_next().is_some() {}
    }
}

/// Carries a connection until it ends, by itself or by us. That a peer is gone is no news.
async fn carry(client: TcpStream, gateway: SocketAddr, mut manners: Manners) {
    let Ok(gateway) = connect(gateway).await else {
        return manners.note(|done| done.refused += 1);
    };
    manners.note(|done| done.connections += 1);
    let (_, _) = (client.set_nodelay(true), gateway.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_gateway, to_gateway) = gateway.into_split();
    let (up, down) = (manners.fork(), manners.fork());
    let _gone = tokio::select! {
        ended = pump(from_client, to_gateway, up) => ended,
        ended = pump(from_gateway, to_client, down) => ended,
    };
}

async fn connect(gateway: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(CHUNK as u32)?;
    socket.connect(gateway).await
}

/// Carries one direction. The two share nothing but their end: whichever is cut takes the other along.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut manners: Manners,
) -> io::Result<()> {
    let slowest = manners.dice.below(SLOWEST + 1);
    let mut allowance = manners.allowance();
    let mut chunk = vec![0; CHUNK];
    loop {
        if manners.dice.one_in(80) && !manners.are_calm() {
            manners.note(|done| done.stalls += 1);
            manners.linger(LONGEST_STALL).await;
        }
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        manners.linger(slowest).await;
        let cut = allowance < read && !manners.are_calm();
        let part = if cut { allowance } else { read };
        to.write_all(&chunk[..part]).await?;
        if cut {
            manners.note(|done| done.cut += 1);
            return Ok(());
        }
        allowance = allowance.saturating_sub(read);
    }
}

impl fmt::Display for Wrongs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connections,
            refused,
            cut,
            stalls,
        } = self;
        write!(
            f,
            "{connections} connections through the proxy, {cut} cut, {stalls} stalls, {refused} refused"
        )
    }
}
