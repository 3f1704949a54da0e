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

/// Keeps all others from opening the database in a folder, for as long as it is held.
#[derive(Debug)]
pub struct Lock(File);

/// Closing the file is not enough: a program that is being started at that moment has a copy of it for a while.
impl Drop for Lock {
    fn drop(&mut self) {
        // Closed, it is let go of in the end.
        let _soon = self.0.unlock();
    }
}

/// Locks a folder; fails where somebody else has.
pub fn lock(folder: &Path) -> Result<Lock, StoreError> {
    let path = folder.join("lock");
    let name = path.display().to_string();
    let file = File::create(&path).map_err(|error| StoreError::File {
        path: name.clone(),
        error,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_until_it_is_let_go_of_whoever_has_a_copy_of_the_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let held = lock(folder.path()).expect("nobody has it");
        let refused = lock(folder.path());
        assert!(matches!(refused, Err(StoreError::InUse(_))), "{refused:?}");
        let copy = held.0.try_clone().expect("it is open");
        drop(held);
        lock(folder.path()).expect("nobody has it");
        drop(copy);
    }
}
