//! The sessions by what filters look at that many have in common.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use sessionwire_listing::{Marks, Order, Traits};
use sessionwire_protocol::Millis;

use super::chunks::Chunks;
use super::ranking::Ranking;
use super::rows::{Number, Rows};
use super::runs::Place;

/// Sessions with equal traits stand on one shelf. A filter is asked once for each shelf, and the sessions of those that
/// it takes need only be counted: whatever it looks at, they cannot differ in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelves {
    shelves: Chunks<Arc<Shelf>>,
    free: Arc<Vec<usize>>,
    hasher: RandomState,
    by_traits: Arc<HashTable<usize>>,
    /// By number: the shelf.
    places: Chunks<u32>,
}

/// Sessions that have their traits in common.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    owner: Option<Box<str>>,
    group: Box<str>,
    board_face: Option<Box<str>>,
    marks: Marks,
    /// In the default order.
    pub(super) ranking: Ranking,
}

impl Shelves {
    /// Those of the rows; nothing stands on them before they are [sorted](Self::fill).
    pub(super) fn new(rows: &Rows) -> Self {
        let mut shelves = Self::default();
        let mut places = vec![0; rows.bound()];
        for (number, row) in rows.all() {
            places[number as usize] = shelf_number(shelves.shelf(&Traits::of(row.as_ref())));
        }
        shelves.places = places.into_iter().collect();
        shelves
    }

    /// Puts all sessions on their shelves, in the default order.
    pub(super) fn fill(&mut self, ranking: &Ranking) {
        let mut sorted = vec![Vec::new(); self.shelves.len()];
        for number in ranking.runs.iter() {
            sorted[self.of(number)].push(number);
        }
        for (index, numbers) in sorted.into_iter().enumerate() {
            if let Some(shelf) = self.shelves.get_mut(index) {
                Arc::make_mut(shelf).ranking.runs = numbers.into_iter().collect();
            }
        }
    }

    /// All shelves, by their numbers; some may be empty.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Shelf> {
        self.shelves.iter().map(|shelf| &**shelf)
    }

    /// Those of them that are taken and not empty.
    pub(super) fn taken<'a, 'b>(
        &'a self,
        taken: &'b [bool],
    ) -> impl Iterator<Item = &'a Shelf> + use<'a, 'b> {
        let shelves = self.iter().zip(taken);
        let taken = shelves.filter(|(shelf, taken)| **taken && shelf.ranking.runs.len() > 0);
        taken.map(|(shelf, _)| shelf)
    }

    /// On which shelf a session stands.
    pub(super) fn of(&self, number: Number) -> usize {
        self.places
            .get(number as usize)
            .map_or(0, |place| *place as usize)
    }

    /// Puts a session on its shelf.
    pub(super) fn insert(&mut self, number: Number, traits: &Traits<'_>, rows: &Rows) {
        let index = self.shelf(traits);
        self.places.fill(number as usize + 1, || 0);
        if let Some(place) = self.places.get_mut(number as usize) {
            *place = shelf_number(index);
        }
        if let Some(shelf) = self.shelves.get_mut(index) {
            Arc::make_mut(shelf).ranking.insert(number, rows);
        }
    }

    /// Takes a session off its shelf, which is among the rows still.
    pub(super) fn remove(&mut self, number: Number, rows: &Rows) {
        let index = self.of(number);
        let Some(shelf) = self.shelves.get_mut(index) else {
            return;
        };
        let shelf = Arc::make_mut(shelf);
        shelf.ranking.remove(number, rows);
        if shelf.ranking.runs.len() == 0 {
            let hash = self.hasher.hash_one(shelf.traits());
            let own = |other: &usize| *other == index;
            if let Ok(found) = Arc::make_mut(&mut self.by_traits).find_entry(hash, own) {
                found.remove();
            }
            Arc::make_mut(&mut self.free).push(index);
        }
    }

    fn shelf(&mut self, traits: &Traits<'_>) -> usize {
        let hash = self.hasher.hash_one(traits);
        let shelves = &self.shelves;
        let traits_of = |shelf: &usize| shelves.get(*shelf).map(|shelf| shelf.traits());
        let same = |shelf: &usize| traits_of(shelf).as_ref() == Some(traits);
        if let Some(found) = self.by_traits.find(hash, same) {
            return *found;
        }
        let shelf = Arc::new(Shelf::new(traits));
        let index = match self.free.is_empty() {
            true => {
                self.shelves.push(shelf);
                self.shelves.len() - 1
            }
            false => {
                let index = Arc::make_mut(&mut self.free).pop().unwrap_or_default();
                if let Some(free) = self.shelves.get_mut(index) {
                    *free = shelf;
                }
                index
            }
        };
        let shelves = &self.shelves;
        let rehash = |shelf: &usize| {
            let traits = shelves.get(*shelf).map(|shelf| shelf.traits());
            self.hasher
                .hash_one(traits.expect("tables have shelves that are there"))
        };
        Arc::make_mut(&mut self.by_traits).insert_unique(hash, index, rehash);
        index
    }
}

impl Shelf {
    fn new(traits: &Traits<'_>) -> Self {
        Self {
            owner: traits.owner.map(Box::from),
            group: traits.group.into(),
            board_face: traits.board_face.map(Box::from),
            marks: traits.marks,
            ranking: Ranking::empty(Order::default()),
        }
    }

    /// What its sessions have in common.
    pub(super) fn traits(&self) -> Traits<'_> {
        Traits {
            owner: self.owner.as_deref(),
            group: &self.group,
            board_face: self.board_face.as_deref(),
            marks: self.marks,
        }
    }

    /// How many of its sessions changed at a time or later.
    pub(super) fn count_since(&self, since: Millis, rows: &Rows) -> usize {
        let runs = &self.ranking.runs;
        let is_recent = |number| {
            rows.get(number)
                .is_some_and(|row| row.entry.updated_at >= since)
        };
        match self.marks.is_pinned() {
            _ if since == 0 => runs.len(),
            true => runs.iter().filter(|number| is_recent(*number)).count(),
            // In the default order these come first.
            false => runs.count_before(runs.end_of(is_recent)),
        }
    }

    /// Those of its sessions from a place on that changed at a time or later, in the default order.
    pub(super) fn since<'a>(
        &'a self,
        since: Millis,
        place: Place,
        rows: &'a Rows,
    ) -> impl Iterator<Item = Number> + use<'a> {
        let is_recent = move |number: &Number| {
            since == 0
                || rows
                    .get(*number)
                    .is_some_and(|row| row.entry.updated_at >= since)
        };
        let is_pinned = self.marks.is_pinned();
        let numbers = self.ranking.runs.from(place);
        let numbers = numbers.take_while(move |number| is_pinned || is_recent(number));
        numbers.filter(is_recent)
    }
}

fn shelf_number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer shelves than sessions")
}
