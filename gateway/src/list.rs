//! Lists: which sessions, in which order, which page.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sessionwire_protocol::sessions::{Archived, ListDefaults, SessionsListParams, SortBy};
use sessionwire_protocol::{Millis, SessionKey};

use crate::clock;
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

/// Every session in the default order.
pub fn snapshot(state: &State, path: String) -> Page<'_> {
    let rows: Vec<_> = state
        .iter()
        .map(|session| Cow::Borrowed(session.row_json()))
        .collect();
    Page {
        ts: clock::now(),
        path,
        count: rows.len(),
        total_count: rows.len(),
        limit_applied: None,
        offset: None,
        next_offset: None,
        has_more: false,
        owners: [],
        defaults: ListDefaults::default(),
        sessions: rows,
    }
}

/// The page that the params ask for.
pub fn page<'a>(state: &'a State, params: &SessionsListParams, path: String) -> Page<'a> {
    const DEFAULT_LIMIT: u64 = 100;
    let now = clock::now();
    let offset = params.offset.unwrap_or_default() as usize;
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let mut matching: Vec<&Arc<Session>> = matching(state, params, now).collect();
    match params.sort_by.unwrap_or_default() {
        SortBy::UpdatedAt => {}
        SortBy::LastInteractionAt => matching.sort_by_key(|session| {
            (
                session.entry.pinned_at.is_none(),
                Reverse(session.entry.last_interaction_at),
            )
        }),
        SortBy::Activity => matching.sort_by_key(|session| {
            let entry = &session.entry;
            (
                entry.pinned_at.is_none(),
                Reverse(
                    entry
                        .last_interaction_at
                        .unwrap_or_default()
                        .max(entry.updated_at),
                ),
            )
        }),
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
    state.iter().filter(move |session| filter.matches(session))
}

/// The row with the parts that were asked for.
fn present<'a>(session: &'a Session, params: &SessionsListParams) -> Cow<'a, RawValue> {
    let (title, preview) = (
        params.include_derived_titles == Some(true),
        params.include_last_message == Some(true),
    );
    if title && preview {
        return Cow::Borrowed(session.row_json());
    }
    let mut row = session.row();
    row.derived_title = row.derived_title.filter(|_| title);
    row.last_message_preview = row.last_message_preview.filter(|_| preview);
    Cow::Owned(to_raw_value(&row).expect("a row always serialises"))
}

/// The list params that choose sessions.
struct Filter<'a> {
    params: &'a SessionsListParams,
    search: Option<String>,
    changed_since: Millis,
    spawned_by: Option<SessionKey>,
}

impl<'a> Filter<'a> {
    fn new(params: &'a SessionsListParams, now: Millis) -> Self {
        let minutes = params.active_minutes.unwrap_or_default();
        let search = params
            .search
            .as_deref()
            .map(|text| text.trim().to_lowercase())
            .filter(|text| !text.is_empty());
        Self {
            params,
            search,
            changed_since: if minutes == 0 {
                0
            } else {
                now.saturating_sub(minutes.saturating_mul(60_000))
            },
            spawned_by: params.spawned_by.as_deref().map(SessionKey::from),
        }
    }

    fn matches(&self, session: &Session) -> bool {
        let (params, entry, key) = (self.params, &session.entry, &session.key);
        let archived = match params.archived.unwrap_or_default() {
            Archived::Without => entry.archived_at.is_none(),
            Archived::Only => entry.archived_at.is_some(),
            Archived::All => true,
        };
        let wanted = |include: Option<bool>| include == Some(true);
        archived
            && (key.as_str() != "global" || wanted(params.include_global))
            && (key.as_str() != "unknown" || wanted(params.include_unknown))
            && !(wanted(params.exclude_subagents) && key.rest().starts_with("subagent:"))
            && !key.rest().starts_with("cron:")
            && !wanted(params.active_only)
            && entry.updated_at >= self.changed_since
            && (!wanted(params.require_last_interaction) || entry.last_interaction_at.is_some())
            && params
                .agent_id
                .as_deref()
                .is_none_or(|agent| key.agent_id() == Some(agent))
            && params
                .label
                .as_deref()
                .is_none_or(|label| entry.label.as_deref() == Some(label))
            && params
                .group
                .as_deref()
                .is_none_or(|group| entry.category.as_deref() == Some(group))
            && params
                .pinned
                .is_none_or(|pinned| entry.pinned_at.is_some() == pinned)
            && self.spawned_by.as_ref().is_none_or(|parent| {
                entry
                    .spawned_by
                    .as_ref()
                    .or(entry.parent_session_key.as_ref())
                    == Some(parent)
            })
            && params.board_face.as_deref().is_none_or(|face| {
                entry
                    .options
                    .get("boardFace")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or("chat")
                    == face
            })
            && self.search.as_deref().is_none_or(|search| {
                session
                    .search_texts()
                    .any(|text| text.to_lowercase().contains(search))
            })
    }
}
