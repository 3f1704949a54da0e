//! What connections that ask for nothing take.

use anyhow::Result;

use crate::peer::{Peer, Programs};
use crate::table::Column;

pub(super) const COLUMNS: [Column; 3] = [
    Column {
        name: "without connections",
        unit: "MB",
    },
    Column {
        name: "with them",
        unit: "MB",
    },
    Column {
        name: "each",
        unit: "KB",
    },
];

/// Measures so many connections.
pub(super) async fn measure(
    connections: usize,
    peer: Peer,
    programs: &Programs,
) -> Result<Vec<f64>> {
    let running = peer.start(programs).await?;
    let dialect = peer.dialect();
    // What is only there once somebody has connected is not the connections' own.
    drop(dialect.idlers(running.server.address, 1).await?);
    let before = running.server.memory()? as f64;
    let idlers = dialect.idlers(running.server.address, connections).await?;
    let after = running.server.memory()? as f64;
    drop(idlers);
    let each = (after - before) / connections as f64;
    Ok(vec![before / 1e6, after / 1e6, each / 1e3])
}
