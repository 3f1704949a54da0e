//! Lists: which sessions, in which order, which page.

use std::sync::Arc;

use serde::Serialize;
use sessionwire_listing::{Filter, Listed, Order, View};
use sessionwire_protocol::Millis;
use sessionwire_protocol::sessions::{ListDefaults, SessionsListParams};

use crate::encoded::Encoded;
use crate::feed::Source;
use crate::field::begin;
use crate::gateway::Gateway;
use crate::row::Row;
use crate::session::Session;
use crate::state::{Catalog, Chosen};

/// A page of the list as answered: [`sessionwire_protocol::sessions::SessionsListed`].
pub struct Page<'a> {
    head: Head,
    sessions: Vec<Row<'a>>,
}

/// What is said of the sessions before they are shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
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
}

impl Page<'_> {
    /// About as many bytes as it takes.
    pub fn size(&self) -> usize {
        const ROW: usize = 768;
        const REST: usize = 1_024;
        self.sessions.len() * ROW + REST
    }

    /// Writes it as JSON.
    pub fn write(&self, json: &mut String) {
        begin(&self.head, json);
        json.push_str(r#","sessions":["#);
        for (index, row) in self.sessions.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            row.write(json);
        }
        json.push_str("]}");
    }

    /// As an answer.
    pub fn encoded(&self) -> Encoded {
        Encoded::written(self.size(), |json| self.write(json))
    }
}

/// Who has to do with the sessions of a list: nobody is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct People {
    people: [(); 0],
    people_incomplete: bool,
    people_session_count: usize,
}

/// All that a subscription shows of the sessions; `shown` are the rows of its window, where it has one.
pub fn snapshot<'a>(
    gateway: &Gateway,
    catalog: &'a Catalog,
    source: &Source,
    shown: Option<&'a [Arc<Session>]>,
) -> Page<'a> {
    let View {
        filter,
        order,
        limit,
    } = source.view();
    let (rows, total): (Vec<_>, _) = match (source, shown) {
        (Source::Journal, _) => (catalog.iter().collect(), catalog.len()),
        (Source::Live(..), Some(shown)) => {
            let is_whole = limit.is_none_or(|limit| shown.len() < limit);
            let total = match is_whole {
                true => shown.len(),
                false => catalog.choose(filter).len(),
            };
            (shown.iter().collect(), total)
        }
        (Source::Live(..), None) => {
            let chosen = catalog.choose(filter);
            let rows = chosen.page(*order, None, 0, usize::MAX);
            (rows, chosen.len())
        }
    };
    let head = Head {
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
    };
    Page {
        head,
        sessions: rows.into_iter().map(|row| Row::terse(row)).collect(),
    }
}

/// The page that the params ask for.
pub fn page<'a>(gateway: &Gateway, catalog: &'a Catalog, params: &SessionsListParams) -> Page<'a> {
    let (offset, limit) = range(params);
    let order = order(params);
    let with_title = params.include_derived_titles == Some(true);
    let with_preview = params.include_last_message == Some(true);
    let matching = matching(gateway, catalog, params);
    let total = matching.len();
    let rows: Vec<_> = matching
        .page(order, None, offset, limit)
        .into_iter()
        .map(|session| Row::with(session, with_title, with_preview))
        .collect();
    let next = offset.saturating_add(rows.len());
    let has_more = !rows.is_empty() && next < total;
    let head = Head {
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
    };
    Page {
        head,
        sessions: rows,
    }
}

/// Where the page begins that the params ask for, and how many rows it has at most.
pub fn range(params: &SessionsListParams) -> (usize, usize) {
    const DEFAULT_LIMIT: u64 = 100;
    let offset = params.offset.unwrap_or_default();
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT);
    (offset as usize, limit as usize)
}

/// The order that the params ask for.
pub fn order(params: &SessionsListParams) -> Order {
    Order::by(params.sort_by.unwrap_or_default())
}

/// The sessions that the params choose.
pub fn matching<'a>(
    gateway: &Gateway,
    catalog: &'a Catalog,
    params: &SessionsListParams,
) -> Chosen<'a> {
    let chosen = catalog.choose(&Filter::new(params, gateway.clock.now()));
    match params.configured_agents_only {
        Some(true) => chosen.retain(
            |traits| owns(gateway, traits.owner).then_some(true),
            |session| is_configured(gateway, session),
        ),
        Some(false) | None => chosen,
    }
}

/// Whether a session has to do with an agent of this gateway.
fn is_configured(gateway: &Gateway, session: &Session) -> bool {
    let facts = session.facts();
    let keys = [Some(&session.key), facts.spawned_by, facts.parent];
    let mut keys = keys.into_iter().flatten();
    keys.any(|key| owns(gateway, key.agent_id()))
}

/// Whether an agent is one of this gateway; what is no agent's is everybody's.
fn owns(gateway: &Gateway, agent: Option<&str>) -> bool {
    let agents = &gateway.config.agents;
    agent.is_none_or(|agent| agents.iter().any(|own| own == agent))
}
