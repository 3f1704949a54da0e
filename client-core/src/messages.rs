use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use sessionwire_protocol::SessionKey;

use crate::output::{Evicted, SubscriptionId};
use crate::phase::Phase;
use crate::table::Table;
use crate::time::Instant;

/// How many evictions of one session are remembered as told. Lists that catch up tell theirs one after the other, each
/// all that were missed.
const REMEMBERED: usize = 1_024;

/// The subscriptions to messages. Those to one key share one subscription at the gateway.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// By the key as the application gave it, which need not be canonical.
    groups: Table<String, Group>,
    /// Canonical keys whose last subscriber has gone.
    ending: Table<SessionKey, ()>,
}

#[derive(Debug, Default)]
struct Group {
    members: Vec<SubscriptionId>,
    /// The canonical key, once the gateway has said it.
    key: Option<SessionKey>,
    phase: Phase,
    failures: u32,
    /// The evicted generations that were told. The same eviction may come with the frames of several
    /// subscriptions.
    told: Vec<String>,
}

impl Messages {
    /// Adds a subscriber; `true` when the key has to be asked for.
    pub(crate) fn join(&mut self, key: &str, subscription: SubscriptionId) -> bool {
        if !self.groups.contains(key) {
            self.groups.insert(key.to_owned(), Group::default());
        }
        let Some(group) = self.groups.get_mut(key) else {
            return false;
        };
        group.members.push(subscription);
        group.phase == Phase::Down
    }

    /// Takes a subscriber out.
    pub(crate) fn leave(&mut self, subscription: SubscriptionId) {
        let Some((name, group)) = self
            .groups
            .iter_mut()
            .find(|(_, group)| group.members.contains(&subscription))
        else {
            return;
        };
        group.members.retain(|member| *member != subscription);
        // While the answer is due the canonical key may be unknown; the group waits for it.
        if group.members.is_empty() && group.phase != Phase::Asking {
            let name = name.clone();
            self.end(&name);
        }
    }

    /// The keys that have subscribers.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names_of(&|_| true)
    }

    /// The keys that are to be asked for again.
    pub(crate) fn due(&self, now: Instant) -> Vec<String> {
        self.names_of(&|group| group.phase.rests_until().is_some_and(|until| until <= now))
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let groups = self.groups.values();
        groups.filter_map(|group| group.phase.rests_until()).min()
    }

    /// The key was asked for, or rests. `false` when nobody wants it any longer, and it is forgotten.
    pub(crate) fn enter(&mut self, name: &str, phase: Phase) -> bool {
        let Some(group) = self.groups.get_mut(name) else {
            return false;
        };
        if group.members.is_empty() {
            self.groups.remove(name);
            return false;
        }
        group.phase = phase;
        true
    }

    /// The gateway's answer names the canonical key.
    pub(crate) fn answered(&mut self, name: &str, key: SessionKey) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        group.key = Some(key);
        group.phase = Phase::Live;
        group.failures = 0;
        if group.members.is_empty() {
            self.end(name);
        }
    }

    /// The gateway refused; returns how often in a row.
    pub(crate) fn failed(&mut self, name: &str) -> u32 {
        self.groups.get_mut(name).map_or(0, |group| {
            group.failures = group.failures.saturating_add(1);
            group.failures
        })
    }

    /// Forgets a key; returns its subscribers.
    pub(crate) fn remove(&mut self, name: &str) -> Vec<SubscriptionId> {
        self.groups
            .remove(name)
            .map(|group| group.members)
            .unwrap_or_default()
    }

    /// The keys to unsubscribe from. None while an answer is due, which may name one of them as its own.
    pub(crate) fn ended(&mut self) -> Table<SessionKey, ()> {
        let mut groups = self.groups.values();
        if self.ending.is_empty() || groups.any(|group| group.phase == Phase::Asking) {
            return Table::new();
        }
        let mut ended = core::mem::take(&mut self.ending);
        for key in self.groups.values().filter_map(|group| group.key.as_ref()) {
            ended.remove(key);
        }
        ended
    }

    /// The connection is gone.
    pub(crate) fn down(&mut self) {
        self.ending.clear();
        self.groups.retain(|_, group| {
            group.phase = Phase::Down;
            !group.members.is_empty()
        });
    }

    /// The subscribers to the messages of a session.
    pub(crate) fn subscribers(&self, key: &str) -> Vec<SubscriptionId> {
        let mut subscribers = Vec::new();
        for (name, group) in self.groups.iter() {
            if group.is_of(name, key) {
                subscribers.extend_from_slice(&group.members);
            }
        }
        subscribers
    }

    /// The subscribers to whom an eviction has not been told.
    pub(crate) fn evicted(&mut self, evicted: &Evicted) -> Vec<SubscriptionId> {
        // A reset leaves the transcript's name as it is.
        let transcript = evicted.session_id.as_ref();
        let transcript = transcript.filter(|_| !evicted.lives_on());
        let generation = evicted.lifecycle_revision.as_ref().or(transcript);
        let mut untold = Vec::new();
        for (name, group) in self.groups.iter_mut() {
            if group.is_of(name, evicted.key.as_str()) && group.tell(generation) {
                untold.extend_from_slice(&group.members);
            }
        }
        untold
    }

    fn names_of(&self, wanted: &dyn Fn(&Group) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        for (name, group) in self.groups.iter() {
            if wanted(group) {
                names.push(name.clone());
            }
        }
        names
    }

    fn end(&mut self, name: &str) {
        let Some(group) = self.groups.remove(name) else {
            return;
        };
        if let (Phase::Live, Some(key)) = (group.phase, group.key) {
            self.ending.insert(key, ());
        }
    }
}

impl Group {
    fn is_of(&self, name: &str, key: &str) -> bool {
        self.key.as_ref().map_or(name, SessionKey::as_str) == key
    }

    /// Remembers that a generation's eviction is told; `false` when it has been.
    fn tell(&mut self, generation: Option<&String>) -> bool {
        let Some(generation) = generation else {
            return true;
        };
        if self.told.contains(generation) {
            return false;
        }
        if self.told.len() == REMEMBERED {
            self.told.remove(0);
        }
        self.told.push(generation.clone());
        true
    }
}
