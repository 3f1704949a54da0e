//! `health`, `status`, `system-presence`, `config.get`, `agents.list`, `models.list` and `commands.list`: what is asked
//! of the gateway itself.

use serde_json::json;
use sessionwire_protocol::gateway::{
    Agent, AgentModel, Agents, Commands, ConfigSnapshot, Empty, Health, Models, PresenceEntry,
    Status,
};
use sessionwire_protocol::{ErrorBody, Scope, Written};

use crate::commands;
use crate::request::Caller;
use crate::upstream::Upstream;

/// Programs outside answer, through `chat.inject`. OpenClaw's Control UI sends nothing to an agent without a model.
const EXTERNAL: &str = "external/agent";

/// How the gateway is; its sessions only for those who may read.
pub async fn health(caller: Caller, _: Empty) -> Result<Health, ErrorBody> {
    let may_read = caller.scopes.allow(&Scope::READ);
    Ok(caller.gateway.health(may_read))
}

/// The same in more words.
pub async fn status(caller: Caller, _: Empty) -> Result<Status, ErrorBody> {
    let gateway = &caller.gateway;
    Ok(Status {
        runtime_version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_ms: gateway.uptime_ms(),
        connections: gateway.presence.len() as u64,
        upstream: gateway.upstream.as_ref().map(Upstream::health),
        sessions: gateway.health(true).sessions,
    })
}

/// Who is connected.
pub async fn presence(caller: Caller, _: Empty) -> Result<Vec<Written<PresenceEntry>>, ErrorBody> {
    let (presence, _) = caller.gateway.presence.snapshot();
    Ok(presence)
}

/// The options of the command line, as a configuration file of OpenClaw would say them.
pub async fn config(caller: Caller, _: Empty) -> Result<ConfigSnapshot, ErrorBody> {
    let config = &caller.gateway.config;
    let agents = config.agents.iter().map(|agent| json!({ "id": agent }));
    let bind = match config.bind.ip().is_loopback() {
        true => "loopback",
        false => "custom",
    };
    let config = json!({
        "gateway": {
            "mode": "local",
            "bind": bind,
            "port": config.bind.port(),
            "auth": { "mode": "token" },
            "controlUi": { "allowedOrigins": config.allowed_origins },
        },
        "agents": { "list": agents.collect::<Vec<_>>() },
    });
    Ok(ConfigSnapshot {
        path: None,
        exists: false,
        valid: true,
        issues: Vec::new(),
        config,
    })
}

/// The agents that sessions can belong to.
pub async fn agents(caller: Caller, _: Empty) -> Result<Agents, ErrorBody> {
    let config = &caller.gateway.config;
    let agents = config.agents.iter().map(|agent| Agent {
        id: agent.clone(),
        name: None,
        model: Some(AgentModel {
            primary: Some(EXTERNAL.to_owned()),
        }),
    });
    Ok(Agents {
        default_id: config.default_agent().to_owned(),
        main_key: "main".to_owned(),
        scope: "per-sender".to_owned(),
        agents: agents.collect(),
    })
}

/// The models that a session can be given: none are run here, so any name is as good.
pub async fn models(_: Caller, _: Empty) -> Result<Models, ErrorBody> {
    Ok(Models { models: Vec::new() })
}

/// The chat commands.
pub async fn commands(_: Caller, _: Empty) -> Result<Commands, ErrorBody> {
    Ok(Commands {
        commands: commands::list(),
    })
}
