//! The least that makes something durable: one row for all that came together, in SQLite as the gateway has it set.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

pub(super) struct Log {
    connection: Connection,
}

impl Log {
    /// An empty one in this folder.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let connection = Connection::open(folder.join("log.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch("CREATE TABLE log (number INTEGER PRIMARY KEY, bytes BLOB)")?;
        Ok(Self { connection })
    }

    /// When this returns, the bytes are on the disk.
    pub(super) fn append(&self, bytes: &[u8]) -> Result<()> {
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO log (bytes) VALUES (?1)")?;
        insert.execute([bytes])?;
        Ok(())
    }
}
