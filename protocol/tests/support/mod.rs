//! Fixtures, and what comes of reading and writing them.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The files of one folder of fixtures, in order.
pub(crate) fn fixtures(kind: &str) -> Vec<(PathBuf, String)> {
    let mut paths: Vec<_> = fs::read_dir(folder(kind))
        .expect("the fixtures are there")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).expect("it is text")))
        .collect()
}

/// Where the fixtures of one kind are.
pub(crate) fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(kind)
}

/// What becomes of JSON text that is read as a `T` and written again.
pub(crate) fn rewrite<T: DeserializeOwned + Serialize>(text: &str) -> Result<Value, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// Text that must be JSON.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}
