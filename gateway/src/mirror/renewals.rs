//! Resets of which both the upstream's answer to a caller here and its events tell, the one before or after the other.

use std::collections::HashMap;

use sessionwire::Evicted;
use sessionwire::raw::{Row, RowEvent};
use sessionwire_protocol::{Millis, SessionKey};

use crate::state::State;
use crate::upstream::Renewal;

/// When sessions were last renewed, as far as that was told here, by the upstream's clock.
#[derive(Debug, Default)]
pub(super) struct Renewals(HashMap<SessionKey, Millis>);

impl Renewals {
    /// Leaves out what the upstream tells of resets that were told when it answered them.
    pub(super) fn leave_out_known(&self, events: &mut Vec<RowEvent>) {
        let is_known = |(index, event): (usize, &RowEvent)| {
            let Some(key) = renewed(event) else {
                return false;
            };
            let next = events[index..].iter().find_map(|event| row_of(event, key));
            let known = self.0.get(key).copied();
            known.is_some() && next.is_none_or(|row| row.head.updated_at <= known)
        };
        let known: Vec<_> = events.iter().enumerate().map(is_known).collect();
        let mut known = known.into_iter();
        events.retain(|_| known.next() == Some(false));
    }

    /// These events are told here.
    pub(super) fn note(&mut self, events: &[RowEvent]) {
        for (index, event) in events.iter().enumerate() {
            if let Some(key) = renewed(event)
                && let Some(row) = events[index..].iter().find_map(|event| row_of(event, key))
            {
                self.note_one(key, row.head.updated_at.unwrap_or_default());
            }
        }
    }

    /// The eviction that a reset was which the upstream has answered, if it is neither told nor among these events.
    pub(super) fn answered(
        &mut self,
        renewal: Renewal,
        events: &[RowEvent],
        state: &State,
    ) -> Option<RowEvent> {
        let Renewal { key, reason, at } = renewal;
        let sessions = state.catalog();
        let held = sessions.get(&key)?;
        let is_told = self.0.get(&key).is_some_and(|known| *known >= at);
        if is_told || events.iter().any(|event| renewed(event) == Some(&key)) {
            return None;
        }
        self.0.retain(|key, _| sessions.get(key).is_some());
        self.note_one(&key, at);
        Some(RowEvent::Evicted(Evicted {
            agent_id: key.agent_id().map(str::to_owned),
            session_id: Some(held.entry.session_id.clone()),
            lifecycle_revision: Some(held.entry.lifecycle_revision.clone()),
            next_lifecycle_revision: None,
            key,
            reason,
            inferred: false,
            ts: None,
        }))
    }

    fn note_one(&mut self, key: &SessionKey, at: Millis) {
        let known = self.0.entry(key.clone()).or_default();
        *known = at.max(*known);
    }
}

/// The session of which an event says that it lives on in a next generation.
fn renewed(event: &RowEvent) -> Option<&SessionKey> {
    match event {
        RowEvent::Evicted(evicted) if evicted.lives_on() => Some(&evicted.key),
        RowEvent::Evicted(_)
        | RowEvent::Changed { .. }
        | RowEvent::Snapshot { .. }
        | RowEvent::Left { .. }
        | RowEvent::Failed(_) => None,
    }
}

fn row_of<'a>(event: &'a RowEvent, key: &SessionKey) -> Option<&'a Row> {
    match event {
        RowEvent::Changed { row, .. } if row.head.key == *key => Some(row),
        RowEvent::Changed { .. }
        | RowEvent::Snapshot { .. }
        | RowEvent::Left { .. }
        | RowEvent::Evicted(_)
        | RowEvent::Failed(_) => None,
    }
}
