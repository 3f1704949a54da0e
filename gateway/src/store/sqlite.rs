//! The embedded store: one SQLite database in WAL mode, written by one connection.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, params};
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{Millis, SessionKey, TranscriptMessage};
use uuid::Uuid;

use super::folder::{DATABASE, lock, private_file};
use super::{Found, Loaded, Opened, Store, StoreError, Transcripts, devices, search};
use crate::change::Change;
use crate::device::DeviceChanges;
use crate::goal::{OPERATION_LIFE, Operation};
use crate::journal::Entry;

/// What leads from each version of the schema to the next; the first from nothing.
const MIGRATIONS: [&str; 3] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
];

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
    make_durable(&writer)?;
    migrate(&mut writer)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open_reader = || Connection::open_with_flags(&path, flags).map(Mutex::new);
    Ok(Opened {
        store: Box::new(Writer {
            connection: writer,
            tombstones,
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
    _lock: File,
}

struct Reader {
    transcripts: Mutex<Connection>,
    /// Apart from the other, because a search may take its time.
    search: Mutex<Connection>,
}

impl Writer {
    fn write(
        &mut self,
        entries: &[Arc<Entry>],
        devices: &DeviceChanges,
        forgotten: u64,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        devices::write(&transaction, devices)?;
        for entry in entries {
            write_change(&transaction, entry, self.tombstones)?;
            transaction
                .prepare_cached(
                    "INSERT INTO journal (entry_offset, at, change) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![
                    to_sql(entry.offset),
                    to_sql(entry.at),
                    serde_json::to_string(&entry.change)?
                ])?;
        }
        let deleted = transaction
            .prepare_cached("DELETE FROM journal WHERE entry_offset <= ?1")?
            .execute([to_sql(forgotten)])?;
        if deleted > 0 {
            write_meta(&transaction, "tail", &forgotten.to_string())?;
        }
        transaction.commit()?;
        Ok(())
    }
}

impl Store for Writer {
    fn load(&mut self, journal_capacity: usize) -> Result<Loaded, StoreError> {
        let transaction = self.connection.transaction()?;
        let tail = read_meta(&transaction, "tail")?;
        let tail: Option<u64> = tail.map(|text| serde_json::from_str(&text)).transpose()?;
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
        let mut sessions = Vec::new();
        let mut select = transaction.prepare("SELECT session FROM sessions")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            sessions.push(serde_json::from_str(
                row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?,
            )?);
        }
        drop(rows);
        drop(select);
        let mut journal = read_journal(&transaction, journal_capacity + 1)?;
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
        let written = self.write(entries, devices, forgotten);
        if written.is_err() {
            // A commit that only failed to sync stands whole in the log, where the next start would find it.
            // Whatever is written next takes its place there, synced or not.
            let _also_failed = self.probe();
        }
        written
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        // An equal value in the place of another would leave nothing to write.
        write_meta(&transaction, "probe", &Uuid::new_v4().to_string())?;
        transaction.commit()?;
        Ok(())
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
            to_sql(limit as u64 + 1),
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

fn read_journal(transaction: &Transaction<'_>, most: usize) -> Result<Vec<Entry>, StoreError> {
    let mut select = transaction.prepare(
        "SELECT entry_offset, at, change FROM journal ORDER BY entry_offset DESC LIMIT ?1",
    )?;
    let mut rows = select.query([to_sql(most as u64)])?;
    let mut journal = Vec::new();
    while let Some(row) = rows.next()? {
        let change: Change =
            serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        journal.push(Entry::new(
            from_sql(row.get(0)?),
            from_sql(row.get(1)?),
            change,
        ));
    }
    journal.reverse();
    Ok(journal)
}

fn read_tombstones(transaction: &Transaction<'_>) -> Result<Vec<SocketDrain>, StoreError> {
    let mut select = transaction.prepare("SELECT drain FROM tombstones ORDER BY id")?;
    let mut rows = select.query([])?;
    let mut gone = Vec::new();
    while let Some(row) = rows.next()? {
        gone.push(serde_json::from_str(
            row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?,
        )?);
    }
    Ok(gone)
}

fn write_tombstone(
    transaction: &Transaction<'_>,
    drain: &SocketDrain,
    most: usize,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO tombstones (drain) VALUES (?1)")?
        .execute([serde_json::to_string(drain)?])?;
    transaction
        .prepare_cached("DELETE FROM tombstones WHERE id <= ?1")?
        .execute([transaction.last_insert_rowid() - to_sql(most as u64)])?;
    Ok(())
}

fn write_change(
    transaction: &Transaction<'_>,
    entry: &Entry,
    tombstones: usize,
) -> Result<(), StoreError> {
    match &entry.change {
        Change::Upserted {
            session, operation, ..
        } => {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO sessions (session_key, session) VALUES (?1, ?2)",
                )?
                .execute(params![
                    session.key.as_str(),
                    serde_json::to_string(session.as_ref())?
                ])?;
            if let Some(operation) = operation {
                write_operation(transaction, operation, entry.at)?;
            }
        }
        Change::Evicted { drain } => {
            transaction
                .prepare_cached("DELETE FROM messages WHERE session_key = ?1")?
                .execute([drain.session_key.as_str()])?;
            if drain.next_lifecycle_revision.is_none() {
                write_tombstone(transaction, drain, tombstones)?;
                transaction
                    .prepare_cached("DELETE FROM sessions WHERE session_key = ?1")?
                    .execute([drain.session_key.as_str()])?;
            }
        }
        Change::Message { message, .. } => {
            transaction
                .prepare_cached(
                    "INSERT INTO messages (session_key, seq, idempotency_key, message, text) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    message.session_key.as_str(),
                    message.message_seq.map(to_sql),
                    message.message.idempotency_key,
                    serde_json::to_string(&message.message)?,
                    search::text(&message.message),
                ])?;
        }
        Change::Groups { groups } => {
            write_meta(transaction, "groups", &serde_json::to_string(groups)?)?
        }
        Change::Chat { .. } => {}
    }
    Ok(())
}

fn write_operation(
    transaction: &Transaction<'_>,
    operation: &Operation,
    now: Millis,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM goal_operations WHERE issued_at < ?1")?
        .execute([to_sql(now.saturating_sub(OPERATION_LIFE))])?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO goal_operations (session_key, operation_id, issued_at, operation) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            operation.session_key.as_str(),
            operation.receipt.operation_id,
            to_sql(operation.issued_at),
            serde_json::to_string(operation)?,
        ])?;
    Ok(())
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

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len();
    let done = usize::try_from(found).unwrap_or(known + 1);
    let left = MIGRATIONS.get(done..).ok_or(StoreError::Newer {
        found,
        known: known as i64,
    })?;
    for step in left {
        transaction.execute_batch(step)?;
    }
    if !left.is_empty() {
        transaction.pragma_update(None, "user_version", known as i64)?;
    }
    transaction.commit()?;
    Ok(())
}

fn read_meta(transaction: &Transaction<'_>, name: &str) -> Result<Option<String>, StoreError> {
    let mut select = transaction.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?)
}

fn write_meta(transaction: &Transaction<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute([name, value])?;
    Ok(())
}

/// SQLite has signed integers only; offsets and times stay far below the sign.
fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn from_sql(value: i64) -> Millis {
    u64::try_from(value).unwrap_or_default()
}
