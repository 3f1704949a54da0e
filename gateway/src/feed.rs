//! What one connection is told: its places in the journal, and the frames that lead from there to the head.

use std::collections::BTreeSet;
use std::fmt::Write;

use sessionwire_protocol::event::{self, Tick};
use sessionwire_protocol::{Cursor, Millis, SessionKey, StateVersion};

use crate::change::Change;
use crate::config::{MAX_FOLLOWED, MAX_SUBSCRIPTIONS};
use crate::journal::{Entry, Journal};

/// How many bytes of frames are gathered before they are written.
const GATHER_BYTES: usize = 128 << 10;

/// All subscriptions of a connection, as offsets in the journal. It costs the same however far behind it is.
#[derive(Debug)]
pub struct Feed {
    /// Events beyond health and ticks need `operator.read`.
    may_read: bool,
    /// Whether events have the lean form.
    cursors: bool,
    /// `chat` only of sessions whose messages are subscribed.
    session_scoped: bool,
    seq: u64,
    offset: u64,
    whole_list: bool,
    messages: BTreeSet<SessionKey>,
    subscriptions: Vec<Subscription>,
}

/// A subscription with cursors.
#[derive(Debug)]
struct Subscription {
    id: String,
    /// Every entry up to here was looked at.
    offset: u64,
    /// The cursor that the client was told last.
    told: u64,
}

impl Feed {
    /// A feed that begins at the head of the journal.
    pub fn new(may_read: bool, cursors: bool, session_scoped: bool, head: u64) -> Self {
        Self {
            may_read,
            cursors,
            session_scoped,
            seq: 0,
            offset: head,
            whole_list: false,
            messages: BTreeSet::new(),
            subscriptions: Vec::new(),
        }
    }

    /// Subscribes to the list in the way of plain protocol 4.
    pub fn subscribe_list(&mut self) {
        self.whole_list = true;
    }

    /// Subscribes to the list with cursors, in the place of an earlier subscription with the same id.
    ///
    /// Returns the cursor from which events follow, and whether that is `since`: what was missed follows then.
    pub fn subscribe(
        &mut self,
        id: String,
        since: Option<&Cursor>,
        journal: &Journal,
    ) -> (Cursor, bool) {
        self.unsubscribe(&id);
        let resumable = since.filter(|since| {
            since.epoch == journal.epoch() && journal.since(since.offset).is_some()
        });
        let offset = resumable.map_or(journal.head(), |since| since.offset);
        self.subscriptions.push(Subscription {
            id,
            offset,
            told: offset,
        });
        (
            Cursor {
                epoch: journal.epoch().to_owned(),
                offset,
            },
            resumable.is_some(),
        )
    }

    /// Ends a subscription with cursors; `false` when there is none with this id.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions
            .retain(|subscription| subscription.id != id);
        self.subscriptions.len() < before
    }

    /// Whether a subscription with this id would not be one too many.
    pub fn has_room_for(&self, id: &str) -> bool {
        let others = self
            .subscriptions
            .iter()
            .filter(|subscription| subscription.id != id);
        others.count() < MAX_SUBSCRIPTIONS
    }

    /// Subscribes to the messages of a session; `false` when that would be one too many.
    pub fn subscribe_messages(&mut self, key: SessionKey) -> bool {
        if self.messages.len() >= MAX_FOLLOWED && !self.messages.contains(&key) {
            return false;
        }
        self.messages.insert(key);
        true
    }

    /// Ends that.
    pub fn unsubscribe_messages(&mut self, key: &SessionKey) {
        self.messages.remove(key);
    }

    /// Adds the frames that are due to `frames`, up to about 128 KiB; `true` when none are left.
    pub fn catch_up(&mut self, journal: &Journal, frames: &mut Vec<String>) -> bool {
        let mut room = GATHER_BYTES;
        for index in 0..self.subscriptions.len() {
            self.catch_up_subscription(index, journal, frames, &mut room);
        }
        // Only then: a subscription tells of an eviction before messages of the next generation follow.
        if room > 0 {
            self.catch_up_connection(journal, frames, &mut room);
        }
        room > 0
    }

    /// The frames of a tick: for each subscription one that carries its place, which proves to a quiet
    /// client that it missed nothing.
    pub fn tick(&mut self, now: Millis, frames: &mut Vec<String>) {
        let payload = serde_json::to_string(&Tick { ts: now }).expect("a tick always serialises");
        if self.subscriptions.is_empty() {
            frames.push(self.frame(event::TICK, &payload, ""));
        }
        for index in 0..self.subscriptions.len() {
            frames.push(self.placed_frame(index, event::TICK, &payload));
        }
    }

    /// A frame with a payload that is not in the journal.
    pub fn frame_of_state(&mut self, event: &str, payload: &str, version: StateVersion) -> String {
        let version = format!(
            r#","stateVersion":{{"presence":{},"health":{}}}"#,
            version.presence, version.health
        );
        self.frame(event, payload, &version)
    }

    /// A frame with a payload that is not in the journal, without a version.
    pub fn frame_of(&mut self, event: &str, payload: &str) -> String {
        self.frame(event, payload, "")
    }

    fn catch_up_connection(
        &mut self,
        journal: &Journal,
        frames: &mut Vec<String>,
        room: &mut usize,
    ) {
        if !self.listens() {
            self.offset = journal.head();
            return;
        }
        let Some(entries) = journal.since(self.offset) else {
            // Protocol 4 tells a gap by a number that is left out of the sequence.
            self.seq += 1;
            self.offset = journal.head();
            return;
        };
        for entry in entries {
            if *room == 0 {
                return;
            }
            self.offset = entry.offset;
            let payloads = if self.cursors {
                entry.lean()
            } else {
                entry.plain()
            };
            for payload in payloads {
                if self.wants(payload.event, entry) {
                    gather(frames, room, self.frame(payload.event, &payload.json, ""));
                }
            }
        }
    }

    fn listens(&self) -> bool {
        self.may_read && (self.whole_list || self.hears_all_chat() || !self.messages.is_empty())
    }

    /// Plain protocol 4 tells every reader of all runs, unless asked not to.
    fn hears_all_chat(&self) -> bool {
        !(self.session_scoped || self.cursors)
    }

    fn wants(&self, event: &str, entry: &Entry) -> bool {
        let followed = || {
            entry
                .change
                .key()
                .is_some_and(|key| self.messages.contains(key))
        };
        match event {
            event::CHAT => followed() || self.hears_all_chat(),
            event::SESSION_MESSAGE => self.whole_list || followed(),
            // A subscription with cursors tells the eviction at its own place.
            event::SOCKET_DRAIN => self.whole_list || self.subscriptions.is_empty() && followed(),
            _ => self.whole_list,
        }
    }

    fn catch_up_subscription(
        &mut self,
        index: usize,
        journal: &Journal,
        frames: &mut Vec<String>,
        room: &mut usize,
    ) {
        let Some(entries) = journal.since(self.subscriptions[index].offset) else {
            // A tick from a place that the client is not at makes it subscribe again, and get a snapshot.
            let head = journal.head();
            (
                self.subscriptions[index].offset,
                self.subscriptions[index].told,
            ) = (head, head);
            let payload = serde_json::to_string(&Tick { ts: 0 }).expect("a tick always serialises");
            gather(
                frames,
                room,
                self.placed_frame(index, event::TICK, &payload),
            );
            return;
        };
        for entry in entries {
            if *room == 0 {
                return;
            }
            self.subscriptions[index].offset = entry.offset;
            let listed = match &entry.change {
                Change::Upserted { .. } | Change::Evicted { .. } | Change::Groups { .. } => {
                    entry.lean()
                }
                Change::Message { .. } | Change::Chat { .. } => &[],
            };
            for payload in listed {
                gather(
                    frames,
                    room,
                    self.placed_frame(index, payload.event, &payload.json),
                );
            }
        }
    }

    /// A frame at the place that the subscription has reached.
    fn placed_frame(&mut self, index: usize, event: &str, payload: &str) -> String {
        let subscription = &mut self.subscriptions[index];
        let id = serde_json::to_string(&subscription.id).expect("a string always serialises");
        let place = format!(
            r#","subscription":{id},"prev":{},"cursor":{}"#,
            subscription.told, subscription.offset
        );
        subscription.told = subscription.offset;
        self.frame(event, payload, &place)
    }

    fn frame(&mut self, event: &str, payload: &str, extra: &str) -> String {
        frame(&mut self.seq, event, payload, extra)
    }
}

/// Payloads are encoded once for all connections; only what surrounds them is written for each.
fn frame(seq: &mut u64, event: &str, payload: &str, extra: &str) -> String {
    *seq += 1;
    let mut text = String::with_capacity(payload.len() + event.len() + extra.len() + 64);
    write!(
        text,
        r#"{{"type":"event","event":"{event}","payload":{payload}{extra},"seq":{seq}}}"#
    )
    .expect("writing to a string succeeds");
    text
}

fn gather(frames: &mut Vec<String>, room: &mut usize, frame: String) {
    *room = room.saturating_sub(frame.len());
    frames.push(frame);
}
