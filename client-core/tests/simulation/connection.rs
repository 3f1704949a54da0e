//! The gateway's end of a connection.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::journal::Journal;
use crate::state::View;

pub(crate) const TICK_MS: u64 = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Connection {
    pub(crate) places: BTreeMap<String, Place>,
    pub(crate) messages: BTreeSet<String>,
    /// Is told of all changes, as by plain protocol 4.
    pub(crate) listens: bool,
    /// Does not read: frames become due later.
    pub(crate) stalled: bool,
    /// What is to be written; the frames of one entry together.
    pub(crate) frames: Vec<Vec<String>>,
    greeted: bool,
    /// Its events are numbered.
    seq: Option<u64>,
    next_tick: u64,
}

/// Where a subscription stands.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) view: View,
    /// Every entry up to here was looked at.
    pub(crate) offset: u64,
    /// The cursor that the client was told last.
    told: u64,
}

impl Place {
    pub(crate) fn new(view: View, offset: u64) -> Self {
        Self {
            view,
            offset,
            told: offset,
        }
    }
}

impl Connection {
    pub(crate) fn new(now: u64) -> Self {
        let mut connection = Self {
            next_tick: now + TICK_MS,
            ..Self::default()
        };
        let challenge = json!({ "nonce": "n", "ts": now });
        connection.event("connect.challenge", &challenge, None);
        connection
    }

    pub(crate) fn greet(&mut self, plain: bool) -> Value {
        self.greeted = true;
        self.seq = plain.then_some(0);
        let capabilities: &[&str] = if plain { &[] } else { &["session-cursor"] };
        json!({
            "features": { "capabilities": capabilities },
            "policy": { "tickIntervalMs": TICK_MS },
        })
    }

    pub(crate) fn next_tick(&self) -> Option<u64> {
        self.greeted.then_some(self.next_tick)
    }

    pub(crate) fn tick(&mut self, now: u64) {
        self.next_tick = now + TICK_MS;
        let payload = json!({ "ts": now });
        if self.places.is_empty() {
            self.event("tick", &payload, None);
        }
        for (id, mut place) in std::mem::take(&mut self.places) {
            self.event("tick", &payload, Some((&id, place.told, place.offset)));
            place.told = place.offset;
            self.places.insert(id, place);
        }
    }

    pub(crate) fn catch_up(&mut self, journal: &Journal) {
        for (id, mut place) in std::mem::take(&mut self.places) {
            match journal.since(place.offset) {
                Some(missed) => {
                    for entry in missed {
                        place.offset += 1;
                        let entry = entry.frames(place.view);
                        let mut frames = Vec::new();
                        for (index, (event, payload)) in entry.iter().enumerate() {
                            let is_last = index + 1 == entry.len();
                            let cursor = if is_last { place.offset } else { place.told };
                            let at = Some((id.as_str(), place.told, cursor));
                            frames.push(self.frame(event, payload, at));
                            place.told = cursor;
                        }
                        self.frames.push(frames);
                    }
                }
                None => {
                    // A tick from a place that the client is not at makes it ask again.
                    let head = journal.head;
                    place = Place::new(place.view, head);
                    self.event("tick", &json!({ "ts": 1 }), Some((&id, head, head)));
                }
            }
            self.places.insert(id, place);
        }
    }

    pub(crate) fn event(&mut self, event: &str, payload: &Value, place: Option<(&str, u64, u64)>) {
        let frame = self.frame(event, payload, place);
        self.frames.push(vec![frame]);
    }

    fn frame(&mut self, event: &str, payload: &Value, place: Option<(&str, u64, u64)>) -> String {
        let place = place.map_or(String::new(), |(subscription, prev, cursor)| {
            let cursor = match cursor == prev + 1 {
                true => String::new(),
                false => format!(r#","cursor":{cursor}"#),
            };
            format!(r#","subscription":"{subscription}","prev":{prev}{cursor}"#)
        });
        let seq = self.seq.as_mut().map_or(String::new(), |seq| {
            *seq += 1;
            format!(r#","seq":{seq}"#)
        });
        format!(r#"{{"type":"event","event":"{event}","payload":{payload}{place}{seq}}}"#)
    }
}
