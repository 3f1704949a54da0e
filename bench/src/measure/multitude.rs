//! As many connections as one process may have, all told of one change.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use sessionwire_bench_report::{Column, count};
use tokio::time::sleep;

use super::fan_out::frame_bytes;
use crate::crowd::Crowd;
use crate::peer::{Peer, Programs, Publisher, sessions};
use crate::process::allowed_files;

/// What is aimed at.
const MOST: usize = 100_000;
/// What is open beside connections.
const OTHERS: usize = 200;
/// One address has no more ports than this to spare.
const OF_ONE_ADDRESS: usize = 20_000;
/// How long nothing happens: each connection is told of one tick meanwhile.
const SILENCE: Duration = Duration::from_secs(30);
const CHANGES: usize = 5;

/// How many connections one process may have here.
fn connections() -> usize {
    let allowed = allowed_files().map_or(MOST, |most| most.saturating_sub(OTHERS));
    allowed.min(MOST)
}

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::less("time until the last is told", "ms"),
        Column::less("server CPU per delivery", "µs"),
        Column::less("memory of each", "KB"),
        Column::beside("memory of all", "MB"),
        Column::less("CPU while nothing happens", "% of one core"),
        Column::beside("connections", ""),
        Column::beside("told", "%"),
        Column::beside("time to let all in", "s"),
    ]
}

pub(super) fn about() -> String {
    let here = connections();
    let most = match here {
        MOST => String::new(),
        _ => format!(
            " One process may have {} open files on this machine, so there are {} and not {}.",
            count(here + OTHERS),
            count(here),
            count(MOST)
        ),
    };
    format!(
        "{} subscribers on one server, from an address for every {} of them: what they take while nothing happens but \
         ticks, for {} s, and how long one change takes until the last of them has been told, the median of {CHANGES}.{most}",
        count(here),
        count(OF_ONE_ADDRESS),
        SILENCE.as_secs()
    )
}

/// Plain protocol 4 tells everybody of everybody who comes, and socket.io and OpenClaw take minutes for so many.
pub(super) fn is_about(peer: Peer) -> bool {
    matches!(
        peer,
        Peer::Sessionwire | Peer::Bun | Peer::Ws | Peer::Axum | Peer::Floor
    )
}

pub(super) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let bytes = frame_bytes(programs).await?;
    let running = peer.start(programs).await?;
    let (server, dialect) = (&running.server, peer.dialect());
    let mut publisher = Publisher::new(dialect, server.address, &sessions(1), bytes).await?;
    let before = server.memory()? as f64;
    let connections = connections();
    let start = Instant::now();
    let opening = (0..connections).map(|number| {
        let from = Ipv4Addr::from_bits(
            Ipv4Addr::LOCALHOST.to_bits() + 1 + (number / OF_ONE_ADDRESS) as u32,
        );
        dialect.subscriber_from(from, server.address)
    });
    let mut crowd = Crowd::new(Vec::new(), dialect.needle());
    let mut opening = std::pin::pin!(stream::iter(opening).buffer_unordered(crate::peer::AT_ONCE));
    while let Some(socket) = opening.try_next().await? {
        crowd.join(socket);
    }
    let let_in = start.elapsed();
    crowd.quiet().await;
    let after = server.memory()? as f64;

    let cpu = server.cpu()?;
    sleep(SILENCE).await;
    let silent = server.cpu()? - cpu;

    let cpu = server.cpu()?;
    for _ in 0..CHANGES {
        crowd.sending(publisher.next(1), connections);
        publisher.send(1).await?;
        publisher.made().await?;
        crowd.settle().await;
    }
    let cpu = server.cpu()? - cpu;
    let told = crowd.told();
    let last = told.last.get(told.last.len() / 2);
    let last = last.context("no change was told to everybody")?;
    Ok(vec![
        last.as_secs_f64() * 1e3,
        cpu.as_secs_f64() * 1e6 / told.deliveries as f64,
        (after - before) / connections as f64 / 1e3,
        after / 1e6,
        silent.as_secs_f64() / SILENCE.as_secs_f64() * 100.0,
        connections as f64,
        told.deliveries as f64 / (connections * CHANGES) as f64 * 100.0,
        let_in.as_secs_f64(),
    ])
}
