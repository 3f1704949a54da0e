//! Durable changes, one after the other and many at a time.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::peer::{Peer, Programs};
use crate::table::Column;

pub(crate) const COLUMNS: [Column; 3] = [
    Column { name: "one change, median", unit: "ms" },
    Column { name: "one change, 99 %", unit: "ms" },
    Column { name: "64 in flight", unit: "changes per second" },
];

const ONE_BY_ONE: usize = 300;
const IN_FLIGHT: usize = 64;

pub(crate) async fn measure(peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
    let running = peer.start(programs).await?;
    let mut publisher = peer.dialect().publisher(running.server.address, 0).await?;
    let mut times = Vec::with_capacity(ONE_BY_ONE);
    for _ in 0..ONE_BY_ONE {
        let start = Instant::now();
        publisher.send(1).await?;
        publisher.made().await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let start = Instant::now();
    publisher.send(IN_FLIGHT).await?;
    let mut made = 0;
    while start.elapsed() < Duration::from_secs(3) {
        publisher.made().await?;
        publisher.send(1).await?;
        made += 1;
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(vec![
        milliseconds(times[ONE_BY_ONE / 2]),
        milliseconds(times[ONE_BY_ONE * 99 / 100]),
        f64::from(made) / start.elapsed().as_secs_f64(),
    ])
}
