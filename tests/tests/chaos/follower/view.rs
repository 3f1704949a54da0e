use std::cmp::Reverse;

use serde::Serialize;
use sessionwire::protocol::sessions::{Archived, SessionsListParams, SortBy};

use super::Row;

/// The agent of which lists show the sessions.
const AGENT: &str = "research";
/// The group of which they do.
const GROUP: &str = "Home";
/// What they search for. Only labels have it in them.
const SEARCH: &str = "tea";

/// What a follower subscribes to. What the list has to be is worked out here from nothing but rows, without the code
/// that the gateway and the clients share.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct View {
    #[serde(skip)]
    pub(crate) name: &'static str,
    pub(crate) params: SessionsListParams,
    /// Sessions go from it only by eviction.
    pub(crate) lasting: bool,
    /// By how many rows its window grows at a time.
    #[serde(skip)]
    pub(crate) growth: Option<u64>,
}

impl View {
    /// Every session.
    pub(crate) fn everything() -> Self {
        let view = Self::new("every session", SessionsListParams::default());
        Self {
            lasting: true,
            ..view
        }
    }

    /// The first sessions of all that are not archived.
    pub(crate) fn newest() -> Self {
        let params = SessionsListParams {
            limit: Some(50),
            ..SessionsListParams::default()
        };
        Self::new("the newest", params)
    }

    /// The sessions of an agent, archived or not.
    pub(crate) fn of_agent() -> Self {
        let params = SessionsListParams {
            agent_id: Some(AGENT.to_owned()),
            archived: Some(Archived::All),
            ..SessionsListParams::default()
        };
        Self {
            lasting: true,
            ..Self::new("of an agent", params)
        }
    }

    /// The sessions of a group.
    pub(crate) fn of_group() -> Self {
        let params = SessionsListParams {
            group: Some(GROUP.to_owned()),
            ..SessionsListParams::default()
        };
        Self::new("of a group", params)
    }

    /// The pinned sessions.
    pub(crate) fn pinned() -> Self {
        let params = SessionsListParams {
            pinned: Some(true),
            ..SessionsListParams::default()
        };
        Self::new("pinned", params)
    }

    /// The sessions that a search finds.
    pub(crate) fn found() -> Self {
        let params = SessionsListParams {
            search: Some(SEARCH.to_owned()),
            ..SessionsListParams::default()
        };
        Self::new("found", params)
    }

    /// The first sessions of those that a search finds, by label.
    pub(crate) fn by_label() -> Self {
        let params = SessionsListParams {
            search: Some(SEARCH.to_owned()),
            archived: Some(Archived::All),
            sort_by: Some(SortBy::Label),
            limit: Some(20),
            ..SessionsListParams::default()
        };
        Self::new("by label", params)
    }

    /// The youngest sessions of an agent that are not pinned.
    pub(crate) fn youngest() -> Self {
        let params = SessionsListParams {
            agent_id: Some(AGENT.to_owned()),
            pinned: Some(false),
            sort_by: Some(SortBy::CreatedAt),
            limit: Some(15),
            ..SessionsListParams::default()
        };
        Self::new("the youngest", params)
    }

    /// The archived sessions.
    pub(crate) fn archived() -> Self {
        let params = SessionsListParams {
            archived: Some(Archived::Only),
            ..SessionsListParams::default()
        };
        Self::new("archived", params)
    }

    /// The same, as a window that grows while it is followed.
    pub(crate) fn growing(self) -> Self {
        let growth = self.params.limit.map(|limit| limit / 2);
        Self { growth, ..self }
    }

    fn new(name: &'static str, params: SessionsListParams) -> Self {
        Self {
            name,
            params,
            lasting: false,
            growth: None,
        }
    }

    /// Whether it is the list of every session.
    pub(crate) fn is_everything(&self) -> bool {
        self.params == SessionsListParams::default()
    }

    /// What the list has to be.
    pub(crate) fn of(&self, store: &[Row]) -> Vec<Row> {
        let shown = store.iter().filter(|row| self.shows(row));
        let mut rows: Vec<_> = shown.cloned().collect();
        rows.sort_by(|a, b| self.rank(a).cmp(&self.rank(b)));
        let limit = self.params.limit.map_or(rows.len(), |limit| limit as usize);
        rows.truncate(limit);
        rows
    }

    fn shows(&self, row: &Row) -> bool {
        let params = &self.params;
        let is = |name: &str| row[name] == true;
        let fits = |wanted: &Option<String>, name: &str| {
            wanted.as_deref().is_none_or(|wanted| row[name] == wanted)
        };
        let holds = |name: &str, part: &str| {
            let text = row[name].as_str().unwrap_or_default();
            text.to_lowercase().contains(part)
        };
        let archived = match params.archived {
            _ if self.is_everything() => true,
            Some(Archived::All) => true,
            Some(Archived::Only) => is("archived"),
            Some(Archived::Without) | None => !is("archived"),
        };
        archived
            && fits(&params.agent_id, "agentId")
            && fits(&params.group, "category")
            && params.pinned.is_none_or(|pinned| is("pinned") == pinned)
            && params
                .search
                .as_deref()
                .is_none_or(|part| holds("label", part))
    }

    /// What comes first is least.
    fn rank<'a>(&self, row: &'a Row) -> impl Ord + use<'a> {
        let newest = |name: &str| Reverse(row[name].as_u64());
        let label = row["label"].as_str();
        let (chosen, name) = match self.params.sort_by {
            Some(SortBy::Label) => (Reverse(None), label.map(str::to_lowercase)),
            Some(SortBy::CreatedAt) => (newest("createdAt"), None),
            _ => (newest("updatedAt"), None),
        };
        let pinned_at = newest("pinnedAt");
        let key = row["key"].as_str();
        (pinned_at, chosen, name.is_none(), name, key)
    }
}
