//! What a subscriber should see, decided the simple way and by nothing of what clients or the gateway use.

use std::cmp::Ordering;
use std::sync::Arc;

use sessionwire_gateway::session::Session;
use sessionwire_protocol::SessionEntry;
use sessionwire_protocol::sessions::{Archived, SessionsListParams, SortBy};

use crate::store::Sessions;

/// The rows of a list: those that fit, in order, at most so many.
pub(crate) fn list(params: &SessionsListParams, sessions: &Sessions) -> Vec<Arc<Session>> {
    let everything = *params == SessionsListParams::default();
    let mut rows: Vec<_> = sessions
        .values()
        .filter(|session| everything || fits(params, session))
        .cloned()
        .collect();
    let field = params.sort_by.unwrap_or_default();
    rows.sort_by(|a, b| compare(field, a, b));
    rows.truncate(params.limit.map_or(usize::MAX, |limit| limit as usize));
    rows
}

fn fits(params: &SessionsListParams, session: &Session) -> bool {
    let entry = &session.entry;
    let archived = match params.archived.unwrap_or_default() {
        Archived::Without => entry.archived_at.is_none(),
        Archived::Only => entry.archived_at.is_some(),
        Archived::All => true,
    };
    let parents = [&entry.spawned_by, &entry.parent_session_key];
    let comes_from = |wanted: &str| {
        let mut parents = parents.into_iter().flatten();
        session.key.as_str() != wanted && parents.any(|parent| parent.as_str() == wanted)
    };
    archived
        && !is_run_of_job(session.key.as_str())
        && !(params.exclude_cron == Some(true) && session.key.as_str().contains(":cron:"))
        && wants(params.agent_id.as_deref(), session.key.agent_id())
        && wants(params.label.as_deref(), entry.label.as_deref())
        && wants(
            params.group.as_deref(),
            entry.category.as_deref().or(Some("")),
        )
        && params.spawned_by.as_deref().is_none_or(comes_from)
        && params
            .pinned
            .is_none_or(|pinned| pinned == entry.pinned_at.is_some())
        && params
            .search
            .as_deref()
            .is_none_or(|text| is_found(session, text))
}

fn wants(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

/// `agent:…:cron:JOB:run:ID`
fn is_run_of_job(key: &str) -> bool {
    let parts: Vec<_> = key.split(':').collect();
    matches!(parts[..], ["agent", _, "cron", job, "run", id, ..] if !job.is_empty() && !id.is_empty())
}

fn is_found(session: &Session, text: &str) -> bool {
    let entry = &session.entry;
    let texts = [
        Some(session.key.as_str()),
        entry.label.as_deref(),
        entry.display_name.as_deref(),
        entry.category.as_deref(),
        // Nothing runs here.
        Some("idle"),
    ];
    let mut texts = texts.into_iter().flatten();
    texts.any(|found| found.to_lowercase().contains(text))
}

fn compare(field: SortBy, a: &Session, b: &Session) -> Ordering {
    let newest = |time: fn(&SessionEntry) -> Option<u64>| time(&b.entry).cmp(&time(&a.entry));
    let pinned = newest(|entry| entry.pinned_at);
    let chosen = match field {
        SortBy::UpdatedAt => pinned.then(newest(|entry| Some(entry.updated_at))),
        SortBy::LastInteractionAt => newest(|entry| entry.last_interaction_at),
        SortBy::Activity => newest(|entry| entry.last_interaction_at.or(Some(entry.updated_at))),
        SortBy::CreatedAt => pinned.then(newest(|entry| Some(entry.created_at))),
        SortBy::Label => {
            let label = |session: &Session| {
                let label = session.entry.label.as_ref();
                (label.is_none(), label.map(|label| label.to_lowercase()))
            };
            pinned.then_with(|| label(a).cmp(&label(b)))
        }
    };
    chosen.then_with(|| a.key.as_str().cmp(b.key.as_str()))
}
