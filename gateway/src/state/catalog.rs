//! All sessions, in the indexes that reads need.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use std::thread;

use sessionwire_listing::{Filter, Listed, Order, Traits};
use sessionwire_protocol::sessions::SortBy;
use sessionwire_protocol::{Millis, SessionKey};

use super::chosen::{Chosen, Set};
use super::numbers::Numbers;
use super::ranking::Ranking;
use super::rows::{Number, Rows};
use super::shelves::Shelves;
use super::texts::Texts;
use crate::session::Session;

/// All sessions. Whatever an index is for, it is changed with the row that it leads to.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) rows: Rows,
    pub(super) shelves: Shelves,
    /// What is found to have come from a session.
    children: Children,
    texts: Texts,
    /// By the default order, and by those that somebody asked for.
    rankings: [OnceLock<Ranking>; ORDERS],
}

type Children = HashMap<SessionKey, BTreeSet<Number>>;

const ORDERS: usize = 5;
/// To look for a text in one session costs as much as to pass over so many.
const ALONE: usize = 30;

impl Catalog {
    /// Of these sessions, whose keys differ.
    pub(super) fn new(sessions: Vec<Arc<Session>>) -> Self {
        let rows = Rows::new(sessions);
        let catalog = Self {
            shelves: Shelves::default(),
            children: Children::new(),
            texts: Texts::new(&rows),
            rankings: Default::default(),
            rows,
        };
        let (shelves, children) = thread::scope(|scope| {
            let places = scope.spawn(|| catalog.places());
            catalog.ranking(Order::default());
            places.join().expect("no session has no place")
        });
        Self {
            shelves,
            children,
            ..catalog
        }
    }

    /// On which shelves the rows stand, and from which sessions they came.
    fn places(&self) -> (Shelves, Children) {
        let (mut shelves, mut children) = (Shelves::default(), Children::new());
        for number in self.rows.numbers() {
            if let Some(row) = self.rows.get(number) {
                place(number, row, &mut shelves, &mut children);
            }
        }
        (shelves, children)
    }

    /// One session.
    pub(super) fn get(&self, key: &SessionKey) -> Option<&Arc<Session>> {
        self.rows.get(self.rows.find(key)?)
    }

    /// The session that has this transcript.
    pub(super) fn by_id(&self, session_id: &str) -> Option<&Arc<Session>> {
        self.rows.by_id(session_id)
    }

    /// The session of an agent that has this label.
    pub(super) fn label_owner(&self, agent: Option<&str>, label: &str) -> Option<&SessionKey> {
        let rows = self.rows.by_label(label).map(|(_, row)| row);
        let own = rows.filter(|row| row.key.agent_id() == agent);
        // At an upstream gateway another session may have taken it before this one is known to have lost it.
        own.max_by_key(|row| row.entry.updated_at)
            .map(|row| &row.key)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// All of them in the default order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Session>> {
        let numbers = self.ranking(Order::default()).iter();
        numbers.filter_map(|number| self.rows.get(number))
    }

    /// All of them, sooner than in an order.
    pub(super) fn in_any_order(&self) -> impl Iterator<Item = &Arc<Session>> {
        let numbers = self.rows.numbers();
        numbers.filter_map(|number| self.rows.get(number))
    }

    /// All of them in this order. It is made when it is first asked for, and kept.
    pub(super) fn ranking(&self, order: Order) -> &Ranking {
        let index = match order.field() {
            SortBy::UpdatedAt => 0,
            SortBy::LastInteractionAt => 1,
            SortBy::Activity => 2,
            SortBy::CreatedAt => 3,
            SortBy::Label => 4,
        };
        self.rankings[index].get_or_init(|| Ranking::new(order, &self.rows))
    }

    /// Puts a session in the place of the one with its key, and returns that.
    pub(super) fn insert(&mut self, session: Arc<Session>) -> Option<Arc<Session>> {
        let before = self.rows.find(&session.key);
        let before = before.and_then(|number| self.take(number));
        let number = self.rows.insert(session);
        let rows = &self.rows;
        if let Some(row) = rows.get(number) {
            place(number, row, &mut self.shelves, &mut self.children);
        }
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
        self.shelves.remove(number);
        let session = self.rows.remove(number)?;
        for parent in parents(&session) {
            if let Some(children) = self.children.get_mut(parent) {
                children.remove(&number);
                if children.is_empty() {
                    self.children.remove(parent);
                }
            }
        }
        Some(session)
    }

    /// The sessions that a filter takes.
    pub(super) fn choose(&self, filter: &Filter) -> Chosen<'_> {
        let matches = |number: &Number| {
            let row = self.rows.get(*number);
            row.is_some_and(|row| filter.matches(row.as_ref()))
        };
        if let Some(label) = filter.label() {
            let numbers = self.rows.by_label(label).map(|(number, _)| number);
            return Chosen::new(self, Set::few(numbers.filter(matches)));
        }
        if let Some(parent) = filter.spawned_by() {
            let numbers = self.children.get(parent).into_iter().flatten().copied();
            return Chosen::new(self, Set::few(numbers.filter(matches)));
        }
        let shelves = self.shelves.iter();
        let taken = shelves.map(|shelf| filter.takes_traits(&shelf.traits()));
        let of_traits = Chosen::new(self, Set::shelves(taken, &self.shelves));
        let chosen = match filter.changed_since() {
            Some(since) => Chosen::new(self, self.recent(since, &of_traits)),
            None if filter.takes_all_themselves() => of_traits,
            None => of_traits.retain(|_| None, |session| filter.takes_itself(session)),
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

    /// Those of the chosen that changed at a time or later: in the default order they follow the pinned ones.
    fn recent(&self, since: Millis, chosen: &Chosen<'_>) -> Set {
        let ranking = self.ranking(Order::default());
        let is_pinned = |row: &Session| row.entry.pinned_at.is_some();
        let is_recent = |row: &Session| row.entry.updated_at >= since;
        let pinned = ranking.count_while(&self.rows, is_pinned);
        let all = ranking.count_while(&self.rows, |row| is_pinned(row) || is_recent(row));
        let mut numbers = self.no_numbers();
        for (place, number) in ranking.iter().take(all).enumerate() {
            let is_recent = || self.rows.get(number).is_some_and(|row| is_recent(row));
            if chosen.contains(number) && (place >= pinned || is_recent()) {
                numbers.insert(number);
            }
        }
        Set::numbers(numbers)
    }

    /// A set with room for all sessions.
    pub(super) fn no_numbers(&self) -> Numbers {
        Numbers::below(self.rows.bound())
    }
}

/// Puts a session on its shelf, and to the sessions that it came from.
fn place(number: Number, row: &Session, shelves: &mut Shelves, children: &mut Children) {
    shelves.insert(number, &Traits::of(row));
    for parent in parents(row).cloned() {
        children.entry(parent).or_default().insert(number);
    }
}

/// The sessions that one came from, each once.
fn parents(session: &Session) -> impl Iterator<Item = &SessionKey> {
    let facts = session.facts();
    let other = facts
        .parent
        .filter(|parent| facts.spawned_by != Some(parent));
    facts.spawned_by.into_iter().chain(other)
}
