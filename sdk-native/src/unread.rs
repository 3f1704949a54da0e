//! What happens to events that nobody takes: they must neither grow without bound nor be skipped in silence.

use std::collections::{BTreeMap, VecDeque};

use sessionwire_client_core::{Error, FrameEvent, MessageEvent, SessionEvent};
use sessionwire_protocol::SessionKey;

use crate::inbox::Unread;

/// How many evictions wait for a subscriber that takes nothing.
const EVICTIONS: usize = 65_536;
/// How many messages do.
const MESSAGES: usize = 1_024;
/// How many frames do.
const FRAMES: usize = 16_384;
/// And how many bytes of payloads.
const FRAMES_BYTES: usize = 32 << 20;

/// Unread events of a list, in order. Of the changes of one row the newest waits, and a snapshot takes the
/// place of all changes before it; evictions wait one by one, and too many of them end the subscription.
#[derive(Debug, Default)]
pub(crate) struct ListUnread {
    /// By when they came.
    events: BTreeMap<u64, SessionEvent>,
    /// Where the one change of a row waits.
    changes: BTreeMap<SessionKey, u64>,
    snapshot: Option<u64>,
    last: u64,
    failed: bool,
    /// Nothing takes the place of anything: whoever takes these is not far behind, or begins anew.
    keeps_all: bool,
}

impl Unread for ListUnread {
    type Event = SessionEvent;

    fn push(&mut self, event: SessionEvent) {
        if self.failed {
            return;
        }
        self.last += 1;
        match &event {
            SessionEvent::Failed(_) => self.failed = true,
            _ if self.keeps_all && self.events.len() >= EVICTIONS => {
                return self.fail(Error::Lagged);
            }
            _ if self.keeps_all => {}
            SessionEvent::Snapshot { .. } => {
                let stale = std::mem::take(&mut self.changes).into_values();
                for at in stale.chain(self.snapshot.replace(self.last)) {
                    self.events.remove(&at);
                }
            }
            SessionEvent::Changed { row, .. } => {
                let stale = self.changes.insert(row.head.key.clone(), self.last);
                self.forget(stale);
            }
            SessionEvent::Left { key } => {
                let stale = self.changes.insert(key.clone(), self.last);
                self.forget(stale);
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    let stale = self.changes.remove(&evicted.key);
                    self.forget(stale);
                }
                if self.events.len() - self.changes.len() > EVICTIONS {
                    return self.fail(Error::Lagged);
                }
            }
        }
        self.events.insert(self.last, event);
    }

    fn pop(&mut self) -> Option<SessionEvent> {
        let (at, event) = self.events.pop_first()?;
        match &event {
            SessionEvent::Snapshot { .. } => self.snapshot = None,
            SessionEvent::Changed { row, .. } => self.taken(&row.head.key, at),
            SessionEvent::Left { key } => self.taken(key, at),
            SessionEvent::Evicted(_) | SessionEvent::Failed(_) => {}
        }
        Some(event)
    }
}

impl ListUnread {
    /// Events of which each is kept.
    pub(crate) fn of_all() -> Self {
        Self {
            keeps_all: true,
            ..Self::default()
        }
    }

    fn forget(&mut self, at: Option<u64>) {
        if let Some(at) = at {
            self.events.remove(&at);
        }
    }

    fn taken(&mut self, key: &SessionKey, at: u64) {
        if self.changes.get(key) == Some(&at) {
            self.changes.remove(key);
        }
    }

    fn fail(&mut self, error: Error) {
        self.events = BTreeMap::from([(self.last, SessionEvent::Failed(error))]);
        self.changes.clear();
        self.snapshot = None;
        self.failed = true;
    }
}

/// An unread event of a session's messages.
#[derive(Debug)]
pub(crate) enum Letter {
    Event(MessageEvent),
    /// Messages are missing here.
    Missed,
}

/// Unread events of a session's messages, in order. Where too many wait, the oldest make room, evictions
/// last, and the gap is told.
#[derive(Debug, Default)]
pub(crate) struct MessagesUnread {
    letters: VecDeque<Letter>,
    /// The oldest had to make room.
    missed: bool,
}

impl Unread for MessagesUnread {
    type Event = Letter;

    fn push(&mut self, letter: Letter) {
        let repeats = matches!(
            (&letter, self.letters.back()),
            (Letter::Missed, Some(Letter::Missed))
        );
        if repeats {
            return;
        }
        if self.letters.len() >= MESSAGES {
            self.make_room();
        }
        self.letters.push_back(letter);
    }

    fn pop(&mut self) -> Option<Letter> {
        match std::mem::take(&mut self.missed) {
            true => Some(Letter::Missed),
            false => self.letters.pop_front(),
        }
    }
}

impl MessagesUnread {
    fn make_room(&mut self) {
        let is_eviction =
            |letter: &Letter| matches!(letter, Letter::Event(MessageEvent::Evicted(_)));
        let oldest = self.letters.iter().position(|letter| !is_eviction(letter));
        self.letters.remove(oldest.unwrap_or(0));
        self.missed = true;
    }
}

/// Unread frames, in order. Where too many wait, the oldest make room, and the gap is told.
#[derive(Debug, Default)]
pub(crate) struct FramesUnread {
    frames: VecDeque<FrameEvent>,
    bytes: usize,
    /// The oldest had to make room.
    missed: bool,
}

impl FramesUnread {
    fn take(&mut self) -> Option<FrameEvent> {
        let oldest = self.frames.pop_front()?;
        self.bytes -= bytes(&oldest);
        Some(oldest)
    }
}

/// What a frame takes, about.
fn bytes(frame: &FrameEvent) -> usize {
    match frame {
        FrameEvent::Hello(payload) | FrameEvent::Event { payload, .. } => payload.get().len(),
        FrameEvent::Missed => 0,
    }
}

impl Unread for FramesUnread {
    type Event = FrameEvent;

    fn push(&mut self, frame: FrameEvent) {
        self.bytes += bytes(&frame);
        self.frames.push_back(frame);
        // The newest waits, however large it is.
        while self.frames.len() > 1 && (self.frames.len() > FRAMES || self.bytes > FRAMES_BYTES) {
            self.take();
            self.missed = true;
        }
    }

    fn pop(&mut self) -> Option<FrameEvent> {
        match std::mem::take(&mut self.missed) {
            true => Some(FrameEvent::Missed),
            false => self.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use std::sync::Arc;

    use sessionwire_client_core::{Evicted, Row};
    use sessionwire_protocol::{Cursor, EvictionReason};

    use super::*;

    #[test]
    fn of_the_changes_of_a_row_the_newest_waits() {
        let mut unread = ListUnread::default();
        for event in events(&["a1", "b1", "a2", "-b", "a3", "c1"]) {
            unread.push(event);
        }
        assert_eq!(taken(&mut unread), ["left b", "changed a3", "changed c1"]);
    }

    #[test]
    fn who_asks_for_all_gets_all_or_is_told_that_it_lags() {
        let mut unread = ListUnread::of_all();
        for event in events(&["a1", "a2", "!a", "a3", "=", "-a"]) {
            unread.push(event);
        }
        assert_eq!(
            taken(&mut unread),
            [
                "changed a1",
                "changed a2",
                "evicted a",
                "changed a3",
                "snapshot",
                "left a"
            ]
        );
        for _ in 0..=EVICTIONS {
            unread.push(events(&["a1"]).remove(0));
        }
        assert_eq!(
            taken(&mut unread),
            ["failed: too many events were not taken"]
        );
    }

    #[test]
    fn evictions_wait_one_by_one_and_in_their_place() {
        let mut unread = ListUnread::default();
        for event in events(&["a1", "!a", "a2", "b1", "!b", "b2", "!b"]) {
            unread.push(event);
        }
        assert_eq!(
            taken(&mut unread),
            ["evicted a", "changed a2", "evicted b", "evicted b"]
        );
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_came_before() {
        let mut unread = ListUnread::default();
        for event in events(&["=", "a1", "!b", "="]) {
            unread.push(event);
        }
        unread.push(events(&["c1"]).remove(0));
        assert_eq!(taken(&mut unread), ["evicted b", "snapshot", "changed c1"]);
        for event in events(&["=", "a1"]) {
            unread.push(event);
        }
        assert!(unread.pop().is_some());
        for event in events(&["a2", "!c"]) {
            unread.push(event);
        }
        assert_eq!(taken(&mut unread), ["changed a2", "evicted c"]);
    }

    #[test]
    fn a_subscriber_who_takes_nothing_is_told_that_it_lags() {
        let mut unread = ListUnread::default();
        for _ in 0..EVICTIONS * 2 {
            unread.push(SessionEvent::Evicted(evicted("a")));
        }
        assert_eq!(
            taken(&mut unread),
            ["failed: too many events were not taken"]
        );
    }

    #[test]
    fn frames_make_room_by_their_number_and_their_size() {
        let event = |bytes: usize| {
            let json = format!("\"{}\"", "x".repeat(bytes - 2));
            FrameEvent::Event {
                name: "agent".to_owned(),
                payload: RawValue::from_string(json).unwrap(),
            }
        };
        let taken = |unread: &mut FramesUnread| -> Vec<usize> {
            let frames = std::iter::from_fn(|| unread.pop());
            frames.map(|frame| bytes(&frame)).collect()
        };
        let mut unread = FramesUnread::default();
        for _ in 0..=FRAMES {
            unread.push(event(3));
        }
        assert!(matches!(unread.pop(), Some(FrameEvent::Missed)));
        assert_eq!(taken(&mut unread).len(), FRAMES);
        let half = FRAMES_BYTES / 2;
        for size in [half, half, half, 3] {
            unread.push(event(size));
        }
        assert_eq!(taken(&mut unread), [0, half, 3]);
        unread.push(event(FRAMES_BYTES * 2));
        assert_eq!(taken(&mut unread), [FRAMES_BYTES * 2]);
    }

    #[test]
    fn messages_make_room_and_the_gap_is_told() {
        let mut unread = MessagesUnread::default();
        unread.push(Letter::Event(MessageEvent::Evicted(evicted("a"))));
        for index in 0..MESSAGES + 10 {
            let json = RawValue::from_string(index.to_string()).unwrap();
            unread.push(Letter::Event(MessageEvent::Message(json)));
        }
        assert!(matches!(unread.pop(), Some(Letter::Missed)));
        assert!(matches!(
            unread.pop(),
            Some(Letter::Event(MessageEvent::Evicted(_)))
        ));
        let rest: Vec<_> = std::iter::from_fn(|| unread.pop()).collect();
        assert_eq!(rest.len(), MESSAGES - 1);
        assert!(matches!(
            &rest[0],
            Letter::Event(MessageEvent::Message(json)) if json.get() == "11"
        ));
        unread.push(Letter::Missed);
        unread.push(Letter::Missed);
        assert!(matches!(unread.pop(), Some(Letter::Missed)));
        assert!(unread.pop().is_none());
    }

    /// What a subscription makes of a script: `a1` changes a row, `-a` takes it out of the list, `!a`
    /// evicts it, `=` is a snapshot.
    fn events(script: &[&str]) -> Vec<SessionEvent> {
        script
            .iter()
            .map(|step| match step.split_at(1) {
                ("-", key) => SessionEvent::Left { key: key.into() },
                ("!", key) => SessionEvent::Evicted(evicted(key)),
                ("=", _) => SessionEvent::Snapshot {
                    rows: Vec::new(),
                    cursor: Some(Cursor {
                        epoch: "e".to_owned(),
                        offset: 0,
                    }),
                },
                (key, version) => SessionEvent::Changed {
                    row: row(key, version),
                    reason: None,
                    ts: None,
                },
            })
            .collect()
    }

    fn taken(unread: &mut ListUnread) -> Vec<String> {
        std::iter::from_fn(|| unread.pop())
            .map(|event| match event {
                SessionEvent::Snapshot { .. } => "snapshot".to_owned(),
                SessionEvent::Changed { row, .. } => format!(
                    "changed {}{}",
                    row.head.key,
                    row.head.session_id.as_deref().unwrap_or_default()
                ),
                SessionEvent::Left { key } => format!("left {key}"),
                SessionEvent::Evicted(evicted) => format!("evicted {}", evicted.key),
                SessionEvent::Failed(error) => format!("failed: {error}"),
            })
            .collect()
    }

    fn row(key: &str, version: &str) -> Arc<Row> {
        let json = format!(r#"{{"key":"{key}","sessionId":"{version}"}}"#);
        Arc::new(Row {
            head: serde_json::from_str(&json).unwrap(),
            json: RawValue::from_string(json).unwrap(),
            pending: false,
        })
    }

    fn evicted(key: &str) -> Evicted {
        Evicted {
            key: key.into(),
            agent_id: None,
            session_id: None,
            lifecycle_revision: Some("1".to_owned()),
            next_lifecycle_revision: None,
            reason: EvictionReason::Deleted,
            inferred: false,
            ts: None,
        }
    }
}
