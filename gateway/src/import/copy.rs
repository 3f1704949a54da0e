//! A private copy of a database, for what must not be written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What SQLite keeps beside a database and has not yet put into it.
const LOGS: [&str; 2] = ["-wal", "-journal"];

/// A database with its logs in a folder that goes with it.
pub(super) struct Copy {
    folder: TempDir,
}

impl Copy {
    /// Copies a database that nobody writes meanwhile; without one the folder is empty.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("sessionwire-").tempdir()?;
        let name = database.file_name().unwrap_or_default();
        if database.exists() {
            fs::copy(database, folder.path().join(name))?;
        }
        for log in logs(database) {
            fs::copy(
                &log,
                folder.path().join(log.file_name().unwrap_or_default()),
            )?;
        }
        Ok(Self { folder })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The logs of a database that hold something.
pub(super) fn logs(database: &Path) -> Vec<PathBuf> {
    let beside = LOGS.iter().map(|suffix| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    });
    beside
        .filter(|log| fs::metadata(log).is_ok_and(|log| log.len() > 0))
        .collect()
}
