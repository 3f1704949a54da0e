//! `health`, `status`, `agents.list`, `models.list` and `commands.list`: what is asked of the gateway itself.

use sessionwire_protocol::ErrorBody;
use sessionwire_protocol::gateway::{
    Agent, AgentModel, Agents, Commands, Empty, Health, Models, Status,
};

use crate::commands;
use crate::request::Caller;

/// Programs outside answer, through `chat.inject`. OpenClaw's Control UI sends nothing to an agent without a model.
const EXTERNAL: &str = "external/agent";

/// How the gateway is.
pub async fn health(caller: Caller, _: Empty) -> Result<Health, ErrorBody> {
    Ok(caller.gateway.health(true))
}

/// The same in more words.
pub async fn status(caller: Caller, _: Empty) -> Result<Status, ErrorBody> {
    let gateway = &caller.gateway;
    Ok(Status {
        runtime_version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_ms: gateway.uptime_ms(),
        connections: gateway.presence.len() as u64,
        sessions: gateway.health(true).sessions,
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
