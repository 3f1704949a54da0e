//! Numbers as SQLite has them, and values that stand alone.

use rusqlite::{Connection, OptionalExtension};
use sessionwire_protocol::Millis;

use crate::store::StoreError;

/// A value by its name.
pub(super) fn read_meta(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut select = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?)
}

/// Writes a value under a name, in the place of any other.
pub(super) fn write_meta(
    connection: &Connection,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute([name, value])?;
    Ok(())
}

/// SQLite has signed integers only; offsets and times stay far below the sign.
pub(super) fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The number that [`to_sql`] stored.
pub(super) fn from_sql(value: i64) -> Millis {
    u64::try_from(value).unwrap_or_default()
}
