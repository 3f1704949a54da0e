//! `sessions.cleanup`: the eviction policy, at once.

use std::sync::Arc;

use sessionwire_listing::Order;
use sessionwire_protocol::sessions::{SessionsCleaned, SessionsCleanupParams};
use sessionwire_protocol::{ErrorBody, SessionKey};

use crate::effort::is_long_look;
use crate::eviction::{Evicted, Policy, enforce};
use crate::request::Caller;
use crate::session::Session;

/// Evicts every session that is due, or only tells how many are.
pub async fn cleanup(
    caller: Caller,
    params: SessionsCleanupParams,
) -> Result<SessionsCleaned, ErrorBody> {
    let gateway = &caller.gateway;
    let policy = Policy::of(&gateway.config);
    let agent = params.agent.map(|agent| agent.trim().to_lowercase());
    if let Some(agent) = &agent {
        gateway.known_agent(agent)?;
    }
    let spared = params
        .active_key
        .map(|key| gateway.key(&key, agent.as_deref()))
        .transpose()?;
    let agent_id = agent
        .clone()
        .unwrap_or_else(|| gateway.config.default_agent().to_owned());
    let may_go = move |session: &Session| chosen(session, agent.as_deref(), spared.as_ref());
    let enforced = params.enforce != Some(false);
    let (before, evicted, after) = if enforced {
        let count = || gateway.sessions.read().catalog().len();
        let before = count();
        let evicted = enforce(gateway, policy, may_go).await?;
        (before, evicted, count())
    } else {
        let own = Arc::clone(gateway);
        let is_long = is_long_look(gateway.sessions.read().catalog());
        let counting = move || {
            let sessions = own.sessions.catalog(Order::default());
            let now = own.clock.now();
            let mut evicted = Evicted::default();
            let due = policy.due(now, sessions.len(), sessions.iter());
            for session in due.filter(|session| may_go(session)) {
                evicted.count(policy.is_idle(session, now));
            }
            (sessions.len(), evicted, sessions.len() - evicted.total())
        };
        caller.aside.run(is_long, counting).await
    };
    Ok(SessionsCleaned {
        agent_id,
        store_path: gateway.store_path(),
        mode: if enforced { "enforce" } else { "warn" }.to_owned(),
        dry_run: !enforced,
        before_count: before as u64,
        after_count: after as u64,
        pruned: evicted.idle as u64,
        capped: evicted.excess as u64,
        would_mutate: evicted.total() > 0,
        applied: enforced,
    })
}

fn chosen(session: &Session, agent: Option<&str>, spared: Option<&SessionKey>) -> bool {
    agent.is_none_or(|agent| session.key.agent_id() == Some(agent)) && spared != Some(&session.key)
}
