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
    message         TEXT NOT NULL,
    -- What a search finds the message by; none where it is neither a person's nor an agent's.
    text            TEXT
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

CREATE VIRTUAL TABLE message_words USING fts5 (text, content = 'messages', content_rowid = 'id');

CREATE TRIGGER message_words_follow_insert AFTER INSERT ON messages WHEN new.text IS NOT NULL BEGIN
    INSERT INTO message_words (rowid, text) VALUES (new.id, new.text);
END;

CREATE TRIGGER message_words_follow_delete AFTER DELETE ON messages WHEN old.text IS NOT NULL BEGIN
    INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', old.id, old.text);
END;

CREATE TABLE journal (
    entry_offset INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    change       TEXT NOT NULL
) STRICT;
