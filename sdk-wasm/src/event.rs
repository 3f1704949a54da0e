//! What listeners are told, in the shapes that JavaScript sees.

use alloc::string::String;

use js_sys::JsString;
use sessionwire_client_core::{Evicted, Row, Status};
use sessionwire_json::{Object, Value, array};
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, Scope, SessionKey};
use wasm_bindgen::prelude::*;

use crate::{error, host};

#[wasm_bindgen(typescript_custom_section)]
const UNIONS: &str = r#"
export interface SessionRow {
    /**
     * Only in live lists: the row shows a name that was given by {@link Client.renameSession} and that the gateway
     * has not confirmed yet.
     */
    pending?: true;
}

/** What a subscription to the list tells. */
export type SessionEvent = SnapshotEvent | ChangedEvent | LeftEvent | EvictedEvent;

/** What a subscription to the messages of a session tells. */
export type MessageEvent =
    | ({ type: "message" } & SessionMessage)
    | ({ type: "chat" } & ChatEvent)
    | EvictedEvent;
"#;

#[wasm_bindgen(typescript_custom_section)]
const EVENTS: &str = r#"
/** How the connection is. */
export type ConnectionStatus = { state: "connecting"; attempt: number } | { state: "connected"; server: { version: string; connId: string; bootId?: string }; scopes: string[]; capabilities: string[] } | { state: "disconnected"; retryInMs: number | null; error: SessionwireError | null };

/** The whole list: first of all, and whenever what was missed cannot be told one by one. */
export interface SnapshotEvent {
    /** Tells the events apart. */
    type: "snapshot";
    /** The rows in the order of the list. */
    sessions: SessionRow[];
}

/**
 * A session is new, or its row differs. Also told when a name that was given here shows before the gateway has
 * confirmed it, and when it is taken back because the gateway refused: `reason` and `ts` are `null` then.
 */
export interface ChangedEvent {
    /** Tells the events apart. */
    type: "changed";
    /** Why, where the gateway says so: `create`, `patch`, `command-metadata` … */
    reason: ChangeReason | null;
    /** The row after the change. */
    session: SessionRow;
    /** When, by the gateway's clock. */
    ts: number | null;
}

/** A session exists, but no longer in the view of this subscription. */
export interface LeftEvent {
    /** Tells the events apart. */
    type: "left";
    /** The session. */
    key: string;
}

/**
 * A generation of a session is gone.
 *
 * After `reset` and `new` the session lives on under its key and its next row follows; else it is gone.
 */
export interface EvictedEvent {
    /** Tells the events apart. */
    type: "evicted";
    /** The session. */
    key: string;
    /** Its agent. */
    agentId: string | null;
    /** The transcript that the evicted generation had. */
    sessionId: string | null;
    /** The evicted generation. */
    lifecycleRevision?: string;
    /** The generation that takes its place. */
    nextLifecycleRevision?: string;
    /** Why. */
    reason: EvictionReason;
    /** Found by comparing lists, not told by the gateway; `reason` and `ts` are not known then. */
    inferred: boolean;
    /** When, by the gateway's clock. */
    ts: number | null;
}
"#;

/// A list as listeners get it.
pub(crate) fn snapshot(rows: &JsValue) -> JsValue {
    host::object([("type", &"snapshot".into()), ("sessions", rows)])
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
    host::parse_own(&event.end()).unchecked_into()
}

/// That a session left a list, as listeners get it.
pub(crate) fn left(key: &SessionKey) -> JsValue {
    host::parse_own(&of_type("left").text("key", key.as_str()).end())
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
    host::parse_own(&event.end())
}

/// A status as listeners get it.
pub(crate) fn status_to_js(status: &Status) -> JsValue {
    let mut told = Object::default();
    match status {
        Status::Connecting { attempt } => {
            told.text("state", "connecting")
                .number("attempt", u64::from(*attempt));
        }
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
                .json("capabilities", capabilities.value());
        }
        Status::Disconnected { retry_in, error } => {
            let wait = retry_in.map(|wait| wait.as_millis() as u64);
            told.text("state", "disconnected");
            number_or_null(&mut told, "retryInMs", wait);
            let told = host::parse_own(&told.end());
            let error = error.as_ref().map_or(JsValue::NULL, error::to_js);
            host::set(&told, "error", &error);
            return told;
        }
    }
    host::parse_own(&told.end())
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
