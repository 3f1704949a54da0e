//! What connections that ask for nothing take.

use std::pin::pin;

use anyhow::Result;
use futures_util::TryStreamExt as _;
use sessionwire_bench_report::{Column, count};

use crate::crowd::Crowd;
use crate::peer::{Dialect, Peer, Programs};
use crate::process::demand_files;

/// More than this, and those who are told of everybody who comes are told too much.
const TOLD_OF_ALL: usize = 2_000;

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::less("each", "KB"),
        Column::beside("without connections", "MB"),
        Column::beside("with them", "MB"),
    ]
}

pub(super) fn about(connections: usize) -> String {
    let left_out = if connections > TOLD_OF_ALL {
        " Plain protocol 4, and so OpenClaw, is left out: there everybody is told of everybody who comes."
    } else {
        ""
    };
    format!(
        "{} connections that are let in and ask for nothing; what they are told they read. It is the memory of the \
         server's process (resident, shared pages in part); what the kernel keeps for each socket is not in it.\
         {left_out}",
        count(connections)
    )
}

/// Whether so many connections to a server can be measured.
pub(super) fn is_about(connections: usize, peer: Peer) -> bool {
    peer != Peer::DurableFloor && (connections <= TOLD_OF_ALL || peer.dialect() != Dialect::Plain)
}

/// Measures so many connections.
pub(super) async fn measure(
    connections: usize,
    peer: Peer,
    programs: &Programs,
) -> Result<Vec<f64>> {
    demand_files(connections)?;
    let running = peer.start(programs).await?;
    let dialect = peer.dialect();
    // What is only there once somebody has connected is not the connections' own.
    drop(dialect.connect(running.server.address).await?);
    running.server.calm().await?;
    let before = running.server.memory()? as f64;
    // What they are told of each other they read; else it would be the server's to keep.
    let mut crowd = Crowd::new(Vec::new(), dialect.needle());
    let mut idlers = pin!(dialect.idlers(running.server.address, connections));
    while let Some(socket) = idlers.try_next().await? {
        crowd.join(socket);
    }
    crowd.quiet().await;
    running.server.calm().await?;
    let after = running.server.memory()? as f64;
    let each = (after - before) / connections as f64;
    Ok(vec![each / 1e3, before / 1e6, after / 1e6])
}
