use alloc::sync::Arc;
use alloc::vec::Vec;

use sessionwire_json::{Record, Unreadable, Value, required};
use sessionwire_listing::{Filter, Order};
use sessionwire_protocol::{ChangeReason, EvictionReason, Millis, SessionKey};

use crate::copy::{Change, precedes};
use crate::fields::Fields;
use crate::list::LiveList;
use crate::list_params::ListParams;
use crate::output::Evicted;
use crate::params;
use crate::phase::Phase;
use crate::read;
use crate::read_row::ReadRow;
use crate::row::Row;
use crate::table::Table;
use crate::time::Instant;

/// What an event says of itself, beside the row that is flattened into it.
const ABOUT_THE_EVENT: [&str; 11] = [
    "ancestorSessions",
    "catalogChanged",
    "message",
    "messageId",
    "messageSeq",
    "phase",
    "reason",
    "runId",
    "session",
    "sessionKey",
    "ts",
];

/// All sessions of a gateway that names no places in a journal, for all lists of a client: listed, then kept by
/// events as far as those tell what has changed, and listed again where they do not.
#[derive(Debug)]
pub(crate) struct Mirror {
    /// The subscription to events, once for each connection.
    pub(crate) events: Phase,
    /// The listing: asked for, or due at a time.
    pub(crate) listing: Phase,
    /// The list that was asked for will be out of date.
    pub(crate) again: bool,
    /// It was listed on this connection.
    pub(crate) fresh: bool,
    pub(crate) rows: LiveList<Arc<Row>>,
    /// The sessions of which more was told than by the list that brought them.
    told: Table<SessionKey, ()>,
    /// Whether no session is missing in `rows`.
    pub(crate) whole: bool,
    /// The last change was that a named session was deleted; protocol 4 tells that twice.
    after_delete: bool,
    /// What came after the list was asked for, the newest of each session.
    late: Table<SessionKey, News>,
    /// How many lists were asked for without a pause.
    pub(crate) haste: u32,
    pub(crate) listed: Instant,
    pub(crate) times_listed: u64,
    filter: Filter,
}

/// What an event says of a session.
#[derive(Debug)]
pub(crate) enum News {
    Changed(Change),
    Deleted(Option<Millis>),
}

impl News {
    /// The eviction of the row that was there before, where this tells of one. Of that row only the list may have
    /// told that brought the session.
    pub(crate) fn ends(&self, before: &Row, only_listed: bool) -> Option<Evicted> {
        let head = &before.head;
        let (reason, ts) = match self {
            Self::Deleted(ts) => (EvictionReason::Deleted, *ts),
            Self::Changed(change) => {
                let next = &change.row.head;
                let said = match &change.reason {
                    Some(reason) if *reason == ChangeReason::RESET => Some(EvictionReason::Reset),
                    Some(reason) if *reason == ChangeReason::NEW => Some(EvictionReason::New),
                    _ => None,
                };
                let is_same = match head.lifecycle_revision {
                    Some(_) => !precedes(head, next),
                    // Only a list has shown it, after the reset: nobody has seen what was before.
                    None => {
                        let row = &change.row;
                        only_listed && (before.says_the_same(row) || row.says_the_same(before))
                    }
                };
                let found = precedes(head, next).then_some(EvictionReason::Unknown);
                (said.filter(|_| !is_same).or(found)?, change.ts)
            }
        };
        Some(Evicted {
            reason,
            inferred: reason == EvictionReason::Unknown,
            ts,
            ..Evicted::of(head, None)
        })
    }
}

/// What an event means.
#[derive(Debug)]
pub(crate) enum Telling {
    Nothing,
    Of(SessionKey, News),
    /// Something changed, and only a list can tell what.
    Unsaid,
}

impl Default for Mirror {
    fn default() -> Self {
        Self {
            events: Phase::default(),
            listing: Phase::default(),
            again: false,
            fresh: false,
            rows: LiveList::new(Order::default()),
            told: Table::default(),
            whole: false,
            after_delete: false,
            late: Table::default(),
            haste: 0,
            listed: Instant::default(),
            times_listed: 0,
            filter: ListParams::from(params::all()).filter(),
        }
    }
}

impl Mirror {
    /// The connection is gone.
    pub(crate) fn down(&mut self) {
        self.events = Phase::Down;
        self.listing = Phase::Down;
        self.again = false;
        self.fresh = false;
        self.after_delete = false;
        self.late.clear();
    }

    /// Nobody looks at it any longer. Events go on: plain protocol 4 cannot unsubscribe from them.
    pub(crate) fn forget(&mut self) {
        self.rows.clear();
        self.told.clear();
        self.late.clear();
        self.fresh = false;
        self.again = false;
        if self.listing != Phase::Asking {
            self.listing = Phase::Down;
        }
    }

    /// The list is asked for. It will show all that was told before.
    pub(crate) fn ask(&mut self) {
        self.listing = Phase::Asking;
        self.late.clear();
    }

    /// Reads a change.
    pub(crate) fn read(&mut self, payload: Value<'_>) -> Telling {
        let after_delete = core::mem::take(&mut self.after_delete);
        let Ok(changed) = read::changed(payload) else {
            return Telling::Unsaid;
        };
        let deleted = changed.reason == Some(ChangeReason::DELETE);
        let Some(key) = changed.key else {
            return match deleted && after_delete {
                true => Telling::Nothing,
                false => Telling::Unsaid,
            };
        };
        let row = match changed.session {
            Some(row) => Row::read(row).ok(),
            None => flattened(self.rows.get(&key), payload),
        };
        let (reason, ts) = (changed.reason, changed.ts);
        match row.map(Arc::new) {
            Some(row) if !self.filter.matches(&ReadRow::of(&row)) => Telling::Nothing,
            Some(row) => Telling::Of(key, News::Changed(Change { row, reason, ts })),
            None if deleted => {
                self.after_delete = true;
                Telling::Of(key, News::Deleted(ts))
            }
            None => Telling::Unsaid,
        }
    }

    /// Applies what an event says; returns the eviction that it tells of.
    pub(crate) fn apply(&mut self, key: &SessionKey, news: &News) -> Option<Evicted> {
        let only_listed = self.told.insert(key.clone(), ());
        let before = self.rows.get(key).cloned();
        match news {
            News::Changed(change) => {
                self.rows.set(&change.row.head, Arc::clone(&change.row));
            }
            News::Deleted(_) => {
                self.rows.remove(key);
            }
        }
        news.ends(before.as_deref()?, only_listed)
    }

    /// Keeps what an event said until the list that is under way has come.
    pub(crate) fn keep(&mut self, key: SessionKey, news: News) {
        if self.listing == Phase::Asking {
            self.late.insert(key, news);
        }
    }

    /// The row with what only events tell of a session, as they last told it of this generation.
    pub(crate) fn complete(&self, row: Row) -> Arc<Row> {
        let before = self.rows.get(&row.head.key);
        let before = before.filter(|before| !precedes(&before.head, &row.head));
        Arc::new(match before {
            Some(before) => row.completed(before),
            None => row,
        })
    }

    /// Takes the list, and lays over it what came since it was asked for.
    pub(crate) fn take(&mut self, payload: Value<'_>) -> Result<(), Unreadable> {
        let mut said = Record::of(payload);
        let mut has_more = false;
        said.read("hasMore", &mut has_more);
        let sessions = required(said.get("sessions"))?;
        said.end()?;
        let mut rows = Vec::new();
        Row::read_each(sessions, &mut |row| rows.push(self.complete(row)))?;
        let before = &self.rows;
        self.told.retain(|key, ()| before.get(key).is_some());
        self.rows
            .replace(rows.iter().map(|row| (&row.head, Arc::clone(row))));
        for (key, news) in core::mem::take(&mut self.late).iter() {
            let listed = self.rows.get(key).and_then(|row| row.head.updated_at);
            let is_older = match news {
                News::Changed(change) => listed > change.row.head.updated_at,
                News::Deleted(ts) => ts.is_some() && listed > *ts,
            };
            if !is_older {
                self.apply(key, news);
            }
        }
        self.whole = !has_more;
        self.fresh = true;
        Ok(())
    }
}

/// The row that an event carries beside what it says of itself: what is absent is as before, `null` is absent.
fn flattened(before: Option<&Arc<Row>>, payload: Value<'_>) -> Option<Row> {
    let key = payload.field("sessionKey");
    let event = Fields::read(payload).ok()?;
    event.get("updatedAt")?;
    let mut row = match before {
        Some(before) => Fields::read(before.json()).ok()?,
        None => Fields::default(),
    };
    row.set("key", key?);
    for (name, value) in event.as_slice() {
        if ABOUT_THE_EVENT.contains(name) {
            continue;
        }
        match value.is_null() {
            true => drop(row.remove(name)),
            false => row.set(name, *value),
        }
    }
    row.get("kind")?;
    Row::read(row.write().value()).ok()
}
