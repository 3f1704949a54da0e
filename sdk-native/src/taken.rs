//! What a subscriber to a list has taken. Events that nobody takes make room for each other, so that a row may come
//! back as another generation without a word of it having been away.

use std::collections::BTreeMap;
use std::sync::Arc;

use sessionwire_client_core::{Error, Evicted, LiveList, Order, Row, SessionEvent};
use sessionwire_protocol::{RowHead, SessionKey, SessionRow};

/// The copy of a list as of the event that was taken last.
#[derive(Debug)]
pub(crate) struct Taken {
    list: LiveList<Arc<SessionRow>>,
    /// The generation that is held of a session that lives on, where its eviction was taken, until its next row is.
    told: BTreeMap<SessionKey, String>,
}

/// What names a generation: its revision, or else its transcript.
#[derive(Clone, Copy)]
struct Generation<'a> {
    revision: Option<&'a str>,
    session_id: Option<&'a str>,
}

impl Taken {
    pub(crate) const fn new(order: Order) -> Self {
        Self {
            list: LiveList::new(order),
            told: BTreeMap::new(),
        }
    }

    pub(crate) fn list(&self) -> &LiveList<Arc<SessionRow>> {
        &self.list
    }

    /// The session that left the list before an event, of which nothing was said: the generation that is held is not
    /// the one that the event is about, and its eviction was not told, because it left first.
    pub(crate) fn left_before(&self, event: &SessionEvent) -> Option<SessionKey> {
        let changed = |head: &RowHead| self.left(&head.key, Generation::of_head(head));
        let left = match event {
            SessionEvent::Snapshot { rows, .. } => {
                let row = rows.iter().find(|row| changed(&row.head));
                row.map(|row| &row.head.key)
            }
            SessionEvent::Changed { row, .. } => changed(&row.head).then_some(&row.head.key),
            SessionEvent::Evicted(evicted) => {
                let gone = Generation::of_evicted(evicted);
                self.left(&evicted.key, gone).then_some(&evicted.key)
            }
            SessionEvent::Left { .. } | SessionEvent::Failed(_) => None,
        };
        left.cloned()
    }

    /// The whole list.
    pub(crate) fn replace(&mut self, rows: &[Arc<Row>]) -> Result<Vec<Arc<SessionRow>>, Error> {
        let decoded = rows.iter().map(|row| row.decode().map(Arc::new));
        let decoded = decoded.collect::<Result<Vec<_>, _>>()?;
        let heads = rows.iter().map(|row| &row.head);
        self.list.replace(heads.zip(decoded.iter().cloned()));
        let list = &self.list;
        self.told.retain(|key, told| {
            let held = list.get(key).map(|row| Generation::of_row(row));
            held.is_some_and(|held| held.name() == Some(told))
        });
        Ok(decoded)
    }

    /// A row is new, or differs.
    pub(crate) fn set(&mut self, row: &Row) -> Result<Arc<SessionRow>, Error> {
        let decoded = Arc::new(row.decode()?);
        let generation = Generation::of_head(&row.head);
        if self.told.get(&row.head.key).map(String::as_str) != generation.name() {
            self.told.remove(&row.head.key);
        }
        self.list.set(&row.head, Arc::clone(&decoded));
        Ok(decoded)
    }

    /// The session is not in the list any longer.
    pub(crate) fn remove(&mut self, key: &SessionKey) {
        self.list.remove(key);
        self.told.remove(key);
    }

    /// A generation is gone.
    pub(crate) fn evict(&mut self, evicted: &Evicted) {
        if !evicted.lives_on() {
            return self.remove(&evicted.key);
        }
        // It may be of a later one than is held: rows make room for newer ones, evictions do not.
        let held = self.list.get(&evicted.key);
        if let Some(name) = held.and_then(|row| Generation::of_row(row).name()) {
            self.told.insert(evicted.key.clone(), name.to_owned());
        }
    }

    fn left(&self, key: &SessionKey, next: Generation<'_>) -> bool {
        let held = self.list.get(key).map(|row| Generation::of_row(row));
        held.is_some_and(|held| {
            held.precedes(next) && self.told.get(key).map(String::as_str) != held.name()
        })
    }
}

impl<'a> Generation<'a> {
    fn of_row(row: &'a SessionRow) -> Self {
        Self {
            revision: row.lifecycle_revision.as_deref(),
            session_id: row.session_id.as_deref(),
        }
    }

    fn of_head(head: &'a RowHead) -> Self {
        Self {
            revision: head.lifecycle_revision.as_deref(),
            session_id: head.session_id.as_deref(),
        }
    }

    fn of_evicted(evicted: &'a Evicted) -> Self {
        Self {
            revision: evicted.lifecycle_revision.as_deref(),
            session_id: evicted.session_id.as_deref(),
        }
    }

    fn name(self) -> Option<&'a str> {
        self.revision.or(self.session_id)
    }

    /// Whether `next` is another one, as far as their names tell.
    fn precedes(self, next: Self) -> bool {
        match (self.revision, next.revision) {
            (Some(revision), Some(next)) => revision != next,
            _ => {
                let transcripts = self.session_id.zip(next.session_id);
                transcripts.is_some_and(|(own, next)| own != next)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_client_core::Json;
    use sessionwire_protocol::EvictionReason;

    use super::*;

    #[test]
    fn a_session_that_comes_back_renewed_has_left() {
        let mut taken = Taken::new(Order::default());
        taken.set(&row("a", "1")).unwrap();
        assert_eq!(left_before(&taken, &changed("a", "1")), None);
        assert_eq!(left_before(&taken, &changed("b", "2")), None);
        for event in [changed("a", "2"), snapshot("a", "2"), evicted("a", "2")] {
            assert_eq!(left_before(&taken, &event).as_deref(), Some("a"));
        }
        taken.remove(&"a".into());
        assert_eq!(left_before(&taken, &changed("a", "2")), None);
    }

    /// The rows between its evictions made room for the newest.
    #[test]
    fn a_session_that_was_renewed_twice_has_not_left() {
        let mut taken = Taken::new(Order::default());
        taken.set(&row("a", "1")).unwrap();
        for revision in ["1", "2"] {
            let event = evicted("a", revision);
            assert_eq!(left_before(&taken, &event), None);
            let SessionEvent::Evicted(evicted) = event else {
                unreachable!()
            };
            taken.evict(&evicted);
        }
        for event in [changed("a", "3"), snapshot("a", "3"), evicted("a", "3")] {
            assert_eq!(left_before(&taken, &event), None);
        }
    }

    #[test]
    fn a_session_of_which_the_eviction_was_taken_has_not() {
        let mut taken = Taken::new(Order::default());
        taken.set(&row("a", "1")).unwrap();
        let SessionEvent::Evicted(first) = evicted("a", "1") else {
            unreachable!()
        };
        taken.evict(&first);
        for event in [changed("a", "2"), snapshot("a", "2"), evicted("a", "2")] {
            assert_eq!(left_before(&taken, &event), None);
        }
        taken.set(&row("a", "2")).unwrap();
        assert_eq!(
            left_before(&taken, &changed("a", "3")).as_deref(),
            Some("a")
        );
    }

    fn left_before(taken: &Taken, event: &SessionEvent) -> Option<String> {
        taken.left_before(event).map(|key| key.to_string())
    }

    fn row(key: &str, revision: &str) -> Row {
        let json = format!(r#"{{"key":"{key}","kind":"direct","lifecycleRevision":"{revision}"}}"#);
        Row::new(serde_json::from_str(&json).unwrap(), Json::written(json))
    }

    fn changed(key: &str, revision: &str) -> SessionEvent {
        SessionEvent::Changed {
            row: Arc::new(row(key, revision)),
            reason: None,
            ts: None,
        }
    }

    fn snapshot(key: &str, revision: &str) -> SessionEvent {
        SessionEvent::Snapshot {
            rows: vec![Arc::new(row(key, revision))],
            cursor: None,
        }
    }

    fn evicted(key: &str, revision: &str) -> SessionEvent {
        SessionEvent::Evicted(Evicted {
            key: key.into(),
            agent_id: None,
            session_id: None,
            lifecycle_revision: Some(revision.to_owned()),
            next_lifecycle_revision: Some("next".to_owned()),
            reason: EvictionReason::Reset,
            inferred: false,
            ts: None,
        })
    }
}
