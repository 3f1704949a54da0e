//! A gateway with many sessions: its start, its memory, a live window, and durable changes.

use std::time::Instant;

use anyhow::Result;
use serde_json::json;
use sessionwire_bench_report::Column;

use super::{Plan, start, writes};
use crate::peer::{Peer, request};

pub(super) fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column::less("until it listens", "ms"),
        Column::less("processor until then", "ms"),
        Column::less("memory then", "MB"),
        Column::less("memory after lists of 5,000 and searches", "MB"),
        Column::less("a live window of 50", "ms"),
        Column::less("a live window of 50 by label", "ms"),
        Column::less("a live window of 50 that are found", "ms"),
    ];
    columns.extend(writes::columns());
    columns
}

pub(super) fn about() -> String {
    "A gateway on a store that it has filled by `sessions.create` and `sessions.patch`.".to_owned()
}

pub(super) async fn measure(sessions: usize, peer: Peer, plan: &Plan) -> Result<Vec<f64>> {
    if peer == Peer::Floor {
        let mut figures = vec![f64::NAN; 7];
        figures.extend(writes::measure_disk()?);
        return Ok(figures);
    }
    // Whoever fills the store is not what is measured.
    let starting = || plan.filled.start(peer, sessions, &plan.programs);
    starting().await?.stop().await?;
    let (running, time) = start::timed(starting()).await?;
    let memory = || Ok::<_, anyhow::Error>(running.server.memory()? as f64 / 1e6);
    let mut figures = vec![time, running.server.cpu()?.as_secs_f64() * 1e3, memory()?];
    let dialect = peer.dialect();
    let mut socket = dialect.connect(running.server.address).await?;
    for params in [
        json!({"limit": 5_000}),
        json!({"limit": 200, "search": "harbour"}),
        json!({"limit": 200, "sortBy": "activity"}),
    ] {
        request(&mut socket, "sessions.list", params).await?;
    }
    figures.push(memory()?);
    for (id, params) in [
        ("window", json!({"limit": 50})),
        (
            "named",
            json!({"limit": 50, "sortBy": if peer == Peer::Sessionwire { "label" } else { "updatedAt" }}),
        ),
        ("found", json!({"limit": 50, "search": "harbour plan"})),
    ] {
        let mut params = params;
        if peer == Peer::Sessionwire {
            params["subscription"] = id.into();
        }
        let start = Instant::now();
        request(&mut socket, "sessions.subscribe", params).await?;
        figures.push(start.elapsed().as_secs_f64() * 1e3);
    }
    drop(socket);
    figures.extend(writes::measure_on(&running, peer).await?);
    running.stop().await?;
    Ok(figures)
}
