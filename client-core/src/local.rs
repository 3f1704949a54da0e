use alloc::sync::Arc;
use alloc::vec::Vec;

use sessionwire_protocol::SessionKey;

use crate::copy::{Change, precedes};
use crate::feed::Feed;
use crate::mirror::{Mirror, News};
use crate::output::{Evicted, SessionEvent};
use crate::phase::Phase;
use crate::read_row::ReadRow;
use crate::renames::Renames;
use crate::row::Row;

/// Lists that the client keeps by itself: filtered, ordered and limited from all sessions.
impl Feed {
    /// All sessions were listed.
    pub(crate) fn mirror_all(&mut self, mirror: &Mirror, renames: &Renames) -> Vec<SessionEvent> {
        let rows = mirror.rows.iter();
        let chosen = rows.filter(|row| self.view.filter.matches(&ReadRow::of(row)));
        self.chosen
            .replace(chosen.map(|row| (&row.head, Arc::clone(row))));
        self.forget_place();
        self.enter(Phase::Live);
        let mut events = Vec::new();
        let held: Vec<_> = self.copy.iter().cloned().collect();
        for row in held {
            let key = &row.head.key;
            let lives = match mirror.rows.get(key) {
                Some(next) => !precedes(&row.head, &next.head),
                None => !mirror.whole,
            };
            if !lives {
                events.extend(self.copy.evict_held(Evicted::of(&row.head, None)));
            } else if self.loaded && !self.shows(key) {
                events.extend(self.copy.left(key.clone()));
            }
        }
        if self.loaded {
            let shown: Vec<_> = self.shown().cloned().collect();
            for row in shown {
                self.copy.upsert(Change::silent(row), renames, &mut events);
            }
        } else {
            events.extend(self.show_all(renames));
        }
        events
    }

    /// The window as a snapshot, of which nothing that is held is missing.
    pub(crate) fn show_all(&mut self, renames: &Renames) -> Vec<SessionEvent> {
        self.loaded = true;
        let rows = self.shown().cloned().collect();
        self.copy.replace(rows, None, Some(&[]), false, renames)
    }

    /// An event has told of a session.
    pub(crate) fn mirror_one(
        &mut self,
        key: &SessionKey,
        news: &News,
        evicted: Option<&Evicted>,
        renames: &Renames,
    ) -> Vec<SessionEvent> {
        let mut events = Vec::new();
        if !self.loaded {
            return events;
        }
        events.extend(evicted.and_then(|evicted| self.copy.evict_held(evicted.clone())));
        match news {
            News::Changed(change) if self.view.filter.matches(&ReadRow::of(&change.row)) => {
                let row = &change.row;
                self.chosen.set(&row.head, Arc::clone(row));
            }
            News::Changed(_) | News::Deleted(_) => {
                self.chosen.remove(key);
            }
        }
        if !self.shows(key) {
            events.extend(self.copy.left(key.clone()));
        }
        if let Some(limit) = self.view.limit {
            let beyond = self.chosen.iter().nth(limit);
            let pushed_out = beyond.map(|row| row.head.key.clone());
            events.extend(pushed_out.and_then(|key| self.copy.left(key)));
        }
        match news {
            News::Changed(change) if self.shows(key) => {
                self.copy.upsert(change.clone(), renames, &mut events);
            }
            News::Changed(_) | News::Deleted(_) => {}
        }
        let last = self.view.limit.and_then(|limit| limit.checked_sub(1));
        let last = last.and_then(|last| self.chosen.iter().nth(last)).cloned();
        if let Some(row) = last.filter(|row| self.copy.get(&row.head.key).is_none()) {
            self.copy.upsert(Change::silent(row), renames, &mut events);
        }
        events
    }

    fn shown(&self) -> impl Iterator<Item = &Arc<Row>> {
        let limit = self.view.limit.unwrap_or(usize::MAX);
        self.chosen.iter().take(limit)
    }

    fn shows(&self, key: &SessionKey) -> bool {
        let position = self.chosen.position(key);
        position.is_some_and(|position| self.view.limit.is_none_or(|limit| position < limit))
    }
}
