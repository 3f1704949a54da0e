//! The data folder and its files: for their owner only, and for one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::StoreError;

/// The database in its folder.
pub const DATABASE: &str = "sessions.sqlite";

/// Makes the folder where there is none, for its owner only.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StoreError::File {
        path: folder.display().to_string(),
        error,
    })
}

/// Keeps all other processes from opening the database in a folder, for as long as the file is held.
pub fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let name = path.display().to_string();
    let file = File::create(&path).map_err(|error| StoreError::File {
        path: name.clone(),
        error,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.display().to_string())),
        Err(TryLockError::Error(error)) => Err(StoreError::File { path: name, error }),
    }
}

/// Makes the file before the database does, for its owner only; the files beside it get the same rights.
pub(super) fn private_file(path: &Path) -> Result<(), StoreError> {
    let opened = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    opened.map(drop).map_err(|error| StoreError::File {
        path: path.display().to_string(),
        error,
    })
}
