use alloc::sync::Arc;
use alloc::vec::Vec;

use sessionwire_protocol::SessionKey;

use crate::copy::{Change, Told, precedes};
use crate::feed::{Chosen, Feed};
use crate::list::LiveList;
use crate::mirror::{Mirror, News};
use crate::output::Evicted;
use crate::phase::Phase;
use crate::read_row::ReadRow;
use crate::renames::Renames;
use crate::row::Row;

/// Lists that the client keeps by itself: filtered, ordered and limited from all sessions.
impl Feed {
    /// All sessions were listed.
    pub(crate) fn mirror_all(&mut self, mirror: &Mirror, renames: &Renames) -> Vec<Told> {
        let chosen = self.chosen.get_or_insert_with(|| Chosen {
            filter: self.params.filter(),
            rows: LiveList::new(self.params.order()),
        });
        let rows = mirror.rows.iter();
        let rows = rows.filter(|row| chosen.filter.matches(&ReadRow::of(row)));
        let rows = rows.map(|row| (&row.head, Arc::clone(row)));
        chosen.rows.replace(rows);
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
            for row in self.shown() {
                self.copy.upsert(Change::silent(row), renames, &mut events);
            }
        } else {
            events.extend(self.show_all(renames));
        }
        events
    }

    /// The window as a snapshot, of which nothing that is held is missing.
    pub(crate) fn show_all(&mut self, renames: &Renames) -> Vec<Told> {
        self.loaded = true;
        let rows = self.shown();
        self.copy
            .replace(&rows, None, Some(Vec::new()), false, renames)
    }

    /// An event has told of a session.
    pub(crate) fn mirror_one(
        &mut self,
        key: &SessionKey,
        news: &News,
        evicted: Option<&Evicted>,
        renames: &Renames,
    ) -> Vec<Told> {
        let mut events = Vec::new();
        let Some(chosen) = self.chosen.as_mut().filter(|_| self.loaded) else {
            return events;
        };
        events.extend(evicted.and_then(|evicted| self.copy.evict_held(evicted.clone())));
        match news {
            News::Changed(change) if chosen.filter.matches(&ReadRow::of(&change.row)) => {
                let row = &change.row;
                chosen.rows.set(&row.head, Arc::clone(row));
            }
            News::Changed(_) | News::Deleted(_) => {
                chosen.rows.remove(key);
            }
        }
        if !self.shows(key) {
            events.extend(self.copy.left(key.clone()));
        }
        if let Some(limit) = self.limit() {
            let pushed_out = self.stands_at(limit).map(|row| row.head.key.clone());
            events.extend(pushed_out.and_then(|key| self.copy.left(key)));
        }
        match news {
            News::Changed(change) if self.shows(key) => {
                self.copy.upsert(change.clone(), renames, &mut events);
            }
            News::Changed(_) | News::Deleted(_) => {}
        }
        let last = self.limit().and_then(|limit| limit.checked_sub(1));
        let last = last.and_then(|last| self.stands_at(last)).cloned();
        if let Some(row) = last.filter(|row| self.copy.get(&row.head.key).is_none()) {
            self.copy.upsert(Change::silent(row), renames, &mut events);
        }
        events
    }

    fn shown(&self) -> Vec<Arc<Row>> {
        let limit = self.limit().unwrap_or(usize::MAX);
        let rows = self.chosen.as_ref().map(|chosen| chosen.rows.iter());
        rows.map_or(Vec::new(), |rows| rows.take(limit).cloned().collect())
    }

    fn shows(&self, key: &SessionKey) -> bool {
        let chosen = self.chosen.as_ref();
        let position = chosen.and_then(|chosen| chosen.rows.position(key));
        position.is_some_and(|position| self.limit().is_none_or(|limit| position < limit))
    }

    fn stands_at(&self, position: usize) -> Option<&Arc<Row>> {
        self.chosen.as_ref()?.rows.iter().nth(position)
    }

    fn limit(&self) -> Option<usize> {
        let limit = self.params.limit;
        limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }
}
