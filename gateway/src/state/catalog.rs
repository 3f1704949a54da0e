//! All sessions, in the indexes that reads need.

use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};
use std::thread;

use sessionwire_listing::{Filter, Order, Rank, Ranked, Traits, View};
use sessionwire_protocol::SessionKey;
use sessionwire_protocol::sessions::SortBy;

use super::chosen::{Chosen, Set};
use super::kin::Kin;
use super::numbers::Numbers;
use super::ranking::Ranking;
use super::rows::{Number, Rows};
use super::shelves::Shelves;
use super::texts::Texts;
use crate::session::Session;

/// All sessions at a moment. Whatever an index is for, it is changed with the row that it leads to.
///
/// A copy costs some thousand pointers, however many sessions there are, and stays as it is: who looks for long looks at
/// a copy, so that no change waits for him.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(super) rows: Rows,
    pub(super) shelves: Shelves,
    kin: Kin,
    texts: Texts,
    /// By the default order, and by those that somebody asked for.
    rankings: [OnceLock<Ranking>; ORDERS],
}

const ORDERS: usize = 5;
/// To look for a text in one session costs as much as to pass over so many.
const ALONE: usize = 30;

/// How often a filter is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// About all sessions that have their traits in common.
    pub shelves: usize,
    /// About one session.
    pub sessions: usize,
}

impl Catalog {
    /// Of these sessions, whose keys differ.
    pub(super) fn new(sessions: Vec<Arc<Session>>) -> Self {
        let rows = Rows::new(sessions);
        let (ranking, (mut shelves, kin)) = thread::scope(|scope| {
            let places = scope.spawn(|| (Shelves::new(&rows), Kin::new(&rows)));
            let ranking = Ranking::new(Order::default(), &rows);
            (ranking, places.join().expect("all have a place"))
        });
        shelves.fill(&ranking, &rows);
        let catalog = Self {
            texts: Texts::new(&rows),
            rankings: Default::default(),
            rows,
            shelves,
            kin,
        };
        catalog.place_of(Order::default()).get_or_init(|| ranking);
        catalog
    }

    /// One session.
    pub fn get(&self, key: &SessionKey) -> Option<&Arc<Session>> {
        self.rows.get(self.rows.find(key)?)
    }

    /// The session that has this transcript.
    pub fn by_session_id(&self, session_id: &str) -> Option<&Arc<Session>> {
        self.rows.by_id(session_id)
    }

    /// The session of an agent that has this label.
    pub fn label_owner(&self, agent: Option<&str>, label: &str) -> Option<&SessionKey> {
        let rows = self.rows.by_label(label).map(|(_, row)| row);
        let own = rows.filter(|row| row.key.agent_id() == agent);
        // At an upstream gateway another session may have taken it before this one is known to have lost it.
        own.max_by_key(|row| row.entry.updated_at)
            .map(|row| &row.key)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them in the default order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Session>> {
        let numbers = self.ranking(Order::default()).runs.iter();
        numbers.filter_map(|number| self.rows.get(number))
    }

    /// Those that changed last, the last first.
    pub fn last_changed(&self, count: usize) -> Vec<&Arc<Session>> {
        let row = |number: &Number| self.rows.get(*number);
        let is_pinned = |number| row(&number).is_some_and(|row| row.is_pinned());
        let runs = &self.ranking(Order::default()).runs;
        let others = runs.from(runs.end_of(is_pinned)).take(count);
        let pinned = self.shelves.iter();
        let pinned = pinned.flat_map(|shelf| shelf.last_pinned().take(count));
        let mut rows: Vec<_> = pinned.chain(others).filter_map(|it| row(&it)).collect();
        rows.sort_unstable_by_key(|row| Reverse(row.entry.updated_at));
        rows.truncate(count);
        rows
    }

    /// All of them, sooner than in an order.
    pub fn in_any_order(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.rows.all().map(|(_, row)| row)
    }

    /// Whether this order of them is made.
    pub fn has(&self, order: Order) -> bool {
        self.place_of(order).get().is_some()
    }

    /// All of them in this order, which is made where it is not.
    pub(super) fn ranking(&self, order: Order) -> &Ranking {
        let made = || Ranking::new(order, &self.rows);
        self.place_of(order).get_or_init(made)
    }

    /// Makes this order of them.
    pub fn make(&self, order: Order) {
        self.ranking(order);
    }

    /// Takes an order that was made for a copy, with what has changed since.
    pub fn take_order(&mut self, order: Order, copy: &Self) {
        if let (None, Some(made)) = (self.place_of(order).get(), copy.place_of(order).get()) {
            let mut ranking = made.clone();
            ranking.follow(&copy.rows, &self.rows);
            self.place_of(order).get_or_init(|| ranking);
        }
    }

    fn place_of(&self, order: Order) -> &OnceLock<Ranking> {
        &self.rankings[match order.field() {
            SortBy::UpdatedAt => 0,
            SortBy::LastInteractionAt => 1,
            SortBy::Activity => 2,
            SortBy::CreatedAt => 3,
            SortBy::Label => 4,
        }]
    }

    /// Puts a session in the place of the one with its key, and returns that.
    pub(super) fn insert(&mut self, session: Arc<Session>) -> Option<Arc<Session>> {
        let before = self.rows.find(&session.key);
        let before = before.and_then(|number| self.take(number));
        let number = self.rows.insert(session);
        let rows = &self.rows;
        if let Some(row) = rows.get(number) {
            let traits = Traits::of(row.as_ref());
            self.shelves.insert(number, &traits, rows);
        }
        self.kin.insert(number, rows);
        for ranking in self.rankings.iter_mut().filter_map(OnceLock::get_mut) {
            ranking.insert(number, rows);
        }
        self.texts.change(number, rows);
        before
    }

    /// Takes out the session with this key.
    pub(super) fn remove(&mut self, key: &SessionKey) -> Option<Arc<Session>> {
        let number = self.rows.find(key)?;
        let session = self.take(number);
        self.texts.change(number, &self.rows);
        session
    }

    fn take(&mut self, number: Number) -> Option<Arc<Session>> {
        for ranking in self.rankings.iter_mut().filter_map(OnceLock::get_mut) {
            ranking.remove(number, &self.rows);
        }
        self.shelves.remove(number, &self.rows);
        self.kin.remove(number, &self.rows);
        self.rows.remove(number)
    }

    /// The sessions that a filter takes.
    pub fn choose(&self, filter: &Filter) -> Chosen<'_> {
        let matches = |number: &Number| {
            let row = self.rows.get(*number);
            row.is_some_and(|row| filter.matches(row.as_ref()))
        };
        if let Some(label) = filter.label() {
            let numbers = self.rows.by_label(label).map(|(number, _)| number);
            return Chosen::new(self, Set::few(numbers.filter(matches)));
        }
        if let Some(parent) = filter.spawned_by() {
            let numbers = self.kin.of(parent, &self.rows).filter(matches);
            return Chosen::new(self, Set::few(numbers));
        }
        let shelves = self.shelves.iter();
        let taken = shelves.map(|shelf| filter.takes_traits(&shelf.traits()));
        let since = filter.changed_since().unwrap_or_default();
        let of_traits = Set::shelves(taken, since, self);
        let of_traits = Chosen::new(self, of_traits);
        let chosen = match takes_by_traits(filter) {
            true => of_traits,
            false => of_traits.retain(|_| None, |session| filter.takes_itself(session)),
        };
        match filter.search() {
            Some(_) if chosen.len() < self.rows.len() / ALONE => {
                Chosen::new(self, Set::few(chosen.numbers().filter(matches)))
            }
            Some(text) => {
                let takes = |number| chosen.contains(number);
                let found = self.texts.search(text, &self.rows, &takes);
                Chosen::new(self, Set::numbers(found))
            }
            None => chosen,
        }
    }

    /// About what a filter is asked to choose.
    pub fn asked(&self, filter: &Filter) -> Asked {
        let each = |sessions| Asked {
            shelves: 0,
            sessions,
        };
        match (filter.label(), filter.spawned_by()) {
            (Some(label), _) => each(self.rows.count_by_label(label)),
            (None, Some(parent)) => each(self.kin.count(parent, &self.rows)),
            (None, None) => Asked {
                shelves: self.shelves.len(),
                sessions: match takes_by_traits(filter) {
                    true => 0,
                    false => self.rows.len(),
                },
            },
        }
    }

    /// Whether the indexes know what a filter takes, so that not every session has to be looked at.
    pub fn knows(&self, filter: &Filter) -> bool {
        let by_name = filter.label().is_some() || filter.spawned_by().is_some();
        by_name || takes_by_traits(filter) && filter.search().is_none()
    }

    /// What a view shows without its limit: the first `count` sessions after a rank, or of all.
    pub fn listed(
        &self,
        view: &View,
        from: Option<&Rank>,
        count: usize,
    ) -> Vec<(Rank, Arc<Session>)> {
        let rows = self.choose(&view.filter).page(view.order, from, 0, count);
        rows.into_iter()
            .map(|row| (view.order.rank(row.as_ref()), Arc::clone(row)))
            .collect()
    }

    /// A set with room for all sessions.
    pub(super) fn no_numbers(&self) -> Numbers {
        Numbers::below(self.rows.bound())
    }
}

/// Whether no session has to be asked about by itself, but for a search.
fn takes_by_traits(filter: &Filter) -> bool {
    filter.changed_since().is_some() || filter.takes_all_themselves()
}
