//! The npm package: what it takes from a frame to the callbacks, and what a browser downloads.
//!
//! Node measures both: frames beside `JSON.parse` of the same frames, in the same process and in turn.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::process::Command;

use super::{Measured, Plan};
use crate::table::Column;

pub(super) const DECODING: [Column; 2] = [
    Column {
        name: "a change, 0.75 KB",
        unit: "µs",
    },
    Column {
        name: "a snapshot of 100 rows, 50 KB",
        unit: "µs",
    },
];

pub(super) const SIZES: [Column; 3] = [
    Column {
        name: "all, gzipped",
        unit: "KB",
    },
    Column {
        name: "wasm",
        unit: "KB",
    },
    Column {
        name: "JavaScript",
        unit: "KB",
    },
];

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
pub(super) async fn decode(plan: &Plan) -> Result<Vec<Measured>> {
    let (mut limit, mut own) = (Vec::new(), Vec::new());
    for run in 1..=plan.runs {
        eprintln!("Decode: run {run} of {}", plan.runs);
        let decoded: Decoded = node("decode.mjs", &[&plan.programs.package]).await?;
        limit.push(vec![decoded.delta.limit, decoded.snapshot.limit]);
        own.push(vec![decoded.delta.own, decoded.snapshot.own]);
    }
    Ok(vec![
        ("limit: `JSON.parse` of the same frames".to_owned(), limit),
        ("sessionwire".to_owned(), own),
    ])
}

/// What a browser downloads.
pub(super) async fn size(plan: &Plan) -> Result<Vec<Measured>> {
    let programs = &plan.programs;
    let mut folders = vec![programs.package.as_path()];
    // With the peers that are servers come those that are clients.
    if programs.openclaw.is_some() {
        folders.push(&programs.peers);
    }
    let sizes: Vec<Size> = node("size.mjs", &folders).await?;
    let figures = |size: Size| {
        let figures = [size.wasm + size.code, size.wasm, size.code];
        (size.name, vec![figures.map(|bytes| bytes / 1e3).to_vec()])
    };
    Ok(sizes.into_iter().map(figures).collect())
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
