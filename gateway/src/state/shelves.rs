//! The sessions by what filters look at that many have in common.

use std::cmp::Reverse;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use sessionwire_listing::{Marks, Order, Rank, Traits};
use sessionwire_protocol::Millis;

use super::chunks::Chunks;
use super::ranking::Ranking;
use super::rows::{Number, Rows};
use super::runs::Runs;

/// Sessions with equal traits stand on one shelf. A filter is asked once for each shelf, and the sessions of those that
/// it takes need only be counted: whatever it looks at, they cannot differ in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelves {
    shelves: Chunks<Arc<Shelf>>,
    /// Shelves on which nothing stands.
    free: Chunks<usize>,
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
    /// Of those that are kept on top the last changed first. The default order of all others is that already.
    changed: Runs,
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
    pub(super) fn fill(&mut self, ranking: &Ranking, rows: &Rows) {
        // Asked for in another order than theirs, which takes half as long side by side.
        let places: Vec<u32> = self.places.iter().copied().collect();
        let mut sorted = vec![Vec::new(); self.shelves.len()];
        for number in ranking.runs.iter() {
            sorted[places[number as usize] as usize].push(number);
        }
        for (index, numbers) in sorted.into_iter().enumerate() {
            if let Some(shelf) = self.shelves.get_mut(index) {
                Arc::make_mut(shelf).fill(numbers, rows);
            }
        }
    }

    /// How many there are; some may be empty.
    pub(super) fn len(&self) -> usize {
        self.shelves.len()
    }

    /// All shelves, by their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Shelf> {
        self.shelves.iter().map(|shelf| &**shelf)
    }

    /// Those of them that are taken.
    pub(super) fn taken<'a, 'b>(
        &'a self,
        taken: &'b [bool],
    ) -> impl Iterator<Item = &'a Shelf> + use<'a, 'b> {
        let shelves = self.iter().zip(taken);
        shelves.filter(|(_, taken)| **taken).map(|(shelf, _)| shelf)
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
            Arc::make_mut(shelf).insert(number, rows);
        }
    }

    /// Takes a session off its shelf, which is among the rows still.
    pub(super) fn remove(&mut self, number: Number, rows: &Rows) {
        let index = self.of(number);
        let Some(shelf) = self.shelves.get_mut(index) else {
            return;
        };
        let shelf = Arc::make_mut(shelf);
        shelf.remove(number, rows);
        if shelf.is_empty() {
            let hash = self.hasher.hash_one(shelf.traits());
            let own = |other: &usize| *other == index;
            if let Ok(found) = Arc::make_mut(&mut self.by_traits).find_entry(hash, own) {
                found.remove();
            }
            self.free.push(index);
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
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(free) = self.shelves.get_mut(index) {
                    *free = shelf;
                }
                index
            }
            None => {
                self.shelves.push(shelf);
                self.shelves.len() - 1
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
            changed: Runs::default(),
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

    /// Whether nothing stands on it.
    pub(super) fn is_empty(&self) -> bool {
        self.ranking.runs.len() == 0
    }

    fn fill(&mut self, mut numbers: Vec<Number>, rows: &Rows) {
        self.ranking.runs = numbers.iter().copied().collect();
        if self.marks.is_pinned() {
            numbers.sort_unstable_by_key(|number| change(*number, rows));
            self.changed = numbers.into_iter().collect();
        }
    }

    fn insert(&mut self, number: Number, rows: &Rows) {
        self.ranking.insert(number, rows);
        if self.marks.is_pinned() {
            let own = change(number, rows);
            self.changed
                .insert(number, |other| change(other, rows).cmp(&own));
        }
    }

    fn remove(&mut self, number: Number, rows: &Rows) {
        self.ranking.remove(number, rows);
        if self.marks.is_pinned() {
            let own = change(number, rows);
            self.changed.remove(|other| change(other, rows).cmp(&own));
        }
    }

    /// How many of its sessions changed at a time or later.
    pub(super) fn count_since(&self, since: Millis, rows: &Rows) -> usize {
        let changed = self.changed();
        match since {
            0 => changed.len(),
            _ => changed.count_before(changed.end_of(|number| is_recent(number, since, rows))),
        }
    }

    /// Those of its sessions that changed at a time or later, in the default order: all, or what stands after a rank.
    pub(super) fn since<'a>(
        &'a self,
        since: Millis,
        after: Option<&Rank>,
        rows: &'a Rows,
    ) -> Box<dyn Iterator<Item = Number> + 'a> {
        let is_recent = move |number: &Number| since == 0 || is_recent(*number, since, rows);
        if since == 0 || !self.marks.is_pinned() {
            let place = self.ranking.after(after, rows);
            return Box::new(self.ranking.runs.from(place).take_while(is_recent));
        }
        let recent = self.changed.iter().take_while(is_recent);
        let order = Order::default();
        let ranked = recent.filter_map(|number| {
            let rank = order.rank(rows.get(number)?.as_ref());
            after
                .is_none_or(|after| rank > *after)
                .then_some((rank, number))
        });
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_unstable();
        Box::new(ranked.into_iter().map(|(_, number)| number))
    }

    /// Those of its sessions that are kept on top, the last changed first.
    pub(super) fn last_pinned(&self) -> impl Iterator<Item = Number> {
        self.changed.iter()
    }

    /// The last changed first.
    fn changed(&self) -> &Runs {
        match self.marks.is_pinned() {
            true => &self.changed,
            false => &self.ranking.runs,
        }
    }
}

fn is_recent(number: Number, since: Millis, rows: &Rows) -> bool {
    rows.get(number)
        .is_some_and(|row| row.entry.updated_at >= since)
}

/// What is least changed last.
fn change(number: Number, rows: &Rows) -> (Reverse<Option<Millis>>, Number) {
    let row = rows.get(number);
    (Reverse(row.map(|row| row.entry.updated_at)), number)
}

fn shelf_number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer shelves than sessions")
}
