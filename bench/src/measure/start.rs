//! How long a server takes until it listens, and what it holds then.

use std::time::Instant;

use anyhow::Result;
use sessionwire_bench_report::Column;

use crate::peer::{Peer, Programs, Running};

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::less("until it listens", "ms"),
        Column::less("memory then", "MB"),
    ]
}

pub(super) fn about() -> String {
    "On an empty store, until the port is open and clients are let in.".to_owned()
}

pub(super) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let (running, time) = timed(peer.start(programs)).await?;
    Ok(vec![time, running.server.memory()? as f64 / 1e6])
}

/// A server, and the milliseconds until it listened.
pub(super) async fn timed(
    starting: impl Future<Output = Result<Running>>,
) -> Result<(Running, f64)> {
    let start = Instant::now();
    let running = starting.await?;
    Ok((running, start.elapsed().as_secs_f64() * 1e3))
}
