//! The embedded store: one SQLite database in WAL mode, written by one connection.

mod changes;
mod devices;
mod migrations;
mod search;
mod sessions;
mod values;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use sessionwire_protocol::{SessionKey, TranscriptMessage};
use uuid::Uuid;

use self::changes::{forget, read_journal, read_tombstones, write_change, write_entry};
use self::migrations::migrate;
use self::values::{read_meta, to_sql, write_meta};
use super::folder::{DATABASE, Lock, lock, private_file};
use super::{Found, Loaded, Opened, Store, StoreError, Transcripts};
use crate::device::DeviceChanges;
use crate::goal::Operation;
use crate::journal::Entry;

/// More than are prepared in all.
const STATEMENTS: usize = 32;
/// So many entries of the journal are forgotten at a time: those that a commit adds stand elsewhere in the database than
/// the oldest, so each time costs as much as a change of its own.
const FORGOTTEN_TOGETHER: u64 = 256;

/// Opens the database in a folder, which no other process may have open, and makes it where there is none.
///
/// `tombstones` is how many sessions that are gone it remembers.
pub fn open(folder: &Path, tombstones: usize) -> Result<Opened, StoreError> {
    let lock = lock(folder)?;
    let path = folder.join(DATABASE);
    private_file(&path)?;
    let mut writer = Connection::open(&path)?;
    writer.pragma_update(None, "journal_mode", "wal")?;
    writer.pragma_update(None, "synchronous", "full")?;
    writer.set_prepared_statement_cache_capacity(STATEMENTS);
    make_durable(&writer)?;
    migrate(&mut writer)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open_reader = || Connection::open_with_flags(&path, flags).map(Mutex::new);
    Ok(Opened {
        store: Box::new(Writer {
            connection: writer,
            tombstones,
            forgotten: 0,
            _lock: lock,
        }),
        transcripts: Arc::new(Reader {
            transcripts: open_reader()?,
            search: open_reader()?,
        }),
    })
}

struct Writer {
    connection: Connection,
    tombstones: usize,
    /// The offset up to which the journal was forgotten.
    forgotten: u64,
    _lock: Lock,
}

struct Reader {
    transcripts: Mutex<Connection>,
    /// Apart from the other, because a search may take its time.
    search: Mutex<Connection>,
}

impl Writer {
    /// Writes all of it, or nothing.
    fn write(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        work(&transaction)?;
        Ok(transaction.commit()?)
    }

    fn write_entries(
        &mut self,
        entries: &[Arc<Entry>],
        devices: &DeviceChanges,
        forgotten: Option<u64>,
    ) -> Result<(), StoreError> {
        let tombstones = self.tombstones;
        self.write(|connection| {
            devices::write(connection, devices)?;
            for entry in entries {
                write_change(connection, entry, tombstones)?;
                write_entry(connection, entry)?;
            }
            match forgotten {
                Some(offset) => forget(connection, offset),
                None => Ok(()),
            }
        })
    }
}

impl Store for Writer {
    fn load(&mut self, journal_capacity: usize) -> Result<Loaded, StoreError> {
        let transaction = self.connection.transaction()?;
        let tail = read_meta(&transaction, "tail")?;
        let tail: Option<u64> = tail.map(|text| serde_json::from_str(&text)).transpose()?;
        self.forgotten = tail.unwrap_or_default();
        let groups = read_meta(&transaction, "groups")?
            .map(|text| serde_json::from_str(&text))
            .transpose()?;
        let epoch = match read_meta(&transaction, "epoch")? {
            Some(epoch) => epoch,
            None => {
                let epoch = Uuid::new_v4().simple().to_string();
                write_meta(&transaction, "epoch", &epoch)?;
                write_meta(&transaction, "tail", "0")?;
                epoch
            }
        };
        let sessions = sessions::read(&transaction)?;
        let mut journal = read_journal(&transaction, journal_capacity + 1, &sessions)?;
        let tail = match journal.len() > journal_capacity {
            true => journal.remove(0).offset,
            // The first version kept no tail, and left no offsets out.
            false => tail
                .or_else(|| Some(journal.first()?.offset - 1))
                .unwrap_or(0),
        };
        let gone = read_tombstones(&transaction)?;
        let devices = devices::read(&transaction)?;
        transaction.commit()?;
        // Nobody reads all of them again.
        self.connection.execute_batch("PRAGMA shrink_memory")?;
        Ok(Loaded {
            epoch,
            tail,
            journal,
            sessions,
            groups: groups.unwrap_or_default(),
            gone,
            devices,
        })
    }

    fn commit(
        &mut self,
        entries: &[Arc<Entry>],
        devices: &DeviceChanges,
        forgotten: u64,
    ) -> Result<(), StoreError> {
        let is_due = forgotten >= self.forgotten + FORGOTTEN_TOGETHER;
        let forgotten = is_due.then_some(forgotten);
        let written = self.write_entries(entries, devices, forgotten);
        if written.is_err() {
            // A commit that only failed to sync stands whole in the log, where the next start would find it.
            // Whatever is written next takes its place there, synced or not.
            let _also_failed = self.probe();
            return written;
        }
        self.forgotten = forgotten.unwrap_or(self.forgotten);
        written
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        // An equal value in the place of another would leave nothing to write.
        self.write(|connection| write_meta(connection, "probe", &Uuid::new_v4().to_string()))
    }

    fn has_message(&mut self, key: &SessionKey, idempotency_key: &str) -> Result<bool, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT 1 FROM messages WHERE session_key = ?1 AND idempotency_key = ?2",
        )?;
        Ok(select.exists(params![key.as_str(), idempotency_key])?)
    }

    fn operation(&mut self, key: &SessionKey, id: &str) -> Result<Option<Operation>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT operation FROM goal_operations WHERE session_key = ?1 AND operation_id = ?2",
        )?;
        let text: Option<String> = select
            .query_row(params![key.as_str(), id], |row| row.get(0))
            .optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}

impl Transcripts for Reader {
    fn newest(
        &self,
        key: &SessionKey,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<TranscriptMessage>, bool), StoreError> {
        let connection = self
            .transcripts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut select = connection.prepare_cached(
            "SELECT message FROM messages WHERE session_key = ?1 ORDER BY seq DESC LIMIT ?2 OFFSET ?3",
        )?;
        let mut rows = select.query(params![
            key.as_str(),
            to_sql((limit as u64).saturating_add(1)),
            to_sql(offset as u64)
        ])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            messages.push(serde_json::from_str(
                row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?,
            )?);
        }
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        messages.reverse();
        Ok((messages, has_more))
    }

    fn search(
        &self,
        text: &str,
        keys: Option<&[SessionKey]>,
        limit: usize,
    ) -> Result<(Vec<Found>, bool), StoreError> {
        let connection = self.search.lock().unwrap_or_else(PoisonError::into_inner);
        search::messages(&connection, text, keys, limit)
    }
}

/// A process that was killed may have written what it never synced. Nobody may be told of that before it is on
/// the disk, so it is copied out of the log.
fn make_durable(connection: &Connection) -> Result<(), StoreError> {
    match connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        // The log was synced before there was no room for copies.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Ok(()),
        done => Ok(done?),
    }
}
