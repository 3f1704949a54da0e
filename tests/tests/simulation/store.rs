//! What outlives a gateway: a store in memory that can refuse a write, and every list that ever was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sessionwire_gateway::change::Change;
use sessionwire_gateway::device::DeviceChanges;
use sessionwire_gateway::goal::Operation;
use sessionwire_gateway::groups::Groups;
use sessionwire_gateway::journal::Entry;
use sessionwire_gateway::session::Session;
use sessionwire_gateway::store::{
    Found, Loaded, Opened, Store, StoreError, Transcripts as Messages,
};
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{Cursor, EvictionReason, SessionEntry, SessionKey, TranscriptMessage};

pub(crate) type Sessions = BTreeMap<SessionKey, Arc<Session>>;

/// A session's key and the revision of one of its lives.
pub(crate) type Generation = (SessionKey, String);

/// The world's view of what is durable.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<Content>>);

pub(crate) struct Content {
    /// All lives of the journal, the present one last.
    lives: Vec<Life>,
    /// Idempotency keys of messages.
    sent: BTreeSet<(SessionKey, String)>,
    /// The next writes fail.
    pub(crate) is_full: bool,
    /// How many entries a journal remembers.
    remembered: usize,
}

/// The journal under one epoch, and what it made of the sessions.
struct Life {
    epoch: String,
    entries: Vec<Arc<Entry>>,
    /// The sessions where it began and after each entry, by offset. Gateways leave offsets out.
    states: BTreeMap<u64, Sessions>,
    groups: Groups,
}

impl Disk {
    pub(crate) fn new(remembered: usize) -> Self {
        Self(Arc::new(Mutex::new(Content {
            lives: vec![Life::new(0, 0, Sessions::new())],
            sent: BTreeSet::new(),
            is_full: false,
            remembered,
        })))
    }

    pub(crate) fn open(&self) -> Opened {
        Opened {
            store: Box::new(self.clone()),
            transcripts: Arc::new(NoTranscripts),
        }
    }

    pub(crate) fn read(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another journal takes the place of this one, from `first` on, with the same sessions or with none.
    pub(crate) fn replace(&self, first: u64, keeps_sessions: bool) {
        let mut content = self.read();
        let sessions = match keeps_sessions {
            true => content.sessions().clone(),
            false => Sessions::new(),
        };
        let life = Life::new(content.lives.len(), first, sessions);
        content.lives.push(life);
    }
}

impl Content {
    /// The newest place.
    pub(crate) fn head(&self) -> Cursor {
        let life = self.present();
        Cursor {
            epoch: life.epoch.clone(),
            offset: life.newest().0,
        }
    }

    /// The sessions at a place, if there was such a place.
    pub(crate) fn at(&self, place: &Cursor) -> Option<&Sessions> {
        self.life(&place.epoch)?.states.get(&place.offset)
    }

    /// The sessions before the entry at a place.
    pub(crate) fn before(&self, place: &Cursor) -> Option<&Sessions> {
        let states = &self.life(&place.epoch)?.states;
        states
            .range(..place.offset)
            .next_back()
            .map(|(_, state)| state)
    }

    /// The sessions now.
    pub(crate) fn sessions(&self) -> &Sessions {
        self.present().newest().1
    }

    /// Whether the generation is the present one of its session.
    pub(crate) fn lives(&self, (key, revision): &Generation) -> bool {
        let session = self.sessions().get(key);
        session.is_some_and(|session| session.entry.lifecycle_revision == *revision)
    }

    /// Whether a journal that stands at `to` does not remember all that follows a place.
    pub(crate) fn has_forgotten(&self, from: &Cursor, to: u64) -> bool {
        let Some(life) = self.life(&from.epoch) else {
            return true;
        };
        let entries = life.entries.iter();
        let between = entries.filter(|entry| (from.offset + 1..=to).contains(&entry.offset));
        between.count() > self.remembered
    }

    /// Why a generation was evicted, if it was.
    pub(crate) fn eviction(&self, generation: &Generation) -> Option<EvictionReason> {
        let entries = self.lives.iter().flat_map(|life| &life.entries);
        entries
            .filter_map(|entry| drain(entry))
            .find(|drain| self::generation(drain) == *generation)
            .map(|drain| drain.reason)
    }

    /// The evictions after a place up to another of the same epoch, with their offsets.
    pub(crate) fn evictions(&self, from: &Cursor, to: u64) -> Vec<(u64, Generation)> {
        let life = self.life(&from.epoch).expect("the epoch was there");
        let entries = life.entries.iter();
        entries
            .filter(|entry| (from.offset + 1..=to).contains(&entry.offset))
            .filter_map(|entry| Some((entry.offset, generation(drain(entry)?))))
            .collect()
    }

    /// Where a session first came to be what an answer shows, in the present epoch.
    pub(crate) fn offset_of(&self, key: &SessionKey, shown: &SessionEntry) -> Option<u64> {
        let mut entries = self.present().entries.iter();
        let found = entries.find(|entry| match &entry.change {
            Change::Upserted { session, .. } => session.key == *key && session.entry == *shown,
            Change::Evicted { .. }
            | Change::Message { .. }
            | Change::Chat { .. }
            | Change::Groups { .. } => false,
        });
        found.map(|entry| entry.offset)
    }

    fn present(&self) -> &Life {
        self.lives.last().expect("there always is a journal")
    }

    fn life(&self, epoch: &str) -> Option<&Life> {
        self.lives.iter().find(|life| life.epoch == epoch)
    }

    fn append(&mut self, entries: &[Arc<Entry>]) {
        for entry in entries {
            match &entry.change {
                Change::Evicted { drain } => self.sent.retain(|(key, _)| *key != drain.session_key),
                Change::Message { message, .. } => {
                    let sent = message.message.idempotency_key.clone();
                    self.sent
                        .extend(sent.map(|sent| (message.session_key.clone(), sent)));
                }
                Change::Upserted { .. } | Change::Chat { .. } | Change::Groups { .. } => {}
            }
            let life = self.lives.last_mut().expect("there always is a journal");
            life.append(entry);
        }
    }
}

impl Life {
    fn new(number: usize, first: u64, sessions: Sessions) -> Self {
        Self {
            epoch: format!("e{number}"),
            entries: Vec::new(),
            states: BTreeMap::from([(first, sessions)]),
            groups: Groups::default(),
        }
    }

    fn newest(&self) -> (u64, &Sessions) {
        let (offset, state) = self
            .states
            .last_key_value()
            .expect("a life begins with a state");
        (*offset, state)
    }

    fn append(&mut self, entry: &Arc<Entry>) {
        let (newest, state) = self.newest();
        assert!(newest < entry.offset, "entries come in order");
        let mut state = state.clone();
        match &entry.change {
            Change::Upserted { session, .. } => {
                state.insert(session.key.clone(), Arc::clone(session));
            }
            Change::Evicted { drain } if drain.next_lifecycle_revision.is_none() => {
                state.remove(&drain.session_key);
            }
            Change::Groups { groups } => self.groups = groups.clone(),
            Change::Evicted { .. } | Change::Message { .. } | Change::Chat { .. } => {}
        }
        self.states.insert(entry.offset, state);
        self.entries.push(Arc::clone(entry));
    }
}

impl Store for Disk {
    /// What comes back was written as text before, as by a store on a real disk.
    fn load(&mut self, journal_capacity: usize) -> Result<Loaded, StoreError> {
        let content = self.read();
        let life = content.present();
        let newest = life.entries.len().saturating_sub(journal_capacity);
        let mut journal = Vec::new();
        for entry in &life.entries[newest..] {
            let change = serde_json::from_str(&serde_json::to_string(&entry.change)?)?;
            journal.push(Entry::new(entry.offset, entry.at, change));
        }
        let mut sessions = Vec::new();
        for session in content.sessions().values() {
            let json = serde_json::to_string(session.as_ref())?;
            sessions.push(Arc::new(serde_json::from_str(&json)?));
        }
        let tail = life.states.keys().nth(newest);
        Ok(Loaded {
            epoch: life.epoch.clone(),
            tail: *tail.expect("each entry follows a state"),
            gone: Vec::new(),
            journal,
            sessions,
            groups: life.groups.clone(),
            devices: Vec::new(),
        })
    }

    /// Nobody in the simulation has a device.
    fn commit(
        &mut self,
        entries: &[Arc<Entry>],
        _: &DeviceChanges,
        _forgotten: u64,
    ) -> Result<(), StoreError> {
        self.probe()?;
        self.read().append(entries);
        Ok(())
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        match self.read().is_full {
            true => Err(StoreError::File {
                path: "simulation".to_owned(),
                error: std::io::ErrorKind::StorageFull.into(),
            }),
            false => Ok(()),
        }
    }

    fn has_message(&mut self, key: &SessionKey, idempotency_key: &str) -> Result<bool, StoreError> {
        let sent = (key.clone(), idempotency_key.to_owned());
        Ok(self.read().sent.contains(&sent))
    }

    /// Nobody in the simulation sends operations with ids.
    fn operation(&mut self, _: &SessionKey, _: &str) -> Result<Option<Operation>, StoreError> {
        Ok(None)
    }
}

/// Nobody in the simulation reads messages.
struct NoTranscripts;

impl Messages for NoTranscripts {
    fn newest(
        &self,
        _: &SessionKey,
        _: usize,
        _: usize,
    ) -> Result<(Vec<TranscriptMessage>, bool), StoreError> {
        Ok((Vec::new(), false))
    }

    fn search(
        &self,
        _: &str,
        _: Option<&[SessionKey]>,
        _: usize,
    ) -> Result<(Vec<Found>, bool), StoreError> {
        Ok((Vec::new(), false))
    }
}

fn drain(entry: &Entry) -> Option<&SocketDrain> {
    match &entry.change {
        Change::Evicted { drain } => Some(drain),
        Change::Upserted { .. }
        | Change::Message { .. }
        | Change::Chat { .. }
        | Change::Groups { .. } => None,
    }
}

fn generation(drain: &SocketDrain) -> Generation {
    (drain.session_key.clone(), drain.lifecycle_revision.clone())
}
