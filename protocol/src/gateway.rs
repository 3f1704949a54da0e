//! What is asked of the gateway itself: its health, its agents, its models, its chat commands.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{Access, Method, Millis, Scopes, Written};

/// `health`: how the gateway is.
pub enum HealthGet {}

impl Method for HealthGet {
    const NAME: &'static str = "health";
    const ACCESS: Access = Access::Open;
    type Params = Empty;
    type Result = Health;
}

/// `status`: how the gateway is, in more words.
pub enum StatusGet {}

impl Method for StatusGet {
    const NAME: &'static str = "status";
    const ACCESS: Access = Access::Read;
    type Params = Empty;
    type Result = Status;
}

/// `system-presence`: who is connected.
pub enum SystemPresence {}

impl Method for SystemPresence {
    const NAME: &'static str = "system-presence";
    const ACCESS: Access = Access::Read;
    type Params = Empty;
    type Result = Vec<Written<PresenceEntry>>;
}

/// `config.get`: how the gateway was started.
pub enum ConfigGet {}

impl Method for ConfigGet {
    const NAME: &'static str = "config.get";
    const ACCESS: Access = Access::Read;
    type Params = Empty;
    type Result = ConfigSnapshot;
}

/// `agents.list`: the agents that sessions can belong to.
pub enum AgentsList {}

impl Method for AgentsList {
    const NAME: &'static str = "agents.list";
    const ACCESS: Access = Access::Read;
    type Params = Empty;
    type Result = Agents;
}

/// `models.list`: the models that a session can be given.
pub enum ModelsList {}

impl Method for ModelsList {
    const NAME: &'static str = "models.list";
    const ACCESS: Access = Access::Read;
    type Params = Empty;
    type Result = Models;
}

/// `commands.list`: the chat commands.
pub enum CommandsList {}

impl Method for CommandsList {
    const NAME: &'static str = "commands.list";
    const ACCESS: Access = Access::Read;
    type Params = Empty;
    type Result = Commands;
}

/// No params, or params that this gateway does not look at, whatever they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Empty {}

impl<'de> Deserialize<'de> for Empty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self {})
    }
}

/// How the gateway is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Health {
    /// Whether it can commit changes. OpenClaw's schema knows `true` only, so it is left out instead of `false`.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub ok: bool,
    /// When it looked.
    pub ts: Millis,
    /// How long looking took.
    pub duration_ms: u64,
    /// The agent of keys that name none.
    pub default_agent_id: String,
    /// Its sessions.
    pub sessions: HealthSessions,
    /// The gateway that it stands in front of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamHealth>,
}

/// The gateway behind this one, in a health report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpstreamHealth {
    /// Whether lists show what it has.
    pub live: bool,
    /// Since when they may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_since: Option<Millis>,
    /// What keeps it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The sessions, in a health report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthSessions {
    /// Where they are stored.
    pub path: String,
    /// How many there are.
    pub count: u64,
    /// The most recently changed ones.
    pub recent: Vec<RecentSession>,
}

/// A session in a health report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentSession {
    /// Its key.
    pub key: String,
    /// When it last changed.
    pub updated_at: Millis,
    /// How long ago that was, in milliseconds.
    pub age: u64,
}

/// Result of `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The version of the gateway.
    pub runtime_version: String,
    /// Since when it runs, in milliseconds.
    pub uptime_ms: u64,
    /// How many connections are past the handshake.
    pub connections: u64,
    /// Its sessions.
    pub sessions: HealthSessions,
    /// The gateway that it stands in front of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamHealth>,
}

/// Result of `config.get`, in the form of a configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigSnapshot {
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether there is one.
    pub exists: bool,
    /// Whether it can be used.
    pub valid: bool,
    /// What is wrong with it.
    pub issues: Vec<Value>,
    /// What it says, without secrets.
    pub config: Value,
}

/// Result of `agents.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agents {
    /// The agent of keys that name none.
    pub default_id: String,
    /// What follows the agent in the key of a main session.
    pub main_key: String,
    /// How sessions are shared out among senders.
    pub scope: String,
    /// The agents.
    pub agents: Vec<Agent>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its id, as in session keys.
    pub id: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What answers its sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<AgentModel>,
}

/// What answers an agent's sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentModel {
    /// The model that is asked first, as `provider/model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
}

/// Result of `models.list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Models {
    /// The models; a gateway that runs none has none.
    pub models: Vec<Value>,
}

/// Result of `commands.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Commands {
    /// The chat commands, in the order of help texts.
    pub commands: Vec<CommandInfo>,
}

/// A chat command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct CommandInfo {
    /// Its name, without the slash.
    pub name: String,
    /// The same, where chat programs have commands of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_name: Option<String>,
    /// What to type, each with its slash.
    #[serde(default)]
    pub text_aliases: Vec<String>,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// `session`, `options` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Who made it: `native`.
    #[serde(default)]
    pub source: String,
    /// Where it works: `text`, `native` or `both`.
    #[serde(default)]
    pub scope: String,
    /// Whether something may follow the name.
    #[serde(default)]
    pub accepts_args: bool,
    /// What that is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", tsify(optional))]
    pub args: Vec<CommandArg>,
}

/// One thing that may follow the name of a chat command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct CommandArg {
    /// What to call it.
    pub name: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// `string`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// All that it can be, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", tsify(optional))]
    pub choices: Vec<CommandChoice>,
}

/// One thing that an argument can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct CommandChoice {
    /// What to type.
    pub value: String,
    /// What to show.
    pub label: String,
}

/// Payload of `presence`: who is connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    /// The gateway itself, and the connections.
    pub presence: Vec<Written<PresenceEntry>>,
}

/// A connection, as others see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PresenceEntry {
    /// The program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// How it connects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Tells several of its kind apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// What happened: `self`, `connect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The device, where it showed that it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The roles it has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The scopes it was granted.
    #[serde(skip_serializing_if = "Scopes::is_empty")]
    pub scopes: Scopes,
    /// Since when.
    pub ts: Millis,
    /// All of it in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
