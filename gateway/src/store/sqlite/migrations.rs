//! The versions of the schema.

use rusqlite::Connection;

use crate::store::StoreError;

/// What leads from each version of the schema to the next; the first from nothing.
const MIGRATIONS: [&str; 3] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
];

/// Brings a database to the newest version; one that is newer still is refused.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
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
