use std::collections::BTreeMap;

use sessionwire_client_core::{Error, SessionEvent};
use sessionwire_protocol::SessionKey;

use crate::inbox::Unread;

/// How many evictions wait for a subscriber that takes nothing.
const EVICTIONS: usize = 65_536;

/// Unread events of a list, in order. Of the changes of one row the newest waits, and a snapshot takes the
/// place of all changes before it; evictions wait one by one, and too many of them end the subscription.
#[derive(Debug, Default)]
pub(crate) struct ListUnread {
    /// By when they came.
    events: BTreeMap<u64, SessionEvent>,
    /// Where the one change of a row waits.
    changes: BTreeMap<SessionKey, u64>,
    snapshot: Option<u64>,
    last: u64,
    failed: bool,
    /// Nothing takes the place of anything: whoever takes these is not far behind, or begins anew.
    keeps_all: bool,
}

impl Unread for ListUnread {
    type Event = SessionEvent;

    fn push(&mut self, event: SessionEvent) {
        if self.failed {
            return;
        }
        self.last += 1;
        match &event {
            SessionEvent::Failed(_) => self.failed = true,
            _ if self.keeps_all && self.events.len() >= EVICTIONS => {
                return self.fail(Error::Lagged);
            }
            _ if self.keeps_all => {}
            SessionEvent::Snapshot { .. } => {
                let stale = std::mem::take(&mut self.changes).into_values();
                for at in stale.chain(self.snapshot.replace(self.last)) {
                    self.events.remove(&at);
                }
            }
            SessionEvent::Changed { row, .. } => {
                let stale = self.changes.insert(row.head.key.clone(), self.last);
                self.forget(stale);
            }
            SessionEvent::Left { key } => {
                let stale = self.changes.insert(key.clone(), self.last);
                self.forget(stale);
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    let stale = self.changes.remove(&evicted.key);
                    self.forget(stale);
                }
                if self.events.len() - self.changes.len() > EVICTIONS {
                    return self.fail(Error::Lagged);
                }
            }
        }
        self.events.insert(self.last, event);
    }

    fn pop(&mut self) -> Option<SessionEvent> {
        let (at, event) = self.events.pop_first()?;
        match &event {
            SessionEvent::Snapshot { .. } => self.snapshot = None,
            SessionEvent::Changed { row, .. } => self.taken(&row.head.key, at),
            SessionEvent::Left { key } => self.taken(key, at),
            SessionEvent::Evicted(_) | SessionEvent::Failed(_) => {}
        }
        Some(event)
    }
}

impl ListUnread {
    /// Events of which each is kept.
    pub(crate) fn of_all() -> Self {
        Self {
            keeps_all: true,
            ..Self::default()
        }
    }

    fn forget(&mut self, at: Option<u64>) {
        if let Some(at) = at {
            self.events.remove(&at);
        }
    }

    fn taken(&mut self, key: &SessionKey, at: u64) {
        if self.changes.get(key) == Some(&at) {
            self.changes.remove(key);
        }
    }

    fn fail(&mut self, error: Error) {
        self.events = BTreeMap::from([(self.last, SessionEvent::Failed(error))]);
        self.changes.clear();
        self.snapshot = None;
        self.failed = true;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sessionwire_client_core::{Json, Row};
    use sessionwire_protocol::Cursor;

    use super::super::evicted;
    use super::*;

    #[test]
    fn of_the_changes_of_a_row_the_newest_waits() {
        let mut unread = ListUnread::default();
        for event in events(&["a1", "b1", "a2", "-b", "a3", "c1"]) {
            unread.push(event);
        }
        assert_eq!(taken(&mut unread), ["left b", "changed a3", "changed c1"]);
    }

    #[test]
    fn who_asks_for_all_gets_all_or_is_told_that_it_lags() {
        let mut unread = ListUnread::of_all();
        for event in events(&["a1", "a2", "!a", "a3", "=", "-a"]) {
            unread.push(event);
        }
        assert_eq!(
            taken(&mut unread),
            [
                "changed a1",
                "changed a2",
                "evicted a",
                "changed a3",
                "snapshot",
                "left a"
            ]
        );
        for _ in 0..=EVICTIONS {
            unread.push(events(&["a1"]).remove(0));
        }
        assert_eq!(
            taken(&mut unread),
            ["failed: too many events were not taken"]
        );
    }

    #[test]
    fn evictions_wait_one_by_one_and_in_their_place() {
        let mut unread = ListUnread::default();
        for event in events(&["a1", "!a", "a2", "b1", "!b", "b2", "!b"]) {
            unread.push(event);
        }
        assert_eq!(
            taken(&mut unread),
            ["evicted a", "changed a2", "evicted b", "evicted b"]
        );
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_came_before() {
        let mut unread = ListUnread::default();
        for event in events(&["=", "a1", "!b", "="]) {
            unread.push(event);
        }
        unread.push(events(&["c1"]).remove(0));
        assert_eq!(taken(&mut unread), ["evicted b", "snapshot", "changed c1"]);
        for event in events(&["=", "a1"]) {
            unread.push(event);
        }
        assert!(unread.pop().is_some());
        for event in events(&["a2", "!c"]) {
            unread.push(event);
        }
        assert_eq!(taken(&mut unread), ["changed a2", "evicted c"]);
    }

    #[test]
    fn a_subscriber_who_takes_nothing_is_told_that_it_lags() {
        let mut unread = ListUnread::default();
        for _ in 0..EVICTIONS * 2 {
            unread.push(SessionEvent::Evicted(evicted("a")));
        }
        assert_eq!(
            taken(&mut unread),
            ["failed: too many events were not taken"]
        );
    }

    /// What a subscription makes of a script: `a1` changes a row, `-a` takes it out of the list, `!a`
    /// evicts it, `=` is a snapshot.
    fn events(script: &[&str]) -> Vec<SessionEvent> {
        script
            .iter()
            .map(|step| match step.split_at(1) {
                ("-", key) => SessionEvent::Left { key: key.into() },
                ("!", key) => SessionEvent::Evicted(evicted(key)),
                ("=", _) => SessionEvent::Snapshot {
                    rows: Vec::new(),
                    cursor: Some(Cursor {
                        epoch: "e".to_owned(),
                        offset: 0,
                    }),
                },
                (key, version) => SessionEvent::Changed {
                    row: row(key, version),
                    reason: None,
                    ts: None,
                },
            })
            .collect()
    }

    fn taken(unread: &mut ListUnread) -> Vec<String> {
        std::iter::from_fn(|| unread.pop())
            .map(|event| match event {
                SessionEvent::Snapshot { .. } => "snapshot".to_owned(),
                SessionEvent::Changed { row, .. } => format!(
                    "changed {}{}",
                    row.head.key,
                    row.head.session_id.as_deref().unwrap_or_default()
                ),
                SessionEvent::Left { key } => format!("left {key}"),
                SessionEvent::Evicted(evicted) => format!("evicted {}", evicted.key),
                SessionEvent::Failed(error) => format!("failed: {error}"),
            })
            .collect()
    }

    fn row(key: &str, version: &str) -> Arc<Row> {
        let json = format!(r#"{{"key":"{key}","sessionId":"{version}"}}"#);
        Arc::new(Row::new(
            serde_json::from_str(&json).unwrap(),
            Json::written(json),
        ))
    }
}
