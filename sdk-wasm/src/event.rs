//! What listeners are told, in the shapes that JavaScript sees.

use serde::Serialize;
use serde_json::value::RawValue;
use sessionwire_client_core::{Evicted, Status};
use sessionwire_protocol::connect::ServerInfo;
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, Scopes, SessionKey};
use tsify::Tsify;
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

/// How the connection is.
#[derive(Serialize, Tsify)]
#[serde(
    tag = "state",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
pub enum ConnectionStatus<'a> {
    /// A connection is being made.
    Connecting {
        /// Counts from 1 since the last connection.
        attempt: u32,
    },
    /// The gateway has said hello.
    Connected {
        /// Which gateway it is.
        #[tsify(type = "{ version: string; connId: string; bootId?: string }")]
        server: &'a ServerInfo,
        /// What the client may do.
        #[tsify(type = "string[]")]
        scopes: &'a Scopes,
        /// What the gateway can do beyond the protocol's base.
        capabilities: &'a [String],
    },
    /// There is no connection.
    Disconnected {
        /// When the next attempt follows; `null` where none does, unless asked for.
        #[tsify(type = "number | null")]
        retry_in_ms: Option<u64>,
        /// Why, where the gateway refused or answered nonsense.
        #[tsify(type = "SessionwireError | null")]
        #[serde(serialize_with = "serde_wasm_bindgen::preserve::serialize")]
        error: JsValue,
    },
}

/// The whole list: first of all, and whenever what was missed cannot be told one by one.
#[derive(Serialize, Tsify)]
pub struct SnapshotEvent {
    /// Tells the events apart.
    #[serde(rename = "type")]
    #[tsify(type = "\"snapshot\"")]
    kind: &'static str,
    /// The rows in the order of the list.
    #[tsify(type = "SessionRow[]")]
    #[serde(serialize_with = "serde_wasm_bindgen::preserve::serialize")]
    sessions: JsValue,
}

/// A session is new, or its row differs. Also told when a name that was given here shows before the gateway has
/// confirmed it, and when it is taken back because the gateway refused: `reason` and `ts` are `null` then.
#[derive(Serialize, Tsify)]
pub struct ChangedEvent<'a> {
    /// Tells the events apart.
    #[serde(rename = "type")]
    #[tsify(type = "\"changed\"")]
    kind: &'static str,
    /// Why, where the gateway says so: `create`, `patch`, `command-metadata` …
    #[tsify(type = "ChangeReason | null")]
    reason: Option<&'a ChangeReason>,
    /// The row after the change.
    #[tsify(type = "SessionRow")]
    session: &'a RawValue,
    /// When, by the gateway's clock.
    #[tsify(type = "number | null")]
    ts: Option<Millis>,
}

/// A session exists, but no longer in the view of this subscription.
#[derive(Serialize, Tsify)]
pub struct LeftEvent<'a> {
    /// Tells the events apart.
    #[serde(rename = "type")]
    #[tsify(type = "\"left\"")]
    kind: &'static str,
    /// The session.
    #[tsify(type = "string")]
    key: &'a SessionKey,
}

impl SnapshotEvent {
    pub(crate) fn new(sessions: JsValue) -> Self {
        Self {
            kind: "snapshot",
            sessions,
        }
    }
}

impl<'a> ChangedEvent<'a> {
    pub(crate) fn new(
        session: &'a RawValue,
        reason: Option<&'a ChangeReason>,
        ts: Option<Millis>,
    ) -> Self {
        Self {
            kind: "changed",
            reason,
            session,
            ts,
        }
    }
}

impl<'a> LeftEvent<'a> {
    pub(crate) fn new(key: &'a SessionKey) -> Self {
        Self { kind: "left", key }
    }
}

/// A generation of a session is gone.
///
/// After `reset` and `new` the session lives on under its key and its next row follows; else it is gone.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct EvictedEvent<'a> {
    /// Tells the events apart.
    #[serde(rename = "type")]
    #[tsify(type = "\"evicted\"")]
    kind: &'static str,
    /// The session.
    #[tsify(type = "string")]
    key: &'a SessionKey,
    /// Its agent.
    #[tsify(type = "string | null")]
    agent_id: Option<&'a str>,
    /// The transcript that the evicted generation had.
    #[tsify(type = "string | null")]
    session_id: Option<&'a str>,
    /// The evicted generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    lifecycle_revision: Option<&'a str>,
    /// The generation that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    next_lifecycle_revision: Option<&'a str>,
    /// Why.
    reason: EvictionReason,
    /// Found by comparing lists, not told by the gateway; `reason` and `ts` are not known then.
    inferred: bool,
    /// When, by the gateway's clock.
    #[tsify(type = "number | null")]
    ts: Option<f64>,
}

impl<'a> From<&'a Evicted> for EvictedEvent<'a> {
    fn from(evicted: &'a Evicted) -> Self {
        Self {
            kind: "evicted",
            key: &evicted.key,
            agent_id: evicted.agent_id.as_deref(),
            session_id: evicted.session_id.as_deref(),
            lifecycle_revision: evicted.lifecycle_revision.as_deref(),
            next_lifecycle_revision: evicted.next_lifecycle_revision.as_deref(),
            reason: evicted.reason,
            inferred: evicted.inferred,
            ts: evicted.ts.map(|ts| ts as f64),
        }
    }
}

/// A status as listeners get it.
pub(crate) fn status_to_js(status: &Status) -> JsValue {
    host::to_js(&match status {
        Status::Connecting { attempt } => ConnectionStatus::Connecting { attempt: *attempt },
        Status::Connected {
            server,
            scopes,
            capabilities,
        } => ConnectionStatus::Connected {
            server,
            scopes,
            capabilities,
        },
        Status::Disconnected { retry_in, error } => ConnectionStatus::Disconnected {
            retry_in_ms: retry_in.map(|wait| wait.as_millis() as u64),
            error: error.as_ref().map_or(JsValue::NULL, error::to_js),
        },
    })
}
