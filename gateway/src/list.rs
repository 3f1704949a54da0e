//! Lists: which sessions, in which order, which page.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use sessionwire_listing::{Filter, Listed, Order};
use sessionwire_protocol::sessions::{ListDefaults, SessionsListParams};
use sessionwire_protocol::{Millis, SessionKey};

use crate::feed::Source;
use crate::gateway::Gateway;
use crate::session::Session;
use crate::state::State;

/// A page of the list as answered: [`sessionwire_protocol::sessions::SessionsListed`] with rows that are
/// encoded already.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<'a> {
    ts: Millis,
    path: String,
    count: usize,
    total_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_applied: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    next_offset: Option<usize>,
    has_more: bool,
    owners: [(); 0],
    #[serde(flatten)]
    people: Option<People>,
    defaults: ListDefaults,
    sessions: Vec<Cow<'a, RawValue>>,
}

/// Who has to do with the sessions of a list: nobody is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct People {
    people: [(); 0],
    people_incomplete: bool,
    people_session_count: usize,
}

/// All that a subscription shows.
pub fn snapshot<'a>(gateway: &Gateway, state: &'a State, source: &Source) -> Page<'a> {
    let (rows, total): (Vec<_>, _) = match source {
        Source::Journal => {
            let rows = state.iter();
            let rows = rows.map(|session| Cow::Borrowed(session.row_json()));
            (rows.collect(), state.len())
        }
        Source::Live(live, _) => {
            let rows = live.rows(state, |session| Cow::Owned(session.row_json().to_owned()));
            let filter = &source.view().filter;
            let matching = state
                .iter()
                .filter(|session| filter.matches(session.as_ref()));
            (rows, matching.count())
        }
    };
    Page {
        ts: gateway.clock.now(),
        path: gateway.store_path(),
        count: rows.len(),
        total_count: total,
        limit_applied: source.view().limit,
        offset: None,
        next_offset: None,
        has_more: rows.len() < total,
        owners: [],
        people: None,
        defaults: ListDefaults::default(),
        sessions: rows,
    }
}

/// The page that the params ask for.
pub fn page<'a>(gateway: &Gateway, state: &'a State, params: &SessionsListParams) -> Page<'a> {
    const DEFAULT_LIMIT: u64 = 100;
    let offset = params.offset.unwrap_or_default() as usize;
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let order = Order::by(params.sort_by.unwrap_or_default());
    let mut matching: Vec<&Arc<Session>> = matching(gateway, state, params).collect();
    if order != Order::default() {
        matching.sort_by_cached_key(|session| order.rank(session.as_ref()));
    }
    let total = matching.len();
    let rows: Vec<_> = matching
        .into_iter()
        .skip(offset)
        .take(limit)
        .map(|session| present(session, params))
        .collect();
    let next = offset.saturating_add(rows.len());
    let has_more = !rows.is_empty() && next < total;
    Page {
        ts: gateway.clock.now(),
        path: gateway.store_path(),
        count: rows.len(),
        total_count: total,
        limit_applied: Some(limit),
        offset: params.offset.map(|offset| offset as usize),
        next_offset: has_more.then_some(next),
        has_more,
        owners: [],
        people: (params.include_people == Some(true)).then_some(People {
            people: [],
            people_incomplete: false,
            people_session_count: total,
        }),
        defaults: ListDefaults::default(),
        sessions: rows,
    }
}

/// The sessions that the params choose, in the default order.
pub fn matching<'a>(
    gateway: &Gateway,
    state: &'a State,
    params: &SessionsListParams,
) -> impl Iterator<Item = &'a Arc<Session>> {
    let filter = Filter::new(params, gateway.clock.now());
    let only_configured = params.configured_agents_only == Some(true);
    state.iter().filter(move |session| {
        filter.matches(session.as_ref()) && (!only_configured || is_configured(gateway, session))
    })
}

/// Whether a session has to do with an agent of this gateway.
fn is_configured(gateway: &Gateway, session: &Session) -> bool {
    let agents = &gateway.config.agents;
    let is_ours = |key: &SessionKey| {
        let agent = key.agent_id();
        agent.is_none_or(|agent| agents.iter().any(|ours| ours == agent))
    };
    let facts = session.facts();
    let keys = [Some(&session.key), facts.spawned_by, facts.parent];
    keys.into_iter().flatten().any(is_ours)
}

/// The row with the parts that were asked for.
fn present<'a>(session: &'a Session, params: &SessionsListParams) -> Cow<'a, RawValue> {
    session.row_without(
        params.include_derived_titles != Some(true),
        params.include_last_message != Some(true),
    )
}
