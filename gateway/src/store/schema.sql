CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    session_key TEXT PRIMARY KEY,
    session     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY,
    session_key     TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    idempotency_key TEXT,
    message         TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX messages_by_place ON messages (session_key, seq);
CREATE UNIQUE INDEX messages_by_idempotency_key ON messages (session_key, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE goal_operations (
    session_key  TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    issued_at    INTEGER NOT NULL,
    operation    TEXT NOT NULL,
    PRIMARY KEY (session_key, operation_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX goal_operations_by_age ON goal_operations (issued_at);

CREATE TABLE journal (
    entry_offset INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    change       TEXT NOT NULL
) STRICT;
