//! What listeners are told, in the shapes that JavaScript sees.

use alloc::string::String;

use js_sys::JsString;
use sessionwire_client_core::{Evicted, Row, Status};
use sessionwire_json::{Json, Object, Value, array};
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, Scope, SessionKey};
use wasm_bindgen::prelude::*;

use crate::{error, js};

/// A list as listeners get it.
pub(crate) fn snapshot(rows: &JsValue) -> JsValue {
    js::object([("type", &"snapshot".into()), ("sessions", rows)])
}

#[wasm_bindgen]
extern "C" {
    /// A change as listeners get it.
    pub(crate) type Changed;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn session(this: &Changed) -> JsValue;
    #[wasm_bindgen(method, setter, js_name = type)]
    fn set_type(this: &Changed, kind: &JsString);
    #[wasm_bindgen(method, setter)]
    fn set_reason(this: &Changed, reason: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_ts(this: &Changed, ts: &JsValue);
}

// The formatter takes away what the static is.
#[rustfmt::skip]
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, static_string)]
    static CHANGED: JsString = "changed";
}

/// A change as listeners get it, made of the payload that told it.
pub(crate) fn changed_by(payload: JsValue, has_reason: bool, ts: Option<Millis>) -> Changed {
    let event: Changed = payload.unchecked_into();
    CHANGED.with(|kind| event.set_type(kind));
    if !has_reason {
        event.set_reason(&JsValue::NULL);
    }
    event.set_ts(&ts.map_or(JsValue::NULL, |ts| JsValue::from_f64(ts as f64)));
    event
}

/// A change as listeners get it.
pub(crate) fn changed(row: &Row, reason: Option<&ChangeReason>, ts: Option<Millis>) -> Changed {
    /// More than all that stands beside a row and a usual reason.
    const BESIDE: usize = 128;
    let mut event = Object::with_capacity(row.json.get().len() + BESIDE);
    event.text("type", "changed");
    let reason = reason.map(ChangeReason::as_str);
    text_or_null(&mut event, "reason", reason).json("session", row.json.value());
    number_or_null(&mut event, "ts", ts);
    js::parse(event.end().get()).unchecked_into()
}

/// That a session left a list, as listeners get it.
pub(crate) fn left(key: &SessionKey) -> JsValue {
    js::parse(of_type("left").text("key", key.as_str()).end().get())
}

/// An eviction as listeners get it.
pub(crate) fn evicted(evicted: &Evicted) -> JsValue {
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
    js::parse(event.end().get())
}

/// What happens in a session, as listeners get it: the payload, with the kind of event. Of several fields of a name
/// the last one counts.
pub(crate) fn tagged(kind: &str, payload: &Json) -> JsValue {
    let fields = payload.get();
    let fields = fields.strip_suffix('}').unwrap_or(fields);
    js::parse(&[fields, ",\"type\":\"", kind, "\"}"].concat())
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
