//! The sessions by what filters look at that many have in common.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use sessionwire_listing::{Marks, Traits};

use super::rows::Number;

/// Sessions with equal traits stand on one shelf. A filter is asked once for each shelf, and the sessions of those that
/// it takes need only be counted: whatever it looks at, they cannot differ in it.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    shelves: Vec<Shelf>,
    free: Vec<usize>,
    hasher: RandomState,
    by_traits: HashTable<usize>,
    /// By number: the shelf, and the place there.
    places: Vec<Place>,
}

/// Sessions that have their traits in common.
#[derive(Debug)]
pub(super) struct Shelf {
    owner: Option<Box<str>>,
    group: Box<str>,
    board_face: Option<Box<str>>,
    marks: Marks,
    /// In no order.
    pub(super) numbers: Vec<Number>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    shelf: u32,
    index: u32,
}

impl Shelves {
    /// All shelves, by their numbers; some may be empty.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Shelf> {
        self.shelves.iter()
    }

    /// On which shelf a session stands.
    pub(super) fn of(&self, number: Number) -> usize {
        self.places[number as usize].shelf as usize
    }

    /// Puts a session on its shelf.
    pub(super) fn insert(&mut self, number: Number, traits: &Traits<'_>) {
        let shelf = self.shelf(traits);
        let numbers = &mut self.shelves[shelf].numbers;
        let place = Place {
            shelf: u32::try_from(shelf).expect("fewer shelves than sessions"),
            index: u32::try_from(numbers.len()).expect("fewer sessions than 2^32"),
        };
        numbers.push(number);
        let wanted = number as usize + 1;
        if self.places.len() < wanted {
            self.places.resize(wanted, Place::default());
        }
        self.places[number as usize] = place;
    }

    /// Takes a session off its shelf.
    pub(super) fn remove(&mut self, number: Number) {
        let place = self.places[number as usize];
        let shelf = &mut self.shelves[place.shelf as usize];
        shelf.numbers.swap_remove(place.index as usize);
        if let Some(moved) = shelf.numbers.get(place.index as usize) {
            self.places[*moved as usize] = place;
        }
        if shelf.numbers.is_empty() {
            let hash = self.hasher.hash_one(shelf.traits());
            let own = |other: &usize| *other == place.shelf as usize;
            if let Ok(found) = self.by_traits.find_entry(hash, own) {
                found.remove();
            }
            self.free.push(place.shelf as usize);
        }
    }

    fn shelf(&mut self, traits: &Traits<'_>) -> usize {
        let hash = self.hasher.hash_one(traits);
        let same = |shelf: &usize| self.shelves[*shelf].traits() == *traits;
        if let Some(found) = self.by_traits.find(hash, same) {
            return *found;
        }
        let shelf = Shelf::new(traits);
        let index = match self.free.pop() {
            Some(index) => {
                self.shelves[index] = shelf;
                index
            }
            None => {
                self.shelves.push(shelf);
                self.shelves.len() - 1
            }
        };
        let rehash = |shelf: &usize| self.hasher.hash_one(self.shelves[*shelf].traits());
        self.by_traits.insert_unique(hash, index, rehash);
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
            numbers: Vec::new(),
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
}
