//! Durable changes, one after the other and many at a time.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use sessionwire_bench_report::Column;

use super::quantile;
use crate::peer::{Peer, Programs, Publisher, Running, sessions};

const ONE_BY_ONE: usize = 300;
const SESSIONS: usize = 64;
const IN_FLIGHT: usize = 64;
/// How long changes are kept in flight.
const LONG: Duration = Duration::from_secs(3);

/// What a change takes in a store, about.
const BYTES: usize = 300;

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::less("one change, median", "ms"),
        Column::more("64 in flight", "changes per second"),
        Column::less("one change, 99 %", "ms"),
    ]
}

pub(super) fn about() -> String {
    format!(
        "`sessions.patch` of a label, in a store of {SESSIONS} sessions, by one client: one change after the other, and \
         {IN_FLIGHT} in flight. The limit appends {BYTES} bytes to a file and calls `fdatasync`, once for all in flight. \
         The one made durable first is a thread that reads frames, commits them to SQLite, those that came together as \
         one row, and sends them back."
    )
}

pub(super) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    if peer == Peer::Floor {
        return measure_disk();
    }
    measure_on(&peer.start(programs).await?, peer).await
}

/// The same on a server that runs already.
pub(super) async fn measure_on(running: &Running, peer: Peer) -> Result<Vec<f64>> {
    let (address, sessions) = (running.server.address, sessions(SESSIONS));
    let mut publisher = Publisher::new(peer.dialect(), address, &sessions, 0).await?;
    let mut times = Vec::with_capacity(ONE_BY_ONE);
    for _ in 0..ONE_BY_ONE {
        let start = Instant::now();
        publisher.send(1).await?;
        publisher.made().await?;
        times.push(start.elapsed());
    }
    let start = Instant::now();
    publisher.send(IN_FLIGHT).await?;
    let mut made = 0;
    while start.elapsed() < LONG {
        publisher.made().await?;
        publisher.send(1).await?;
        made += 1;
    }
    Ok(figures(times, made, start.elapsed()))
}

/// The limit: appended to a file and on the disk, those in flight together.
pub(super) fn measure_disk() -> Result<Vec<f64>> {
    let mut file = tempfile::tempfile()?;
    let mut append = |changes: usize| -> Result<()> {
        file.write_all(&vec![b'x'; changes * BYTES])?;
        Ok(file.sync_data()?)
    };
    let mut times = Vec::with_capacity(ONE_BY_ONE);
    for _ in 0..ONE_BY_ONE {
        let start = Instant::now();
        append(1)?;
        times.push(start.elapsed());
    }
    let start = Instant::now();
    let mut made = 0;
    while start.elapsed() < LONG {
        append(IN_FLIGHT)?;
        made += IN_FLIGHT;
    }
    Ok(figures(times, made, start.elapsed()))
}

fn figures(mut times: Vec<Duration>, made: usize, wall: Duration) -> Vec<f64> {
    times.sort_unstable();
    vec![
        quantile(&times, 0.5),
        made as f64 / wall.as_secs_f64(),
        quantile(&times, 0.99),
    ]
}
