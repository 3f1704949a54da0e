//! A session as OpenClaw keeps it, and what it becomes here.

use rusqlite::{Connection, Row};
use serde_json::{Map, Value};
use sessionwire_protocol::{EvictionReason, SessionEntry, SessionKey, TranscriptMessage};

use super::transcript::Transcript;
use crate::session::note_message;

/// All sessions of an agent. A row without an entry only keeps the transcripts of a session that is gone.
pub(super) const SELECT: &str =
    "SELECT session_key, current_session_id, entry_json, created_at, updated_at FROM session_nodes
     WHERE entry_json <> '{}' ORDER BY session_key";

/// How many there are.
pub(super) const COUNT: &str = "SELECT count(*) FROM session_nodes WHERE entry_json <> '{}'";

/// A session to take over.
pub(super) struct Arrival {
    pub(super) key: SessionKey,
    pub(super) entry: SessionEntry,
    pub(super) messages: Vec<TranscriptMessage>,
    /// What ended its generation before this one.
    pub(super) eviction: EvictionReason,
}

/// A session that is not taken over: what its row is called, and why.
pub(super) struct Refused {
    pub(super) key: String,
    pub(super) why: String,
}

/// Reads a session of an agent with its transcript.
pub(super) fn read(
    connection: &Connection,
    agent: &str,
    row: &Row<'_>,
) -> rusqlite::Result<Result<Arrival, Refused>> {
    let text = |column| row.get_ref(column).map(|value| value.as_str().ok());
    let (name, session_id, json) = (text(0)?, text(1)?, text(2)?);
    let refuse = |why: String| {
        let key = name.unwrap_or("(a key that is no text)").to_owned();
        Ok(Err(Refused { key, why }))
    };
    let Some(key) = name.and_then(|name| canonical(name, agent)) else {
        return refuse("malformed key".to_owned());
    };
    let Some((session_id, entry)) = session_id.zip(json.and_then(parse)) else {
        return refuse("unreadable entry".to_owned());
    };
    let times = (row.get::<_, Option<i64>>(3)?, row.get::<_, i64>(4)?);
    let Some(mut entry) = carried(&key, session_id, entry, times) else {
        return refuse("unreadable entry".to_owned());
    };
    let Transcript { messages, eviction } = match Transcript::read(connection, session_id)? {
        Ok(transcript) => transcript,
        Err(why) => return refuse(why),
    };
    for message in &messages {
        note_message(&mut entry, message);
    }
    Ok(Ok(Arrival {
        key,
        entry,
        messages,
        eviction,
    }))
}

/// The key, if it means itself here too and is in its own agent's database.
fn canonical(name: &str, agent: &str) -> Option<SessionKey> {
    let key = SessionKey::parse(name, agent).ok()?;
    let at_home = key.agent_id().is_none_or(|owner| owner == agent);
    (key.as_str() == name && at_home).then_some(key)
}

fn parse(json: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(json).ok()
}

/// The fields that mean the same here.
const FIELDS: [&str; 20] = [
    "archivedAt",
    "category",
    "color",
    "createdAt",
    "createdVia",
    "displayName",
    "goal",
    "icon",
    "label",
    "lastInteractionAt",
    "lastReadAt",
    "lifecycleRevision",
    "markedUnreadAt",
    "parentSessionKey",
    "pinnedAt",
    "sessionStartedAt",
    "spawnDepth",
    "spawnedBy",
    "updatedAt",
    "visibility",
];

/// Settings of `sessions.patch`, kept for agents.
const OPTIONS: [&str; 20] = [
    "boardFace",
    "boardPresentation",
    "contextWindow",
    "elevatedLevel",
    "execAsk",
    "execHost",
    "execNode",
    "execSecurity",
    "fastMode",
    "groupActivation",
    "permissionMode",
    "reasoningLevel",
    "responseUsage",
    "sandboxMode",
    "sendPolicy",
    "thinkingLevel",
    "toolOverrides",
    "traceLevel",
    "ttlMinutes",
    "verboseLevel",
];

/// What is carried over of an entry; nothing if it is not one.
fn carried(
    key: &SessionKey,
    session_id: &str,
    mut found: Map<String, Value>,
    (created_at, updated_at): (Option<i64>, i64),
) -> Option<SessionEntry> {
    if found.get("sessionId").and_then(Value::as_str) != Some(session_id) {
        return None;
    }
    let active_at = found.get("lastActivityAt").and_then(Value::as_u64);
    let model = ["providerOverride", "modelOverride"].map(|field| found.remove(field));
    found.retain(|field, value| {
        let known = FIELDS.contains(&field.as_str()) || OPTIONS.contains(&field.as_str());
        known && !value.is_null()
    });
    let mut entry: SessionEntry = serde_json::from_value(Value::Object(found)).ok()?;
    session_id.clone_into(&mut entry.session_id);
    if entry.lifecycle_revision.is_empty() {
        // Sessions of early versions were never reset, or with a new id.
        session_id.clone_into(&mut entry.lifecycle_revision);
    }
    if entry.updated_at == 0 {
        entry.updated_at = u64::try_from(updated_at).ok()?;
    }
    if entry.created_at == 0 {
        let created_at = created_at.and_then(|at| u64::try_from(at).ok());
        entry.created_at = created_at.unwrap_or(entry.updated_at);
    }
    for text in [&mut entry.label, &mut entry.category] {
        let given = text.take();
        let trimmed = given.as_deref().map(str::trim);
        *text = trimmed.filter(|text| !text.is_empty()).map(Into::into);
    }
    entry.model = match model {
        [Some(Value::String(provider)), Some(Value::String(model))] => {
            Some(format!("{provider}/{model}").into())
        }
        [_, Some(Value::String(model))] => Some(model.into()),
        _ => None,
    };
    entry.pinned_at = entry.pinned_at.filter(|_| is_pinnable(key, &entry));
    if entry.marked_unread_at.is_none() {
        let last = active_at.max(entry.last_interaction_at);
        let read = entry.last_read_at.unwrap_or(entry.created_at);
        entry.marked_unread_at = last.filter(|last| *last > read);
    }
    Some(entry)
}

/// OpenClaw shows no pins on sessions that belong to another one.
fn is_pinnable(key: &SessionKey, entry: &SessionEntry) -> bool {
    let main = key.agent_id().map(SessionKey::main);
    let on_its_own = entry.parent_session_key.is_none() || entry.parent_session_key == main;
    on_its_own && entry.spawned_by.is_none() && !key.rest().starts_with("subagent:")
}
