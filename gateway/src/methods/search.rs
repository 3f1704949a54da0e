//! `sessions.search`: messages that contain words.

use std::sync::Arc;

use sessionwire_listing::Order;
use sessionwire_protocol::sessions::{
    SearchHit, SearchHits, SessionsListParams, SessionsSearchParams,
};
use sessionwire_protocol::{ErrorBody, SessionKey};

use crate::gateway::Gateway;
use crate::list::matching;
use crate::request::Caller;

/// Finds messages.
pub async fn search(caller: Caller, params: SessionsSearchParams) -> Result<SearchHits, ErrorBody> {
    const DEFAULT_LIMIT: u64 = 10;
    const MOST: u64 = 25;
    let query = params.query.trim().to_owned();
    if query.is_empty() {
        return Err(ErrorBody::invalid("query must not be empty"));
    }
    let within = within(&caller, &params)?;
    let gateway = Arc::clone(&caller.gateway);
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST) as usize;
    let (found, truncated) = caller
        .gateway
        .read_messages(move |transcripts| {
            let keys = within.keys(&gateway);
            transcripts.search(&query, keys.as_deref(), limit)
        })
        .await?;
    let state = caller.gateway.sessions.read();
    let results = found.into_iter().filter_map(|found| {
        Some(SearchHit {
            session_id: state.catalog().get(&found.key)?.entry.session_id.clone(),
            session_key: found.key,
            message_id: found.message.marks.and_then(|marks| marks.id)?,
            role: found.message.role,
            snippet: found.snippet,
            timestamp: found.message.timestamp.unwrap_or_default(),
            score: found.score,
        })
    });
    Ok(SearchHits {
        results: results.collect(),
        truncated,
    })
}

/// Where to look.
enum Within {
    All,
    These(Vec<SessionKey>),
    Scope(Box<SessionsListParams>),
}

fn within(caller: &Caller, params: &SessionsSearchParams) -> Result<Within, ErrorBody> {
    let agent = params.agent_id.as_deref();
    match (&params.session_keys, &params.scope) {
        (Some(keys), _) => keys
            .iter()
            .map(|key| caller.gateway.key(key, agent))
            .collect::<Result<_, _>>()
            .map(Within::These),
        (None, Some(scope)) => Ok(Within::Scope(Box::new(scope.clone()))),
        (None, None) if agent.is_some() => Err(ErrorBody::invalid("agentId requires sessionKeys")),
        (None, None) => Ok(Within::All),
    }
}

impl Within {
    /// The sessions to look in, where they are not all.
    fn keys(self, gateway: &Gateway) -> Option<Vec<SessionKey>> {
        match self {
            Self::All => None,
            Self::These(keys) => Some(keys),
            Self::Scope(scope) => {
                let catalog = gateway.sessions.catalog(Order::default());
                let chosen = matching(gateway, &catalog, &scope);
                Some(chosen.iter().map(|session| session.key.clone()).collect())
            }
        }
    }
}
