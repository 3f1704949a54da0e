//! What connections that ask for nothing take.

use anyhow::Result;
use sessionwire_bench_report::Column;

use crate::peer::{Peer, Programs};
use crate::process::demand_files;

pub(super) static COLUMNS: [Column; 4] = [
    Column::less("each", "KB"),
    Column::beside("connections", "count"),
    Column::beside("without connections", "MB"),
    Column::beside("with them", "MB"),
];

/// As many as OpenClaw lets in within a minute.
const OPENCLAW: usize = 2_000;

pub(super) fn about(connections: usize) -> String {
    let openclaw = if connections > OPENCLAW {
        format!(" OpenClaw has {OPENCLAW}.")
    } else {
        String::new()
    };
    format!(
        "{connections} connections that are let in and ask for nothing. It is the memory of the server's process (resident, \
         shared pages in part); what the kernel keeps for each socket is not in it.{openclaw}"
    )
}

/// Measures so many connections.
pub(super) async fn measure(
    connections: usize,
    peer: Peer,
    programs: &Programs,
) -> Result<Vec<f64>> {
    let connections = peer.as_many(connections, OPENCLAW.min(connections));
    demand_files(connections)?;
    let running = peer.start(programs).await?;
    let dialect = peer.dialect();
    // What is only there once somebody has connected is not the connections' own.
    drop(dialect.idlers(running.server.address, 1).await?);
    let before = running.server.memory()? as f64;
    let idlers = dialect.idlers(running.server.address, connections).await?;
    let after = running.server.memory()? as f64;
    drop(idlers);
    let each = (after - before) / connections as f64;
    Ok(vec![
        each / 1e3,
        connections as f64,
        before / 1e6,
        after / 1e6,
    ])
}
