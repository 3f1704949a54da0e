//! What listeners are told, in the shapes that JavaScript sees.

use alloc::string::String;
use alloc::sync::Arc;

use sessionwire_client_core::{Evicted, Row, Status};
use sessionwire_json::{Json, Object, Value, array};
use sessionwire_protocol::{ChangeReason, EvictionReason, Scope, SessionKey};

use crate::error;

/// The rows of a list.
pub(crate) fn rows(rows: &[Arc<Row>]) -> Json {
    let mut array = String::from("[");
    for row in rows {
        if array.len() > 1 {
            array.push(',');
        }
        array.push_str(&shown(row));
    }
    array.push(']');
    Json::written(array)
}

/// A row, with why it has changed.
pub(crate) fn changed(row: &Row, reason: Option<&ChangeReason>) -> Json {
    Object::default()
        .text("reason", reason.map(ChangeReason::as_str))
        .json("session", Json::written(shown(row)).value())
        .end()
}

/// A row, which says whether it shows a name that the gateway has not confirmed.
fn shown(row: &Row) -> String {
    let row_json = row.json().get();
    match row.is_pending() {
        true => with(row_json, ",\"pending\":true}"),
        false => row_json.into(),
    }
}

/// That a session left a list, as listeners get it.
pub(crate) fn left(key: &SessionKey) -> Json {
    of_type("left").text("key", key.as_str()).end()
}

/// An eviction as listeners get it.
pub(crate) fn evicted(evicted: &Evicted) -> Json {
    let reason = match evicted.reason {
        EvictionReason::Reset => "reset",
        EvictionReason::New => "new",
        EvictionReason::Deleted => "deleted",
        EvictionReason::Expired => "expired",
        EvictionReason::Unknown => "unknown",
    };
    let mut event = of_type("evicted");
    event.text("key", evicted.key.as_str());
    text_or_null(&mut event, "agentId", evicted.agent_id.as_deref());
    text_or_null(&mut event, "sessionId", evicted.session_id.as_deref())
        .text("lifecycleRevision", evicted.lifecycle_revision.as_deref())
        .text(
            "nextLifecycleRevision",
            evicted.next_lifecycle_revision.as_deref(),
        )
        .text("reason", reason)
        .flag("inferred", evicted.inferred);
    number_or_null(&mut event, "ts", evicted.ts);
    event.end()
}

/// What happens in a session, as listeners get it: the payload, with the kind of event.
pub(crate) fn tagged(kind: &str, payload: &Json) -> Json {
    Json::written(with(payload.get(), &[",\"type\":\"", kind, "\"}"].concat()))
}

/// An object that has fields with one more at its end. Of several fields of a name the last one counts.
fn with(object: &str, field: &str) -> String {
    let fields = object.strip_suffix('}').unwrap_or(object);
    [fields, field].concat()
}

/// A status as JavaScript gets it.
pub(crate) fn status(status: &Status) -> Json {
    let mut told = Object::default();
    match status {
        Status::Connecting { attempt } => told
            .text("state", "connecting")
            .number("attempt", u64::from(*attempt)),
        Status::Connected {
            server,
            scopes,
            capabilities,
        } => {
            let server = Object::default()
                .text("version", &*server.version)
                .text("connId", &*server.conn_id)
                .text("bootId", server.boot_id.as_deref())
                .end();
            let capabilities = array(capabilities.iter().map(String::as_str));
            told.text("state", "connected")
                .json("server", server.value())
                .json("scopes", array(scopes.iter().map(Scope::as_str)).value())
                .json("capabilities", capabilities.value())
        }
        Status::Disconnected { retry_in, error } => {
            let wait = retry_in.map(|wait| wait.as_millis() as u64);
            told.text("state", "disconnected");
            number_or_null(&mut told, "retryInMs", wait);
            let error = error.as_ref().map(error::write);
            told.json("error", error.as_ref().map_or(Value::NULL, Json::value))
        }
    }
    .end()
}

fn of_type(kind: &str) -> Object {
    let mut event = Object::default();
    event.text("type", kind);
    event
}

fn text_or_null<'o>(object: &'o mut Object, name: &str, text: Option<&str>) -> &'o mut Object {
    match text {
        Some(text) => object.text(name, text),
        None => object.json(name, Value::NULL),
    }
}

fn number_or_null(object: &mut Object, name: &str, number: Option<u64>) {
    match number {
        Some(number) => object.number(name, number),
        None => object.json(name, Value::NULL),
    };
}
