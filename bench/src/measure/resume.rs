//! Clients that were away come back, all at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use sessionwire_bench_report::{Column, count};
use tokio::time::{sleep, timeout};

use crate::crowd::Crowd;
use crate::peer::{AT_ONCE, Dialect, Peer, Programs, Publisher, Script, frame, request, sessions};
use crate::process::{Server, demand_files, own_cpu};
use crate::socket::{Socket, number_at};

const CLIENTS: usize = 2_000;
/// Where everybody is told of everybody who comes, and OpenClaw refuses to list for many at once, fewer come.
const LISTING: usize = 200;
const LISTING_AT_ONCE: usize = 16;
const BEFORE_ASKING_AGAIN: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(120);
const SESSIONS: usize = 200;
const MISSED: usize = 100;
/// More than a hello names.
const OTHERS: usize = 250;

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::less("server CPU per client", "µs"),
        Column::less("bytes per client", "KB"),
        Column::beside("until the last is equal", "ms"),
        Column::beside("clients", "count"),
        Column::beside("processor time of the load", "% of one"),
    ]
}

pub(super) fn about() -> String {
    let clients = count(CLIENTS);
    format!(
        "{clients} clients come back at once, each over a new connection; {MISSED} changes passed meanwhile, in a list \
         of {SESSIONS} sessions. Sessionwire's clients name their cursors and are told what they missed. Plain protocol \
         4, and so OpenClaw, knows none: there {LISTING} clients, {LISTING_AT_ONCE} at a time, subscribe and list \
         everything again, and when OpenClaw says that it is overloaded, they ask once more after {} ms. \
         The limit says the very bytes of Sessionwire, after the same handshake.",
        BEFORE_ASKING_AGAIN.as_millis()
    )
}

pub(super) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let (clients, at_once) = match peer.dialect() {
        Dialect::Plain => (LISTING, LISTING_AT_ONCE),
        Dialect::Cursors | Dialect::Echo | Dialect::SocketIo => (CLIENTS, CLIENTS),
    };
    demand_files(clients)?;
    if peer == Peer::Floor {
        let (script, back) = record(programs).await?;
        let running = script.start().await?;
        return storm(&running.server, Dialect::Cursors, &back, (clients, at_once)).await;
    }
    let running = peer.start(programs).await?;
    let back = pass_time(peer.dialect(), running.server.address).await?;
    storm(&running.server, peer.dialect(), &back, (clients, at_once)).await
}

/// How a client comes back.
enum Back {
    /// It goes on from a cursor, to the journal's head.
    Resume { since: Value, head: u64 },
    /// It lists everything.
    List,
}

/// Makes the sessions, and then the changes that clients miss.
async fn pass_time(dialect: Dialect, address: SocketAddr) -> Result<Back> {
    let mut publisher = Publisher::new(dialect, address, &sessions(SESSIONS), 0).await?;
    let since = cursor(dialect, address).await?;
    publisher.send(MISSED).await?;
    for _ in 0..MISSED {
        publisher.made().await?;
    }
    let head = cursor(dialect, address).await?;
    Ok(match dialect {
        Dialect::Cursors => Back::Resume {
            since,
            head: head["offset"].as_u64().context("a cursor has an offset")?,
        },
        Dialect::Plain | Dialect::Echo | Dialect::SocketIo => Back::List,
    })
}

async fn cursor(dialect: Dialect, address: SocketAddr) -> Result<Value> {
    let mut socket = dialect.connect(address).await?;
    let params = match dialect {
        Dialect::Cursors => json!({"subscription": "s"}),
        Dialect::Plain | Dialect::Echo | Dialect::SocketIo => json!({}),
    };
    let mut answer = request(&mut socket, "sessions.subscribe", params).await?;
    Ok(answer["cursor"].take())
}

async fn storm(
    server: &Server,
    dialect: Dialect,
    back: &Back,
    (clients, at_once): (usize, usize),
) -> Result<Vec<f64>> {
    server.calm().await?;
    let (cpu, load, start) = (server.cpu()?, own_cpu()?, Instant::now());
    let coming = (0..clients).map(|number| back.come(dialect, server.address, number));
    let mut coming = pin!(stream::iter(coming).buffer_unordered(at_once));
    // Nobody leaves before the last is there, and all read on.
    let mut crowd = Crowd::new(Vec::new(), dialect.needle());
    let mut bytes = 0;
    while let Some(socket) = coming.try_next().await? {
        bytes += socket.received();
        crowd.join(socket);
    }
    let wall = start.elapsed().as_secs_f64();
    let (cpu, load) = (server.cpu()? - cpu, own_cpu()? - load);
    let each = 1.0 / clients as f64;
    Ok(vec![
        cpu.as_secs_f64() * 1e6 * each,
        bytes as f64 / 1e3 * each,
        wall * 1e3,
        clients as f64,
        load.as_secs_f64() / wall * 100.0,
    ])
}

impl Back {
    /// Connects, and is back when the copy equals the list.
    async fn come(&self, dialect: Dialect, address: SocketAddr, number: usize) -> Result<Socket> {
        let mut socket = dialect.connect_from(home(number), address).await?;
        match self {
            Self::Resume { since, head } => {
                let params = json!({"subscription": "s", "since": since});
                let answer = request(&mut socket, "sessions.subscribe", params).await?;
                let mut place = answer["cursor"]["offset"].as_u64();
                while place != Some(*head) {
                    place = offset(&socket.hear().await?).or(place);
                }
            }
            Self::List => {
                request(&mut socket, "sessions.subscribe", json!({})).await?;
                timeout(PATIENCE, list(&mut socket))
                    .await
                    .context("the list was refused again and again")??;
            }
        }
        Ok(socket)
    }
}

/// Lists everything, as often as it takes.
async fn list(socket: &mut Socket) -> Result<()> {
    loop {
        match request(socket, "sessions.list", json!({"limit": SESSIONS})).await {
            Err(refusal) if format!("{refusal:#}").contains("overloaded") => {
                sleep(BEFORE_ASKING_AGAIN).await;
            }
            answer => return answer.map(drop),
        }
    }
}

/// The address of a client: no more share one than a gateway lets in from there at a time.
fn home(number: usize) -> Ipv4Addr {
    let [.., high, low] = (number / AT_ONCE + 2).to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// The place to which an event leads: without one, the next offset.
fn offset(text: &[u8]) -> Option<u64> {
    let next = || number(text, br#""prev":"#).map(|prev| prev + 1);
    number(text, br#""cursor":"#).or_else(next)
}

fn number(text: &[u8], name: &[u8]) -> Option<u64> {
    let begin = memchr::memmem::rfind(text, name)? + name.len();
    number_at(text, begin)
}

/// What Sessionwire says to a client that comes back.
async fn record(programs: &Programs) -> Result<(Script, Back)> {
    let dialect = Dialect::Cursors;
    let running = Peer::Sessionwire.start(programs).await?;
    let address = running.server.address;
    let back = pass_time(dialect, address).await?;
    let Back::Resume { since, head } = &back else {
        unreachable!("this dialect has cursors");
    };
    // To a storm, hellos name as many others as they ever do.
    let _others: Vec<Socket> = dialect.idlers(address, OTHERS).try_collect().await?;
    let mut script = Script::default();
    let mut socket = Socket::open(address, "/", Ipv4Addr::LOCALHOST).await?;
    script.turns.push(vec![text(&mut socket).await?]);
    let subscribing = json!({"subscription": "s", "since": since});
    for (method, params) in [
        ("connect", dialect.connect_params()),
        ("sessions.subscribe", subscribing),
    ] {
        socket.send(&frame(method, &params)).await?;
        script.turns.push(vec![text(&mut socket).await?]);
    }
    let told = script.turns.last_mut().context("the client subscribed")?;
    while told.last().and_then(|text| offset(text.as_bytes())) != Some(*head) {
        told.push(text(&mut socket).await?);
    }
    Ok((script, back))
}

async fn text(socket: &mut Socket) -> Result<String> {
    Ok(String::from_utf8(socket.hear().await?)?)
}
