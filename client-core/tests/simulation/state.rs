//! Sessions, and what a list shows of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) type State = BTreeMap<String, Session>;

/// A session as clients should see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Names the generation.
    pub(crate) revision: u64,
    /// Goes up with every change of any session.
    pub(crate) version: u64,
    pub(crate) label: Option<u64>,
    pub(crate) pinned: bool,
    pub(crate) archived: bool,
}

/// Of sessions that were pinned at the same time the one that changed last stands first.
const PINNED_AT: u64 = 1;

/// Every session, or the first ones of those that are not archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) limit: Option<usize>,
}

impl View {
    pub(crate) const EVERYTHING: Self = Self { limit: None };

    pub(crate) fn of(params: &Value) -> Self {
        let limit = params["limit"].as_u64().map(|limit| limit as usize);
        Self { limit }
    }

    /// The keys that the list shows, in its order.
    pub(crate) fn list(self, state: &State) -> Vec<&String> {
        let shown = |session: &Session| self.limit.is_none() || !session.archived;
        let mut rows: Vec<_> = state.iter().filter(|(_, row)| shown(row)).collect();
        rows.sort_by_key(|(key, row)| (!row.pinned, u64::MAX - row.version, *key));
        let limit = self.limit.unwrap_or(rows.len());
        rows.into_iter().take(limit).map(|(key, _)| key).collect()
    }
}

/// The row; its generation is in `lifecycleRevision`, or, as from a gateway without cursors, in `sessionId`.
pub(crate) fn row(key: &str, session: &Session, plain: bool) -> Value {
    let mut row = json!({
        "key": key, "kind": "direct", "sessionId": format!("{key}-transcript"),
        "lifecycleRevision": session.revision.to_string(),
        "updatedAt": session.version, "pinned": session.pinned, "archived": session.archived,
    });
    if session.pinned {
        row["pinnedAt"] = PINNED_AT.into();
    }
    if let Some(label) = session.label {
        row["label"] = label.to_string().into();
    }
    if plain {
        row["sessionId"] = row["lifecycleRevision"].take();
    }
    row
}
