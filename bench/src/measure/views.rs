//! Many different live lists: what a change costs that concerns none, one or all of them.

use anyhow::Result;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use sessionwire_bench_report::{Column, count};

use super::fan_out::frame_bytes;
use super::quantile;
use crate::crowd::Crowd;
use crate::peer::{AT_ONCE, Peer, Programs, Publisher, request, sessions};
use crate::process::Server;
use crate::socket::Socket;

const LISTS: usize = 1_000;
const CHANGES: usize = 100;
/// It takes a thousand times as long.
const OPENCLAW: usize = 10;

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::less("server CPU per change, in one list", "µs"),
        Column::less("server CPU per change, in all lists", "µs"),
        Column::less("server CPU per change, no lists", "µs"),
        Column::less("change → callback in one list, median", "ms"),
        Column::less("change → last of all lists, median", "ms"),
        Column::beside("changes told", "%"),
        Column::less("memory per filtered list", "KB"),
        Column::less("memory per window", "KB"),
    ]
}

pub(super) fn about() -> String {
    let lists = count(LISTS);
    format!(
        "{lists} live lists in a gateway of {lists} sessions, no two alike, each with a subscriber of its own, and one \
         change after the other. First no list is there; then each shows another group, so a change is in one of them; \
         then each is another window of the sessions that changed last, so a change is in all. Memory is that of the \
         list and of what its connection keeps of the answer. The limit writes a frame of the same length to one or \
         all, and to who made the change. OpenClaw has no live lists: whatever changes, all {lists} subscribers are \
         told, and list again, which is not in the figure."
    )
}

pub(super) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    if peer == Peer::Sessionwire {
        lists(peer, programs).await
    } else {
        everybody(peer, programs).await
    }
}

async fn lists(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let filter = |number| json!({"subscription": "s", "group": group(number)});
    let filters = Kept::measure(peer, programs, filter, 1).await?;
    let windows = Kept::measure(peer, programs, window, LISTS).await?;
    Ok(vec![
        filters.told.cpu,
        windows.told.cpu,
        filters.untold.cpu,
        filters.told.median,
        windows.told.last,
        filters.told.share.min(windows.told.share),
        filters.memory,
        windows.memory,
    ])
}

/// A server that tells everybody whatever it tells; the limit knows whom it concerns.
async fn everybody(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let all = telling(peer, programs, LISTS).await?;
    let one = if peer == Peer::Floor {
        telling(peer, programs, 1).await?
    } else {
        all
    };
    Ok(vec![
        one.cpu,
        all.cpu,
        f64::NAN,
        one.median,
        all.last,
        one.share.min(all.share),
        f64::NAN,
        f64::NAN,
    ])
}

async fn telling(peer: Peer, programs: &Programs, subscribers: usize) -> Result<Phase> {
    const SESSIONS: usize = 16;
    let changes = peer.as_many(CHANGES, OPENCLAW);
    let bytes = frame_bytes(programs).await?;
    let running = peer.start(programs).await?;
    let (server, dialect) = (&running.server, peer.dialect());
    let mut publisher = Publisher::new(dialect, server.address, &sessions(SESSIONS), bytes).await?;
    let sockets = dialect.subscribers(server.address, subscribers).await?;
    let crowd = Crowd::new(sockets, dialect.needle());
    Phase::measure(server, &mut publisher, &crowd, subscribers, changes).await
}

/// Many lists of one kind.
struct Kept {
    /// Changes before there were lists.
    untold: Phase,
    /// Changes that the lists are told of.
    told: Phase,
    /// Of a list in the server, in KB.
    memory: f64,
}

impl Kept {
    /// Each list has a connection of its own; each change concerns so many lists.
    async fn measure(
        peer: Peer,
        programs: &Programs,
        list: impl Fn(usize) -> Value,
        concerned: usize,
    ) -> Result<Self> {
        let running = peer.start(programs).await?;
        let (server, dialect) = (&running.server, peer.dialect());
        let grouped = |(number, mut session): (usize, Value)| {
            session["category"] = group(number).into();
            session
        };
        let sessions: Vec<Value> = sessions(LISTS)
            .into_iter()
            .enumerate()
            .map(grouped)
            .collect();
        let mut publisher = Publisher::new(dialect, server.address, &sessions, 0).await?;
        let nobody = Crowd::new(Vec::new(), dialect.needle());
        let untold = Phase::measure(server, &mut publisher, &nobody, 0, CHANGES).await?;
        let idle = dialect.idlers(server.address, LISTS).try_collect().await?;
        let before = server.memory()? as f64;
        let sockets = subscribe(idle, list).await?;
        let memory = (server.memory()? as f64 - before) / 1e3 / LISTS as f64;
        let crowd = Crowd::new(sockets, dialect.needle());
        let told = Phase::measure(server, &mut publisher, &crowd, concerned, CHANGES).await?;
        Ok(Self {
            untold,
            told,
            memory,
        })
    }
}

async fn subscribe(idle: Vec<Socket>, list: impl Fn(usize) -> Value) -> Result<Vec<Socket>> {
    let subscribing = idle.into_iter().enumerate().map(|(number, mut socket)| {
        let params = list(number);
        async move {
            request(&mut socket, "sessions.subscribe", params).await?;
            Ok(socket)
        }
    });
    stream::iter(subscribing)
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Changes, each made when all that the one before concerned were told of it.
#[derive(Clone, Copy)]
struct Phase {
    /// Of the server, per change, in µs.
    cpu: f64,
    /// Of those concerned, in %.
    share: f64,
    /// Until somebody was told, in ms.
    median: f64,
    /// Until the last was told, in ms.
    last: f64,
}

impl Phase {
    async fn measure(
        server: &Server,
        publisher: &mut Publisher,
        crowd: &Crowd,
        listeners: usize,
        changes: usize,
    ) -> Result<Self> {
        server.calm().await?;
        let cpu = server.cpu()?;
        for _ in 0..changes {
            crowd.sending(publisher.next(1), listeners);
            publisher.send(1).await?;
            publisher.made().await?;
            crowd.settle().await;
        }
        let cpu = server.cpu()? - cpu;
        let told = crowd.told();
        Ok(Self {
            cpu: cpu.as_secs_f64() * 1e6 / changes as f64,
            share: told.deliveries as f64 / (listeners * changes) as f64 * 100.0,
            median: quantile(&told.latencies, 0.5),
            last: quantile(&told.last, 0.5),
        })
    }
}

fn group(number: usize) -> String {
    format!("group {number}")
}

/// Windows of which no two are alike, and in all of which a session stands that has just changed.
fn window(number: usize) -> Value {
    const LENGTHS: usize = 63;
    let kind = number / LENGTHS;
    json!({
        "subscription": "s",
        "limit": number % LENGTHS + 1,
        "excludeCron": kind & 1 > 0,
        "excludeSubagents": kind & 2 > 0,
        "includeGlobal": kind & 4 > 0,
        "includeUnknown": kind & 8 > 0,
    })
}
