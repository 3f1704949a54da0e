//! Lists: which sessions, in which order, which page.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use sessionwire_listing::{Filter, Order};
use sessionwire_protocol::Millis;
use sessionwire_protocol::sessions::{ListDefaults, SessionsListParams};

use crate::feed::Source;
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
    defaults: ListDefaults,
    sessions: Vec<Cow<'a, RawValue>>,
}

/// All that a subscription shows.
pub fn snapshot<'a>(state: &'a State, source: &Source, now: Millis, path: String) -> Page<'a> {
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
        ts: now,
        path,
        count: rows.len(),
        total_count: total,
        limit_applied: source.view().limit,
        offset: None,
        next_offset: None,
        has_more: rows.len() < total,
        owners: [],
        defaults: ListDefaults::default(),
        sessions: rows,
    }
}

/// The page that the params ask for.
pub fn page<'a>(
    state: &'a State,
    params: &SessionsListParams,
    now: Millis,
    path: String,
) -> Page<'a> {
    const DEFAULT_LIMIT: u64 = 100;
    let offset = params.offset.unwrap_or_default() as usize;
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let order = Order::by(params.sort_by.unwrap_or_default());
    let mut matching: Vec<&Arc<Session>> = matching(state, params, now).collect();
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
        ts: now,
        path,
        count: rows.len(),
        total_count: total,
        limit_applied: Some(limit),
        offset: params.offset.map(|offset| offset as usize),
        next_offset: has_more.then_some(next),
        has_more,
        owners: [],
        defaults: ListDefaults::default(),
        sessions: rows,
    }
}

/// The sessions that the params choose, in the default order.
pub fn matching<'a>(
    state: &'a State,
    params: &SessionsListParams,
    now: Millis,
) -> impl Iterator<Item = &'a Arc<Session>> {
    let filter = Filter::new(params, now);
    state
        .iter()
        .filter(move |session| filter.matches(session.as_ref()))
}

/// The row with the parts that were asked for.
fn present<'a>(session: &'a Session, params: &SessionsListParams) -> Cow<'a, RawValue> {
    session.row_without(
        params.include_derived_titles != Some(true),
        params.include_last_message != Some(true),
    )
}
