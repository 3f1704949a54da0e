//! Folders with the data of servers.

use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

/// A folder that is there as long as this is, or longer.
pub(crate) struct Folder {
    path: PathBuf,
    _temporary: Option<TempDir>,
}

impl Folder {
    /// An empty one that goes with this.
    pub(crate) fn temporary() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            path: folder.path().to_owned(),
            _temporary: Some(folder),
        })
    }

    /// One that stays.
    pub(crate) fn lasting(path: PathBuf) -> Self {
        Self {
            path,
            _temporary: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
