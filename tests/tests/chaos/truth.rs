use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde::Deserialize;
use serde_json::Value;
use sessionwire::protocol::EvictionReason;
use sessionwire::protocol::event::SocketDrain;

use crate::follower::Generation;

/// What really happened, read from the gateway's database behind its back.
pub(crate) struct Truth {
    database: PathBuf,
    head: i64,
    entries: u64,
    evictions: BTreeMap<Generation, EvictionReason>,
    /// The names of all generations.
    lives: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Change {
    Upserted {
        session: Session,
    },
    Evicted {
        drain: SocketDrain,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Session {
    entry: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    lifecycle_revision: String,
}

impl Truth {
    /// The truth about a gateway with this data folder, from its first change on.
    pub(crate) fn of(data: &Path) -> Self {
        Self {
            database: data.join("sessions.sqlite"),
            head: 0,
            entries: 0,
            evictions: BTreeMap::new(),
            lives: BTreeSet::new(),
        }
    }

    /// Reads what was added to the journal. Has to be called before the gateway forgets it.
    pub(crate) fn read(&mut self) {
        let mut database = self.open();
        let database = database.transaction().expect("it is read as of one time");
        let forgotten: Option<String> = database
            .query_row("SELECT value FROM meta WHERE name = 'tail'", [], |row| {
                row.get(0)
            })
            .optional()
            .expect("there is a store");
        let forgotten = forgotten.map_or(0, |text| text.parse().expect("an offset"));
        assert!(
            self.head >= forgotten,
            "the journal forgot what was not read"
        );
        let mut select = database
            .prepare("SELECT entry_offset, change FROM journal WHERE entry_offset > ?1 ORDER BY entry_offset")
            .expect("there is a journal");
        let entries = select
            .query_map([self.head], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .expect("the journal is read");
        for entry in entries {
            let (offset, change) = entry.expect("the journal is read");
            self.head = offset;
            self.entries += 1;
            let change = serde_json::from_str(&change).expect("a change is what it was");
            match change {
                Change::Upserted { session } => {
                    self.lives.insert(session.entry.lifecycle_revision);
                }
                Change::Evicted { drain } => self.note(drain),
                Change::Other => {}
            }
        }
    }

    /// How many entries the journal has had.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Every eviction, and why.
    pub(crate) fn evictions(&self) -> &BTreeMap<Generation, EvictionReason> {
        &self.evictions
    }

    /// Whether there has been a generation with this name.
    pub(crate) fn has_seen(&self, lifecycle_revision: &str) -> bool {
        self.lives.contains(lifecycle_revision)
    }

    /// The stored sessions by their keys.
    pub(crate) fn sessions(&self) -> BTreeMap<String, Value> {
        let database = self.open();
        let mut select = database
            .prepare("SELECT session_key, session FROM sessions")
            .expect("there are sessions");
        let sessions = select
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
            .expect("the sessions are read");
        sessions
            .map(|session| {
                let (key, session) = session.expect("the sessions are read");
                let session: Value = serde_json::from_str(&session).expect("a session is JSON");
                (key, session["entry"].clone())
            })
            .collect()
    }

    fn note(&mut self, drain: SocketDrain) {
        let generation = Generation {
            key: drain.session_key.to_string(),
            lifecycle_revision: drain.lifecycle_revision,
        };
        let twice = self.evictions.insert(generation, drain.reason);
        assert_eq!(twice, None, "a generation is evicted once");
    }

    /// Not kept open, so that a killed gateway leaves the database to nobody but its successor.
    fn open(&self) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(&self.database, flags).expect("the database is there")
    }
}
