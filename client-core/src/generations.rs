use std::collections::BTreeMap;

use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{EvictionReason, RowHead, SessionKey};

use crate::output::{Evicted, Row};

/// Which generation of each session a subscriber holds, so that it is told of each eviction exactly once:
/// by the gateway, or else by the difference between what it held and a later snapshot.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    held: BTreeMap<SessionKey, Generation>,
    /// Key and revision of the evictions told since the subscriber's place last moved: the gateway tells
    /// them again if the connection is cut before it moves.
    told_here: Vec<(SessionKey, String)>,
}

#[derive(Debug)]
struct Generation {
    session_id: Option<Box<str>>,
    lifecycle_revision: Option<Box<str>>,
    /// Its eviction was told, and the row of the next generation has not come yet.
    evicted: bool,
}

impl Generations {
    /// The subscriber's place moved.
    pub(crate) fn moved(&mut self) {
        self.told_here.clear();
    }

    pub(crate) fn upserted(&mut self, head: &RowHead) {
        self.held.insert(head.key.clone(), Generation::of(head));
    }

    /// `false` when the session was not held.
    pub(crate) fn left(&mut self, key: &SessionKey) -> bool {
        self.held.remove(key).is_some()
    }

    /// The eviction to tell, unless it has been told.
    pub(crate) fn drained(&mut self, drain: SocketDrain) -> Option<Evicted> {
        let key = drain.session_key.clone();
        let revision = drain.lifecycle_revision.clone();
        let evicted = Evicted::from(drain);
        if let Some(held) = self.held.get_mut(&key) {
            let is_it = held.lifecycle_revision.as_deref() == Some(revision.as_str());
            held.evicted |= is_it || held.lifecycle_revision.is_none();
        }
        if !evicted.lives_on() {
            self.held.remove(&key);
        }
        let this = (key, revision);
        if self.told_here.contains(&this) {
            return None;
        }
        self.told_here.push(this);
        Some(evicted)
    }

    /// A snapshot takes the place of what was held; returns the evictions that lie between.
    pub(crate) fn replaced(&mut self, rows: &[Row]) -> Vec<Evicted> {
        let next: BTreeMap<_, _> = rows
            .iter()
            .map(|row| (row.head.key.clone(), Generation::of(&row.head)))
            .collect();
        let held = std::mem::replace(&mut self.held, next);
        self.told_here.clear();
        held.into_iter()
            .filter(|(key, held)| {
                !held.evicted && self.held.get(key).is_none_or(|next| held.precedes(next))
            })
            .map(|(key, held)| Evicted {
                agent_id: key.agent_id().map(str::to_owned),
                session_id: held.session_id.map(String::from),
                lifecycle_revision: held.lifecycle_revision.map(String::from),
                next_lifecycle_revision: self
                    .held
                    .get(&key)
                    .and_then(|next| next.lifecycle_revision.as_deref())
                    .map(str::to_owned),
                reason: EvictionReason::Unknown,
                inferred: true,
                ts: None,
                key,
            })
            .collect()
    }
}

impl Generation {
    fn of(head: &RowHead) -> Self {
        Self {
            session_id: head.session_id.as_deref().map(Box::from),
            lifecycle_revision: head.lifecycle_revision.as_deref().map(Box::from),
            evicted: false,
        }
    }

    /// Whether `next` is another generation; without revisions, another transcript.
    fn precedes(&self, next: &Self) -> bool {
        match (&self.lifecycle_revision, &next.lifecycle_revision) {
            (Some(held), Some(next)) => held != next,
            _ => {
                self.session_id.is_some()
                    && next.session_id.is_some()
                    && self.session_id != next.session_id
            }
        }
    }
}

impl From<SocketDrain> for Evicted {
    fn from(drain: SocketDrain) -> Self {
        Self {
            key: drain.session_key,
            agent_id: drain.agent_id,
            session_id: Some(drain.session_id),
            lifecycle_revision: Some(drain.lifecycle_revision),
            next_lifecycle_revision: drain.next_lifecycle_revision,
            reason: drain.reason,
            inferred: false,
            ts: Some(drain.ts),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_drain_is_told_once_however_often_it_comes() {
        let mut generations = holding(&[("a", "1"), ("b", "1")]);
        assert!(generations.drained(drain("a", "1", Some("2"))).is_some());
        assert!(generations.drained(drain("a", "1", Some("2"))).is_none());
        assert!(generations.drained(drain("b", "1", None)).is_some());
        assert!(generations.drained(drain("b", "1", None)).is_none());
        generations.moved();
        assert_eq!(generations.replaced(&rows(&[("a", "2")])), []);
    }

    #[test]
    fn a_snapshot_tells_what_no_drain_has_told() {
        let mut generations = holding(&[("gone", "1"), ("reset", "1"), ("same", "1")]);
        let evicted = generations.replaced(&rows(&[("new", "1"), ("reset", "2"), ("same", "1")]));
        let told: Vec<_> = evicted
            .iter()
            .map(|evicted| {
                (
                    evicted.key.as_str(),
                    evicted.next_lifecycle_revision.as_deref(),
                )
            })
            .collect();
        assert_eq!(told, [("gone", None), ("reset", Some("2"))]);
        assert!(evicted.iter().all(|evicted| evicted.inferred
            && evicted.lifecycle_revision.as_deref() == Some("1")
            && evicted.reason == EvictionReason::Unknown));
        assert_eq!(
            generations.replaced(&rows(&[("new", "1"), ("reset", "2"), ("same", "1")])),
            []
        );
    }

    #[test]
    fn without_revisions_the_transcript_tells_generations_apart() {
        let row = |session_id| {
            let json = json!({ "key": "a", "sessionId": session_id }).to_string();
            Row::read(&serde_json::value::RawValue::from_string(json).unwrap()).unwrap()
        };
        let mut generations = Generations::default();
        generations.replaced(&[row("s1")]);
        assert_eq!(generations.replaced(&[row("s1")]), []);
        assert_eq!(generations.replaced(&[row("s2")]).len(), 1);
    }

    fn holding(generations: &[(&str, &str)]) -> Generations {
        let mut holding = Generations::default();
        assert_eq!(holding.replaced(&rows(generations)), []);
        holding
    }

    fn rows(generations: &[(&str, &str)]) -> Vec<Row> {
        generations
            .iter()
            .map(|(key, revision)| {
                let json = json!({ "key": key, "sessionId": "s", "lifecycleRevision": revision });
                Row::read(&serde_json::value::to_raw_value(&json).unwrap()).unwrap()
            })
            .collect()
    }

    fn drain(key: &str, revision: &str, next: Option<&str>) -> SocketDrain {
        SocketDrain {
            session_key: key.into(),
            agent_id: None,
            session_id: "s".to_owned(),
            lifecycle_revision: revision.to_owned(),
            reason: if next.is_some() {
                EvictionReason::Reset
            } else {
                EvictionReason::Deleted
            },
            next_lifecycle_revision: next.map(str::to_owned),
            ts: 0,
        }
    }
}
