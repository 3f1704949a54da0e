//! `sessions.search`: messages that contain words.

use sessionwire_listing::Order;
use sessionwire_protocol::sessions::{SearchHit, SearchHits, SessionsSearchParams};
use sessionwire_protocol::{ErrorBody, SessionKey};

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
    let keys = keys(&caller, &params)?;
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST) as usize;
    let (found, truncated) = caller
        .gateway
        .read_messages(move |transcripts| transcripts.search(&query, keys.as_deref(), limit))
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

/// The sessions to look in, where they were chosen.
fn keys(
    caller: &Caller,
    params: &SessionsSearchParams,
) -> Result<Option<Vec<SessionKey>>, ErrorBody> {
    let agent = params.agent_id.as_deref();
    match (&params.session_keys, &params.scope) {
        (Some(keys), _) => keys
            .iter()
            .map(|key| caller.gateway.key(key, agent))
            .collect::<Result<_, _>>()
            .map(Some),
        (None, Some(scope)) => {
            let catalog = caller.gateway.sessions.catalog(Order::default());
            let chosen = matching(&caller.gateway, &catalog, scope);
            Ok(Some(
                chosen.iter().map(|session| session.key.clone()).collect(),
            ))
        }
        (None, None) if agent.is_some() => Err(ErrorBody::invalid("agentId requires sessionKeys")),
        (None, None) => Ok(None),
    }
}
