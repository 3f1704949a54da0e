//! A transcript as OpenClaw keeps it: a log of events, in which branches and resets are events too.

use std::collections::HashSet;
use std::io::Read;

use rusqlite::{Connection, OptionalExtension, Row};
use ruzstd::decoding::StreamingDecoder;
use serde_json::{Map, Value, json};
use sessionwire_protocol::{EvictionReason, MessageMarks, TranscriptMessage};

/// What a session shows of its transcript.
pub(super) struct Transcript {
    /// The messages of the branch that is shown, since the last reset.
    pub(super) messages: Vec<TranscriptMessage>,
    /// What the last reset was.
    pub(super) eviction: EvictionReason,
}

/// The branch that is shown.
const SELECT: &str = "SELECT e.event_json, e.event_zstd, e.event_utf8_bytes, e.created_at
     FROM session_transcript_active_events AS shown
     JOIN transcript_events AS e ON e.session_id = shown.session_id AND e.seq = shown.event_seq
     WHERE shown.session_id = ?1 ORDER BY shown.active_position";

/// Whether the index of what is shown reaches to the newest event.
const IS_INDEXED: &str = "SELECT coalesce(
        (SELECT max(seq) FROM transcript_events WHERE session_id = ?1) IS
        (SELECT indexed_seq FROM session_transcript_index_state WHERE session_id = ?1 AND needs_rebuild = 0),
        0) OR NOT EXISTS (SELECT 1 FROM transcript_events WHERE session_id = ?1)";

const IS_COLD: &str = "SELECT 1 FROM session_transcript_cold_archives WHERE session_id = ?1";

impl Transcript {
    /// Reads all of a transcript, or says why it cannot be had whole.
    pub(super) fn read(
        connection: &Connection,
        session_id: &str,
    ) -> rusqlite::Result<Result<Self, String>> {
        let cold = connection
            .prepare_cached(IS_COLD)?
            .query_row([session_id], |_| Ok(()))
            .optional()?;
        if cold.is_some() {
            return Ok(Err("its transcript is in cold storage".to_owned()));
        }
        let indexed: bool = connection
            .prepare_cached(IS_INDEXED)?
            .query_row([session_id], |row| row.get(0))?;
        if !indexed {
            let why = "OpenClaw has not indexed its transcript; open the session there once";
            return Ok(Err(why.to_owned()));
        }
        let mut transcript = Self {
            messages: Vec::new(),
            eviction: EvictionReason::Reset,
        };
        let mut sent = HashSet::new();
        let mut select = connection.prepare_cached(SELECT)?;
        let mut rows = select.query([session_id])?;
        let mut place = 0;
        while let Some(row) = rows.next()? {
            place += 1;
            let at = row.get::<_, i64>(3)?;
            let event = event(row)?;
            let taken = event.and_then(|event| transcript.take(event, at, &mut sent));
            if taken.is_none() {
                return Ok(Err(format!(
                    "event {place} of its transcript is unreadable"
                )));
            }
        }
        for (seq, message) in (1..).zip(&mut transcript.messages) {
            if let Some(marks) = &mut message.marks {
                marks.seq = Some(seq);
            }
        }
        Ok(Ok(transcript))
    }

    fn take(
        &mut self,
        mut event: Map<String, Value>,
        at: i64,
        sent: &mut HashSet<String>,
    ) -> Option<()> {
        let kind = event.get("type").and_then(Value::as_str)?;
        let message = match kind {
            "message" => event.remove("message")?,
            "custom_message" if is_shown(&event) => {
                json!({ "role": "custom", "content": event.remove("content") })
            }
            "reset" => {
                let kept = event.get("firstKeptEntryId").and_then(Value::as_str);
                self.forget_before(kept);
                let asked = event.get("reason").and_then(Value::as_str);
                self.eviction = match asked {
                    Some("new") => EvictionReason::New,
                    _ => EvictionReason::Reset,
                };
                return Some(());
            }
            _ => return Some(()),
        };
        let mut message = plain(message)?;
        message.timestamp = message.timestamp.or_else(|| u64::try_from(at).ok());
        // A key stands for one message of a transcript.
        message.idempotency_key = message
            .idempotency_key
            .filter(|key| sent.insert(key.clone()));
        let id = event.get("id").and_then(Value::as_str).map(str::to_owned);
        message.marks = Some(MessageMarks { id, seq: None });
        self.messages.push(message);
        Some(())
    }

    /// A reset may keep the end of the talk.
    fn forget_before(&mut self, kept: Option<&str>) {
        let is_kept = |message: &TranscriptMessage| {
            let marks = message.marks.as_ref();
            kept.is_some() && marks.and_then(|marks| marks.id.as_deref()) == kept
        };
        let first = self.messages.iter().position(is_kept);
        self.messages.drain(..first.unwrap_or(self.messages.len()));
        self.messages
            .retain(|message| ["user", "assistant", "toolResult"].contains(&message.role.as_str()));
    }
}

/// The message without what only its runtime needs.
fn plain(message: Value) -> Option<TranscriptMessage> {
    let Value::Object(mut message) = message else {
        return None;
    };
    message.retain(|field, value| {
        let carried = [
            "role",
            "content",
            "timestamp",
            "stopReason",
            "idempotencyKey",
        ];
        carried.contains(&field.as_str()) && !value.is_null()
    });
    message.entry("content").or_insert_with(|| json!([]));
    serde_json::from_value(Value::Object(message)).ok()
}

fn is_shown(event: &Map<String, Value>) -> bool {
    let private = Some("openclaw.runtime-context");
    event.get("display") == Some(&Value::Bool(true))
        && event.get("customType").and_then(Value::as_str) != private
}

/// The event in a row, which is compressed if it is long.
fn event(row: &Row<'_>) -> rusqlite::Result<Option<Map<String, Value>>> {
    let (text, compressed) = (row.get_ref(0)?, row.get_ref(1)?);
    let size: Option<u32> = row.get(2)?;
    let json = match (text.as_str_or_null(), compressed.as_blob_or_null()) {
        (Ok(Some(text)), _) => text.to_owned(),
        (_, Ok(Some(compressed))) => match decompress(compressed, size.unwrap_or_default()) {
            Some(json) => json,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(serde_json::from_str(&json).ok())
}

fn decompress(compressed: &[u8], size: u32) -> Option<String> {
    let mut json = String::new();
    let decoder = StreamingDecoder::new(compressed).ok()?;
    decoder
        .take(u64::from(size) + 1)
        .read_to_string(&mut json)
        .ok()?;
    (json.len() == size as usize).then_some(json)
}
