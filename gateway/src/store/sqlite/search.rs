//! Full-text search over the messages of an SQLite store.

use rusqlite::{Connection, params};
use sessionwire_protocol::{SessionKey, TranscriptMessage};

use crate::store::{Found, StoreError};

/// The longest snippet; within it the database chooses the words around the best match.
const SNIPPET_CHARS: usize = 400;

const SEARCH: &str = "
    SELECT messages.session_key, messages.message,
        snippet(message_words, 0, '', '', ' … ', 48), -bm25(message_words)
    FROM message_words JOIN messages ON messages.id = message_words.rowid
    WHERE message_words MATCH ?1
        AND (?2 IS NULL OR messages.session_key IN (SELECT value FROM json_each(?2)))
    ORDER BY bm25(message_words), messages.id DESC
    LIMIT ?3";

/// See [`crate::store::Transcripts::search`].
pub(super) fn messages(
    connection: &Connection,
    text: &str,
    keys: Option<&[SessionKey]>,
    limit: usize,
) -> Result<(Vec<Found>, bool), StoreError> {
    let Some(query) = query(text) else {
        return Ok((Vec::new(), false));
    };
    let keys = keys.map(serde_json::to_string).transpose()?;
    let mut select = connection.prepare_cached(SEARCH)?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = select.query(params![query, keys, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let snippet: String = row.get(2)?;
        found.push(Found {
            key: SessionKey::from(key.as_str()),
            message: serde_json::from_str(
                row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?,
            )?,
            snippet: shortened(snippet),
            score: row.get(3)?,
        });
    }
    let has_more = found.len() > limit;
    found.truncate(limit);
    Ok((found, has_more))
}

/// What a message can be found by, if it can be.
pub(super) fn text(message: &TranscriptMessage) -> Option<String> {
    matches!(message.role.as_str(), "user" | "assistant").then(|| message.text())
}

/// A query for all words of a text. Each is quoted, so nothing that a person writes is syntax; what has neither
/// letter nor digit is no word to the index and is left out.
fn query(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn shortened(snippet: String) -> String {
    match snippet.char_indices().nth(SNIPPET_CHARS) {
        None => snippet,
        Some((end, _)) => format!("{}…", &snippet[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(texts: &[(&str, &str)]) -> Connection {
        let connection = Connection::open_in_memory().expect("memory is to be had");
        connection
            .execute_batch(include_str!("schema/1.sql"))
            .expect("the schema is sound");
        for (seq, (key, text)) in (1..).zip(texts) {
            let message = match text.strip_prefix("assistant: ") {
                Some(text) => TranscriptMessage::assistant(text, 0),
                None => TranscriptMessage::user(*text, 0),
            };
            insert(&connection, key, seq, &message);
        }
        connection
    }

    fn insert(connection: &Connection, key: &str, seq: i64, message: &TranscriptMessage) {
        let json = serde_json::to_string(message).expect("it serialises");
        connection
            .execute(
                "INSERT INTO messages (session_key, seq, message, text) VALUES (?1, ?2, ?3, ?4)",
                params![key, seq, json, text(message)],
            )
            .expect("it is stored");
    }

    fn snippets(connection: &Connection, text: &str) -> Vec<String> {
        let (found, _) = messages(connection, text, None, 25).expect("any text can be searched");
        found.into_iter().map(|found| found.snippet).collect()
    }

    fn check(connection: &Connection) {
        connection
            .execute(
                "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)",
                [],
            )
            .expect("the index is that of the messages");
    }

    #[test]
    fn finds_all_words_in_texts_and_blocks() {
        let connection = index(&[
            ("a", "the quick brown fox"),
            ("a", "assistant: a Brown bear, quick as can be"),
            ("b", "a brown study"),
        ]);
        assert_eq!(snippets(&connection, "BROWN quick").len(), 2);
        assert_eq!(snippets(&connection, "study"), ["a brown study"]);
        assert_eq!(snippets(&connection, "brown elephant"), [""; 0]);
    }

    #[test]
    fn only_people_and_agents_are_searched() {
        let connection = index(&[]);
        let mut message = TranscriptMessage::user("needle", 0);
        message.role = "toolResult".to_owned();
        insert(&connection, "a", 1, &message);
        assert_eq!(snippets(&connection, "needle"), [""; 0]);
        connection
            .execute("DELETE FROM messages", [])
            .expect("it is deleted");
        check(&connection);
    }

    #[test]
    fn keys_limit_and_score_hold() {
        let connection = index(&[
            ("a", "needle"),
            (
                "b",
                "needle and a lot of hay around it, far more than elsewhere",
            ),
            ("c", "needle"),
        ]);
        let (found, more) = messages(&connection, "needle", None, 2).expect("it is searched");
        assert_eq!((found.len(), more), (2, true));
        assert!(found[0].score >= found[1].score);
        let keys = [SessionKey::from("b")];
        let (found, more) = messages(&connection, "needle", Some(&keys), 2).expect("the same");
        assert_eq!((found[0].key.as_str(), found.len(), more), ("b", 1, false));
    }

    #[test]
    fn what_is_deleted_is_not_found() {
        let connection = index(&[("a", "needle"), ("a", "assistant: needle"), ("b", "needle")]);
        connection
            .execute("DELETE FROM messages WHERE session_key = 'a'", [])
            .expect("they are deleted");
        assert_eq!(snippets(&connection, "needle").len(), 1);
        check(&connection);
    }

    #[test]
    fn nothing_that_a_person_writes_is_syntax() {
        let connection = index(&[("a", "say \"AND\" (or) don't -- col:umn NEAR* x^2 ^_^")]);
        for text in [
            "\"", "\"\"\"", "AND", "OR NOT", "(", "a\0b", "NEAR(", "*", "^", "-", "+", ":",
            "col:umn", "text:say", "don't", "x^2", "{a}", "😀", "\u{0}", "' OR 1=1", "--", "…",
        ] {
            snippets(&connection, text);
        }
        assert_eq!(snippets(&connection, "\"AND\"").len(), 1);
        assert_eq!(snippets(&connection, "col:umn ** don't").len(), 1);
        let many = "x ".repeat(2048);
        assert_eq!(snippets(&connection, &many).len(), 1);
    }

    #[test]
    fn long_snippets_are_cut() {
        let connection = index(&[("a", &format!("needle {}", "x".repeat(5000)))]);
        let snippet = &snippets(&connection, "needle")[0];
        assert_eq!(snippet.chars().count(), SNIPPET_CHARS + 1);
        assert!(snippet.starts_with("needle x") && snippet.ends_with('…'));
    }
}
