//! What an entry of the journal changes, and the journal itself.

use std::sync::Arc;

use rusqlite::{Connection, Transaction, params};
use sessionwire_protocol::Millis;
use sessionwire_protocol::event::SocketDrain;

use super::search;
use super::sessions::find;
use super::values::{from_sql, to_sql, write_meta};
use crate::change::Change;
use crate::goal::{OPERATION_LIFE, Operation};
use crate::journal::Entry;
use crate::session::Session;
use crate::store::StoreError;

/// The newest `most` entries, oldest first. Those that made a session what it is now share it.
pub(super) fn read_journal(
    transaction: &Transaction<'_>,
    most: usize,
    sessions: &[Arc<Session>],
) -> Result<Vec<Entry>, StoreError> {
    let mut select = transaction.prepare(
        "SELECT entry_offset, at, change FROM journal ORDER BY entry_offset DESC LIMIT ?1",
    )?;
    let mut rows = select.query([to_sql(most as u64)])?;
    let mut journal = Vec::new();
    while let Some(row) = rows.next()? {
        let mut change: Change =
            serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        if let Change::Upserted { session, .. } = &mut change
            && let Some(held) = find(sessions, &session.key).filter(|held| held.is(session))
        {
            *session = Arc::clone(held);
        }
        journal.push(Entry::new(
            from_sql(row.get(0)?),
            from_sql(row.get(1)?),
            change,
        ));
    }
    journal.reverse();
    Ok(journal)
}

/// The evictions that are remembered, oldest first.
pub(super) fn read_tombstones(
    transaction: &Transaction<'_>,
) -> Result<Vec<SocketDrain>, StoreError> {
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
    connection: &Connection,
    drain: &SocketDrain,
    most: usize,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO tombstones (drain) VALUES (?1)")?
        .execute([serde_json::to_string(drain)?])?;
    connection
        .prepare_cached("DELETE FROM tombstones WHERE id <= ?1")?
        .execute([connection.last_insert_rowid() - to_sql(most as u64)])?;
    Ok(())
}

/// Writes what an entry changes; `tombstones` is how many evictions are remembered.
pub(super) fn write_change(
    connection: &Connection,
    entry: &Entry,
    tombstones: usize,
) -> Result<(), StoreError> {
    match &entry.change {
        Change::Upserted {
            session, operation, ..
        } => {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO sessions (session_key, session) VALUES (?1, ?2)",
                )?
                .execute(params![
                    session.key.as_str(),
                    serde_json::to_string(session.as_ref())?
                ])?;
            if let Some(operation) = operation {
                write_operation(connection, operation, entry.at)?;
            }
        }
        Change::Evicted { drain } => {
            connection
                .prepare_cached("DELETE FROM messages WHERE session_key = ?1")?
                .execute([drain.session_key.as_str()])?;
            if drain.next_lifecycle_revision.is_none() {
                write_tombstone(connection, drain, tombstones)?;
                connection
                    .prepare_cached("DELETE FROM sessions WHERE session_key = ?1")?
                    .execute([drain.session_key.as_str()])?;
            }
        }
        Change::Message { message, .. } => {
            connection
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
            write_meta(connection, "groups", &serde_json::to_string(groups)?)?
        }
        Change::Chat { .. } => {}
    }
    Ok(())
}

/// Adds an entry to the journal.
pub(super) fn write_entry(connection: &Connection, entry: &Entry) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO journal (entry_offset, at, change) VALUES (?1, ?2, ?3)")?
        .execute(params![
            to_sql(entry.offset),
            to_sql(entry.at),
            serde_json::to_string(&entry.change)?
        ])?;
    Ok(())
}

/// Forgets the entries of the journal up to an offset.
pub(super) fn forget(connection: &Connection, offset: u64) -> Result<(), StoreError> {
    let deleted = connection
        .prepare_cached("DELETE FROM journal WHERE entry_offset <= ?1")?
        .execute([to_sql(offset)])?;
    match deleted {
        0 => Ok(()),
        _ => write_meta(connection, "tail", &offset.to_string()),
    }
}

fn write_operation(
    connection: &Connection,
    operation: &Operation,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM goal_operations WHERE issued_at < ?1")?
        .execute([to_sql(now.saturating_sub(OPERATION_LIFE))])?;
    connection
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

#[cfg(test)]
mod tests {
    use sessionwire_protocol::{ChangeReason, SessionEntry};

    use super::super::FORGOTTEN_TOGETHER;
    use super::*;
    use crate::device::DeviceChanges;
    use crate::store;

    fn entry(offset: u64, key: &str, label: &str) -> Arc<Entry> {
        let entry = SessionEntry {
            label: Some(label.into()),
            ..SessionEntry::default()
        };
        let change = Change::Upserted {
            session: Arc::new(Session::new(key.into(), entry)),
            reason: ChangeReason::PATCH,
            operation: None,
        };
        Arc::new(Entry::new(offset, 0, change))
    }

    #[test]
    fn the_journal_is_forgotten_in_pieces_also_by_gateways_that_end_soon() {
        const KEPT: u64 = 10;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let open = || store::open_sqlite(folder.path(), 10).expect("the store opens");
        let mut pieces = Vec::new();
        let mut offset = 0;
        while pieces.len() < 2 {
            let mut opened = open();
            let loaded = opened.store.load(10_000).expect("it is loaded");
            let offsets = loaded.journal.iter().map(|entry| entry.offset);
            assert!(offsets.eq(loaded.tail + 1..=offset), "none is missing");
            let left = offset - loaded.tail;
            assert!(left < KEPT + FORGOTTEN_TOGETHER + 100, "{left} are left");
            if pieces.last().copied().unwrap_or(0) < loaded.tail {
                pieces.push(loaded.tail);
            }
            for _ in 0..100 {
                offset += 1;
                let entries = [entry(offset, "agent:main:a", "label")];
                let forgotten = offset.saturating_sub(KEPT);
                let changes = DeviceChanges::default();
                let stored = opened.store.commit(&entries, &changes, forgotten);
                stored.expect("it is stored");
            }
        }
        assert!(pieces[1] - pieces[0] >= FORGOTTEN_TOGETHER, "{pieces:?}");
    }

    #[test]
    fn the_journal_shares_sessions_that_are_still_so() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut opened = store::open_sqlite(folder.path(), 10).expect("the store opens");
        let entries = [
            entry(1, "agent:main:a", "first"),
            entry(2, "agent:main:b", "other"),
            entry(3, "agent:main:a", "second"),
        ];
        let stored = opened.store.commit(&entries, &DeviceChanges::default(), 0);
        stored.expect("they are stored");
        let loaded = opened.store.load(10).expect("they are loaded");
        let is_shared = |entry: &Entry| match &entry.change {
            Change::Upserted { session, .. } => loaded
                .sessions
                .iter()
                .any(|held| Arc::ptr_eq(held, session)),
            Change::Evicted { .. }
            | Change::Message { .. }
            | Change::Chat { .. }
            | Change::Groups { .. } => false,
        };
        let shared: Vec<_> = loaded.journal.iter().map(is_shared).collect();
        assert_eq!(shared, [false, true, true]);
    }
}
