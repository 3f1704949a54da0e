//! The paired devices, one row each.

use rusqlite::{Connection, Transaction, params};

use crate::device::{Device, DeviceChanges};
use crate::store::StoreError;

/// Writes what becomes of devices.
pub(super) fn write(connection: &Connection, changes: &DeviceChanges) -> Result<(), StoreError> {
    for (id, device) in changes {
        match device {
            Some(device) => connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO devices (device_id, device) VALUES (?1, ?2)",
                )?
                .execute(params![id, serde_json::to_string(device.as_ref())?])?,
            None => connection
                .prepare_cached("DELETE FROM devices WHERE device_id = ?1")?
                .execute([id])?,
        };
    }
    Ok(())
}

/// All that are stored.
pub(super) fn read(transaction: &Transaction<'_>) -> Result<Vec<Device>, StoreError> {
    let mut select = transaction.prepare("SELECT device FROM devices")?;
    let mut rows = select.query([])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        devices.push(serde_json::from_str(
            row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?,
        )?);
    }
    Ok(devices)
}
