//! What came from which session.

use sessionwire_listing::Listed;
use sessionwire_protocol::SessionKey;

use super::rows::{Number, Rows};
use super::runs::Runs;
use crate::session::Session;

/// The sessions that came from another one, by it.
#[derive(Clone, Debug)]
pub(super) struct Kin {
    spawned: Runs,
    /// Those whose parent is not the one whose agent started them.
    others: Runs,
}

type Parent = fn(&Session) -> Option<&SessionKey>;

const SPAWNED: Parent = |session| session.facts().spawned_by;
const OTHER: Parent = |session| {
    let facts = session.facts();
    facts
        .parent
        .filter(|parent| facts.spawned_by != Some(parent))
};

impl Kin {
    /// Those of the rows.
    pub(super) fn new(rows: &Rows) -> Self {
        let (mut spawned, mut others) = (Vec::new(), Vec::new());
        for (number, row) in rows.all() {
            spawned.extend(SPAWNED(row).map(|parent| (parent, number)));
            others.extend(OTHER(row).map(|parent| (parent, number)));
        }
        Self {
            spawned: sorted(spawned),
            others: sorted(others),
        }
    }

    /// The numbers of those that came from a session, each once.
    pub(super) fn of<'a>(
        &'a self,
        parent: &'a SessionKey,
        rows: &'a Rows,
    ) -> impl Iterator<Item = Number> + use<'a> {
        let of = move |runs: &'a Runs, by: Parent| {
            let own = move |number| rows.get(number).and_then(|row| by(row));
            let begin = runs.end_of(|number| own(number) < Some(parent));
            let numbers = runs.from(begin);
            numbers.take_while(move |number| own(*number) == Some(parent))
        };
        of(&self.spawned, SPAWNED).chain(of(&self.others, OTHER))
    }

    /// How many they are.
    pub(super) fn count(&self, parent: &SessionKey, rows: &Rows) -> usize {
        let count = |runs: &Runs, by: Parent| {
            let own = |number| rows.get(number).and_then(|row| by(row));
            let begin = runs.end_of(|number| own(number) < Some(parent));
            let end = runs.end_of(|number| own(number) <= Some(parent));
            runs.count_before(end) - runs.count_before(begin)
        };
        count(&self.spawned, SPAWNED) + count(&self.others, OTHER)
    }

    /// Puts a number in, whose session is among the rows.
    pub(super) fn insert(&mut self, number: Number, rows: &Rows) {
        for (runs, by) in self.all() {
            if let Some(own) = place(number, by, rows) {
                let compare = |other| place(other, by, rows).cmp(&Some(own));
                runs.insert(number, compare);
            }
        }
    }

    /// Takes a number out, whose session is among the rows still.
    pub(super) fn remove(&mut self, number: Number, rows: &Rows) {
        for (runs, by) in self.all() {
            if let Some(own) = place(number, by, rows) {
                runs.remove(|other| place(other, by, rows).cmp(&Some(own)));
            }
        }
    }

    fn all(&mut self) -> [(&mut Runs, Parent); 2] {
        [(&mut self.spawned, SPAWNED), (&mut self.others, OTHER)]
    }
}

fn place(number: Number, by: Parent, rows: &Rows) -> Option<(&SessionKey, Number)> {
    Some((by(rows.get(number)?)?, number))
}

fn sorted(mut places: Vec<(&SessionKey, Number)>) -> Runs {
    places.sort_unstable();
    places.into_iter().map(|(_, number)| number).collect()
}
