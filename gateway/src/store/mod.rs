//! Where sessions, transcripts and the journal outlive the process.

mod folder;
mod sqlite;

use std::sync::Arc;

use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{ErrorBody, SessionKey, TranscriptMessage};

use crate::device::{Device, DeviceChanges};
use crate::goal::Operation;
use crate::groups::Groups;
use crate::journal::Entry;
use crate::session::Session;

pub use folder::{DATABASE, lock, make_folder};
pub use sqlite::open as open_sqlite;

/// What the thread that commits asks of a store. It calls from that one thread only.
pub trait Store: Send {
    /// Everything that is stored; of the journal the newest `journal_capacity` entries.
    fn load(&mut self, journal_capacity: usize) -> Result<Loaded, StoreError>;

    /// Makes all entries and changes of devices durable, or none of them, and forgets the entries of the journal up to
    /// `forgotten`.
    fn commit(
        &mut self,
        entries: &[Arc<Entry>],
        devices: &DeviceChanges,
        forgotten: u64,
    ) -> Result<(), StoreError>;

    /// Writes something that says nothing, to see whether writing is possible.
    fn probe(&mut self) -> Result<(), StoreError>;

    /// Whether a transcript holds a message with this idempotency key.
    fn has_message(&mut self, key: &SessionKey, idempotency_key: &str) -> Result<bool, StoreError>;

    /// The operation on a session's goal with this id, for as long as it may be repeated.
    fn operation(&mut self, key: &SessionKey, id: &str) -> Result<Option<Operation>, StoreError>;
}

/// What readers ask of a store, from any thread.
pub trait Transcripts: Send + Sync {
    /// The newest `limit` messages of a session without the newest `offset`, oldest first, and whether
    /// there are older ones.
    fn newest(
        &self,
        key: &SessionKey,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<TranscriptMessage>, bool), StoreError>;

    /// The `limit` messages of people and agents that fit a text best, best first, and whether there are more.
    ///
    /// A message fits if it contains every word of the text. `keys` are the sessions to look in; without them
    /// all are.
    fn search(
        &self,
        text: &str,
        keys: Option<&[SessionKey]>,
        limit: usize,
    ) -> Result<(Vec<Found>, bool), StoreError>;
}

/// A message that was found.
pub struct Found {
    /// Its session.
    pub key: SessionKey,
    /// The message.
    pub message: TranscriptMessage,
    /// The part of it that fits.
    pub snippet: String,
    /// How well it fits: higher is better.
    pub score: f64,
}

/// The two sides of a store that was opened.
pub struct Opened {
    /// For the thread that commits.
    pub store: Box<dyn Store>,
    /// For readers.
    pub transcripts: Arc<dyn Transcripts>,
}

/// What a store held when the gateway started.
pub struct Loaded {
    /// Names the life of the journal.
    pub epoch: String,
    /// The offset of the newest entry before those that follow, 0 where there was none.
    pub tail: u64,
    /// Its newest entries, none missing between them.
    pub journal: Vec<Entry>,
    /// The sessions.
    pub sessions: Vec<Arc<Session>>,
    /// The groups.
    pub groups: Groups,
    /// The evictions after which a session was gone, in order.
    pub gone: Vec<SocketDrain>,
    /// The paired devices.
    pub devices: Vec<Device>,
}

/// The store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database says so.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// What it holds is not what this version writes.
    #[error("the database holds something unreadable: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It was written by a newer version.
    #[error("the database has schema version {found}, this program knows up to {known}")]
    Newer {
        /// The version found.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// Its file cannot be had.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// Another process has it.
    #[error("{0} is used by another gateway, or by an import")]
    InUse(String),
}

impl StoreError {
    /// What a caller is told: that it may try again, and nothing of the store's insides.
    pub fn to_wire(&self) -> ErrorBody {
        tracing::error!(error = %self, "the store failed");
        ErrorBody::unavailable("the session store is not available")
    }
}
