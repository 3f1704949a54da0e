//! How long a server takes until it listens, and what it holds then.

use std::time::Instant;

use anyhow::Result;

use crate::peer::{Peer, Programs};
use crate::table::Column;

pub(super) static COLUMNS: [Column; 2] = [
    Column::less("until it listens", "ms"),
    Column::less("memory then", "MB"),
];

pub(super) fn about() -> String {
    "On an empty store, until the port is open and clients are let in.".to_owned()
}

pub(super) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let start = Instant::now();
    let running = peer.start(programs).await?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    Ok(vec![time, running.server.memory()? as f64 / 1e6])
}
