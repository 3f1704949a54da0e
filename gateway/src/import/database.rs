//! One of OpenClaw's databases, opened so that nothing of its folder is written.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};
use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::copy::{Copy, logs};
use super::error::SourceError;

/// The bytes of a database's file that SQLite locks, on any system.
const LOCKED_BYTES: (u64, u64) = (0x4000_0000, 512);

/// A database that nobody else has open.
pub(super) struct Database {
    path: PathBuf,
    connection: Connection,
    states: Vec<State>,
    _copy: Option<Copy>,
}

/// A file and what it looked like.
type State = (PathBuf, u64, Option<SystemTime>);

impl Database {
    /// Opens a database with this version of its schema.
    ///
    /// One without a log is read in its place, and SQLite promised that it does not change, so it makes no files
    /// beside it. What a log holds is not in the database yet, and SQLite reads a log only with a file for its
    /// index, so such a database is copied and the copy read.
    pub(super) fn open(path: &Path, schema: i64) -> Result<Self, SourceError> {
        let failed = |error| SourceError::file(path, error);
        let file = File::open(path).map_err(failed)?;
        let probe = Flock {
            start: LOCKED_BYTES.0,
            length: LOCKED_BYTES.1,
            ..Flock::from(FlockType::WriteLock)
        };
        let holder = fcntl_getlk(&file, &probe).map_err(|error| failed(error.into()))?;
        if holder.is_some() {
            return Err(SourceError::InUse(path.to_owned()));
        }
        let states = states(path);
        let copy = match logs(path)[..] {
            [] => None,
            _ => Some(Copy::of(path).map_err(failed)?),
        };
        let corrupt = |error| SourceError::corrupt(path, error);
        let connection = match &copy {
            Some(copy) => {
                Connection::open(copy.folder().join(path.file_name().unwrap_or_default()))
            }
            None => Connection::open_with_flags(
                uri(path),
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
            ),
        };
        let database = Self {
            path: path.to_owned(),
            connection: connection.map_err(corrupt)?,
            states,
            _copy: copy,
        };
        database.check(schema)?;
        Ok(database)
    }

    /// For queries.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A query of it failed.
    pub(super) fn corrupt(&self, error: rusqlite::Error) -> SourceError {
        SourceError::corrupt(&self.path, error)
    }

    /// Fails if somebody wrote it since it was opened: what was read may then be torn.
    pub(super) fn check_untouched(&self) -> Result<(), SourceError> {
        if states(&self.path) == self.states {
            return Ok(());
        }
        Err(SourceError::Changed(self.path.clone()))
    }

    fn check(&self, schema: i64) -> Result<(), SourceError> {
        let found = self
            .connection
            .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
            .map_err(|error| self.corrupt(error))?;
        if found != schema {
            let path = self.path.clone();
            return Err(SourceError::Schema {
                path,
                found,
                known: schema,
            });
        }
        let sound: String = self
            .connection
            .pragma_query_value(None, "quick_check", |row| row.get(0))
            .map_err(|error| self.corrupt(error))?;
        if sound != "ok" {
            return Err(SourceError::Corrupt {
                path: self.path.clone(),
                what: sound.into(),
            });
        }
        Ok(())
    }
}

fn states(path: &Path) -> Vec<State> {
    let files = [path.to_owned()].into_iter().chain(logs(path));
    files
        .map(|file| match fs::metadata(&file) {
            Ok(found) => (file, found.len(), found.modified().ok()),
            Err(_) => (file, 0, None),
        })
        .collect()
}

fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'?' | b'#' | b'%' => uri += &format!("%{byte:02x}"),
            byte if byte.is_ascii() => uri.push(char::from(*byte)),
            byte => uri += &format!("%{byte:02x}"),
        }
    }
    uri + "?immutable=1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_between_opening_and_reading_is_noticed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Every kind of character that an address treats in its own way.
        let path = folder.path().join("100% of?it#é.sqlite");
        let writer = Connection::open(&path).expect("it opens");
        let made = writer.execute_batch("CREATE TABLE t (x); PRAGMA user_version = 1;");
        made.expect("it is SQL");
        let database = Database::open(&path, 1).expect("nobody reads or writes it");
        assert!(database.check_untouched().is_ok());
        let filled = writer.execute_batch(
            "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000) SELECT x FROM n;",
        );
        filled.expect("it is SQL");
        let noticed = database.check_untouched();
        assert!(matches!(noticed, Err(SourceError::Changed(changed)) if changed == path));
    }
}
