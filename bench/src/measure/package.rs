//! The npm package: what it takes from a frame to the callbacks, and what a browser downloads.
//!
//! Node measures both: frames beside `JSON.parse` of the same frames, in the same process and in turn.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sessionwire_bench_report::{Column, Role, Row};
use tokio::process::Command;

use super::Plan;

pub(super) fn decoding() -> Vec<Column> {
    vec![
        Column::less("a change, 0.5 KB", "µs"),
        Column::less("a snapshot of 100 rows, 50 KB", "µs"),
    ]
}

pub(super) fn sizes() -> Vec<Column> {
    vec![
        Column::less("all, gzipped", "KB"),
        Column::beside("wasm", "KB"),
        Column::beside("JavaScript", "KB"),
    ]
}

#[derive(Deserialize)]
struct Decoded {
    delta: Times,
    snapshot: Times,
}

#[derive(Deserialize)]
struct Times {
    own: f64,
    limit: f64,
}

#[derive(Deserialize)]
struct Size {
    name: String,
    wasm: f64,
    code: f64,
}

/// From the socket's text to the callbacks: decode, apply, call.
pub(super) async fn decode(plan: &Plan) -> Result<Vec<Row>> {
    let (mut limit, mut own) = (Vec::new(), Vec::new());
    for run in 1..=plan.runs {
        eprintln!("Decode: run {run} of {}", plan.runs);
        let decoded: Decoded = node("decode.mjs", &[&plan.programs.package]).await?;
        limit.push(vec![
            Some(decoded.delta.limit),
            Some(decoded.snapshot.limit),
        ]);
        own.push(vec![Some(decoded.delta.own), Some(decoded.snapshot.own)]);
    }
    Ok(vec![
        row("sessionwire", Role::Own, own),
        row("limit: `JSON.parse` of the same frames", Role::Limit, limit),
    ])
}

/// What a browser downloads.
pub(super) async fn size(plan: &Plan) -> Result<Vec<Row>> {
    let programs = &plan.programs;
    let mut folders = vec![programs.package.as_path()];
    // With the peers that are servers come those that are clients.
    if programs.openclaw.is_some() {
        folders.push(&programs.peers);
    }
    let sizes: Vec<Size> = node("size.mjs", &folders).await?;
    let rows = sizes.into_iter().enumerate().map(|(index, size)| {
        let role = if index == 0 { Role::Own } else { Role::Peer };
        let figures = [size.wasm + size.code, size.wasm, size.code];
        let kilobytes = figures.map(|bytes| Some(bytes / 1e3));
        row(&size.name, role, vec![kilobytes.to_vec()])
    });
    Ok(rows.collect())
}

fn row(name: &str, role: Role, runs: Vec<Vec<Option<f64>>>) -> Row {
    Row {
        server: name.to_owned(),
        role,
        runs,
    }
}

/// Runs a script, and reads what it prints.
async fn node<T: DeserializeOwned>(script: &str, folders: &[&Path]) -> Result<T> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("npm")
        .join(script);
    let folders = folders.iter().map(std::path::absolute);
    let output = Command::new("node")
        .arg(&script)
        .args(folders.collect::<Result<Vec<_>, _>>()?)
        .output()
        .await
        .context("cannot start Node.js")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", script.display(), said.trim());
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} printed no figures", script.display()))
}
