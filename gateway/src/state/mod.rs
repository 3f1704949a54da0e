//! The sessions in memory. They change only by applying entries of the journal.

mod catalog;
mod chosen;
mod chunks;
mod kin;
mod names;
mod numbers;
mod ranking;
mod rows;
mod runs;
mod shelves;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;

use sessionwire_listing::Order;

use crate::change::Change;
use crate::device::{Device, DeviceChanges};
use crate::groups::Groups;
use crate::journal::{Entry, Journal};
use crate::session::Session;
use crate::tombstones::Tombstones;

pub use catalog::{Asked, Catalog};
pub use chosen::Chosen;

/// All sessions, in the indexes that reads need, and the journal that led to them.
#[derive(Debug)]
pub struct State {
    sessions: Catalog,
    groups: Groups,
    journal: Journal,
    tombstones: Tombstones,
    devices: BTreeMap<String, Arc<Device>>,
}

impl State {
    /// The sessions as loaded from a store.
    pub fn new(
        sessions: Vec<Arc<Session>>,
        groups: Groups,
        journal: Journal,
        mut tombstones: Tombstones,
    ) -> Self {
        for session in &sessions {
            tombstones.unearth(session);
        }
        Self {
            sessions: Catalog::new(sessions),
            groups,
            journal,
            tombstones,
            devices: BTreeMap::new(),
        }
    }

    /// Makes the next entry true.
    pub fn apply(&mut self, entry: Arc<Entry>) {
        match &entry.change {
            Change::Upserted { session, .. } => {
                self.tombstones.unearth(session);
                entry.set_replaced(self.sessions.insert(Arc::clone(session)));
            }
            Change::Evicted { drain } if drain.next_lifecycle_revision.is_none() => {
                self.tombstones.bury(drain);
                entry.set_replaced(self.sessions.remove(&drain.session_key));
            }
            Change::Evicted { drain } => {
                entry.set_replaced(self.sessions.get(&drain.session_key).cloned());
            }
            Change::Groups { groups } => {
                self.groups = groups.clone();
                let groups = Groups::default();
                let told = Entry::new(entry.offset, entry.at, Change::Groups { groups });
                return self.journal.push(Arc::new(told));
            }
            Change::Message { .. } | Change::Chat { .. } => {}
        }
        self.journal.push(entry);
    }

    /// Takes an order of the sessions that was made for a copy of them.
    pub fn take_order(&mut self, order: Order, copy: &Catalog) {
        self.sessions.take_order(order, copy);
    }

    /// Makes changes of devices true. The journal does not tell of them: they are nobody's but the owner's.
    pub fn apply_devices(&mut self, changes: DeviceChanges) {
        for (id, device) in changes {
            match device {
                Some(device) => self.devices.insert(id, device),
                None => self.devices.remove(&id),
            };
        }
    }

    /// The paired devices.
    pub fn devices(&self) -> &BTreeMap<String, Arc<Device>> {
        &self.devices
    }

    /// The changes that led here.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The sessions that are gone.
    pub fn tombstones(&self) -> &Tombstones {
        &self.tombstones
    }

    /// All sessions.
    pub fn catalog(&self) -> &Catalog {
        &self.sessions
    }

    /// The groups.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }
}
