//! The handshake.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::gateway::{Health, PresenceEntry};
use crate::{Access, Method, Millis, Scope, Scopes, StateVersion, Written};

/// Capability of a client, and of a gateway that grants it: events carry their [`crate::Place`].
pub const SESSION_CURSOR: &str = "session-cursor";
/// Capability of a gateway: evictions are told as `socket.drain`.
pub const SOCKET_DRAIN: &str = "socket-drain";
/// Capability of a gateway: subscriptions with cursors can be to a part of the list, kept live.
pub const LIVE_WINDOW: &str = "live-window";
/// Capability of a client: `chat` events only of sessions whose messages it subscribed to.
pub const SESSION_SCOPED_EVENTS: &str = "session-scoped-events";

/// Payload of `connect.challenge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// To be signed by a device.
    pub nonce: String,
    /// The gateway's clock.
    pub ts: Millis,
    /// What the gateway can do beyond the protocol's base, as far as a client has to know it before `connect`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
}

/// `connect`: the first request of every connection.
pub enum Connect {}

impl Method for Connect {
    const NAME: &'static str = "connect";
    const ACCESS: Access = Access::Open;
    type Params = ConnectParams;
    type Result = HelloOk;
}

/// Who connects, and what it wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectParams {
    /// The lowest protocol that the client speaks.
    pub min_protocol: u64,
    /// The highest.
    pub max_protocol: u64,
    /// Which program it is.
    pub client: ClientInfo,
    /// `operator` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What it wants to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// What it understands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// How it shows that it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<ConnectAuth>,
    /// Its device identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
    /// The language of its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// As in HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// Which program connects. `id` and `mode` are closed sets in protocol 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientInfo {
    /// `gateway-client`, `webchat`, `cli`, `openclaw-tui` …
    pub id: String,
    /// The program's version.
    pub version: String,
    /// What it runs on.
    pub platform: String,
    /// `backend`, `webchat`, `cli`, `ui`, `probe` …
    pub mode: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The kind of machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Tells several of its kind on one machine apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
}

/// How a client shows that it may connect. A shared token may stand in either of the first two fields, a device's in
/// the first or the last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectAuth {
    /// The gateway's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The gateway's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What the gateway issued to the device that proves itself beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

/// An Ed25519 identity and its signature of the challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceProof {
    /// SHA-256 of the raw public key, in hexadecimal.
    pub id: String,
    /// The raw public key, base64url.
    pub public_key: String,
    /// The signature, base64url.
    pub signature: String,
    /// When it was signed.
    pub signed_at: Millis,
    /// The challenge's nonce.
    pub nonce: String,
}

/// The answer to `connect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HelloOk {
    /// Always `hello-ok`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The protocol that is spoken from here on.
    pub protocol: u64,
    /// Which gateway it is.
    pub server: ServerInfo,
    /// What it can do.
    pub features: Features,
    /// How things stand.
    pub snapshot: HelloSnapshot,
    /// What the connection may do.
    pub auth: HelloAuth,
    /// What the gateway expects.
    pub policy: Policy,
}

/// Which gateway answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct ServerInfo {
    /// Its version.
    pub version: String,
    /// Names this connection.
    pub conn_id: String,
    /// Names this run of the gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
    /// Where its web UI comes from: `bundled` with it, or `configured`; clients reload a bundled one of another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_ui_build_source: Option<String>,
}

/// What a gateway can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Features {
    /// Names of its methods.
    pub methods: Vec<String>,
    /// Names of its events.
    pub events: Vec<String>,
    /// What it can do beyond the protocol's base.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
}

/// How things stand when a connection begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelloSnapshot {
    /// Who is connected.
    pub presence: Vec<Written<PresenceEntry>>,
    /// How the gateway is.
    pub health: Health,
    /// Versions of the two.
    pub state_version: StateVersion,
    /// Since when the gateway runs.
    pub uptime_ms: u64,
    /// Names of the sessions that exist without being made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_defaults: Option<SessionDefaults>,
    /// `token` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_mode: Option<String>,
}

/// Names of the sessions that exist without being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDefaults {
    /// The agent of keys that name none.
    pub default_agent_id: String,
    /// What follows the agent in the key of a main session.
    pub main_key: String,
    /// The main session of the default agent.
    pub main_session_key: String,
    /// How sessions are shared out among senders.
    pub scope: String,
}

/// What the connection may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelloAuth {
    /// `operator` or `node`.
    pub role: String,
    /// The scopes that were granted: those asked for, or fewer.
    pub scopes: Scopes,
    /// How the client was recognised: `token`, `device-token` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// With what the device can come back without the shared token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    /// When that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at_ms: Option<Millis>,
}

/// What the gateway expects of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// The largest frame that it takes, in bytes.
    pub max_payload: u64,
    /// How much it buffers for a connection that does not read, in bytes.
    pub max_buffered_bytes: u64,
    /// At most so many milliseconds pass between two frames from the gateway.
    pub tick_interval_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_payload: 25 << 20,
            max_buffered_bytes: 50 << 20,
            tick_interval_ms: 30_000,
        }
    }
}

/// `details` of the refusal of an unknown protocol.
pub fn protocol_mismatch(min: u64, max: u64) -> Value {
    serde_json::json!({
        "code": "PROTOCOL_MISMATCH",
        "clientMinProtocol": min,
        "clientMaxProtocol": max,
        "expectedProtocol": crate::PROTOCOL,
        "minimumProbeProtocol": 3,
    })
}
