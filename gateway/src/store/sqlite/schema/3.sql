CREATE TABLE devices (
    device_id TEXT PRIMARY KEY,
    device    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
