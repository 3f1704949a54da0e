//! A model of a gateway: rows, a journal that forgets, and subscribers that are places in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use sessionwire_protocol::sessions::{
    MessagesSubscribe, MessagesUnsubscribe, SessionsPatch, SessionsSubscribe, SessionsUnsubscribe,
};
use sessionwire_protocol::{Frame, Method, RequestFrame};

use crate::random::Random;

pub(crate) const TICK_MS: u64 = 1_000;
/// How many entries the journal remembers.
const JOURNAL: usize = 12;

/// A session as clients should see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Names the generation.
    pub(crate) revision: u64,
    /// Goes up with every change of any session.
    pub(crate) version: u64,
    pub(crate) pinned: bool,
    pub(crate) archived: bool,
}

#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) sessions: BTreeMap<String, Session>,
    /// All generations that ever were evicted.
    pub(crate) evicted: BTreeSet<(String, u64)>,
    pub(crate) connections: BTreeMap<u64, Connection>,
    epoch: u64,
    head: u64,
    journal: VecDeque<Entry>,
    counter: u64,
    /// Refuses some requests for the moment.
    pub(crate) busy: bool,
}

/// The frames that one entry makes for a subscription; only the last one moves the place.
type Entry = Vec<(&'static str, Value)>;

#[derive(Debug, Default)]
pub(crate) struct Connection {
    subscriptions: BTreeMap<String, Place>,
    messages: BTreeSet<String>,
    greeted: bool,
    next_tick: u64,
    /// Does not read: frames become due later.
    pub(crate) stalled: bool,
    /// What is to be written; the frames of one entry together.
    pub(crate) frames: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Place {
    /// Every entry up to here was looked at.
    offset: u64,
    /// The cursor that the client was told last.
    told: u64,
}

impl Gateway {
    pub(crate) fn new() -> Self {
        Self {
            sessions: BTreeMap::new(),
            evicted: BTreeSet::new(),
            connections: BTreeMap::new(),
            epoch: 0,
            head: 0,
            journal: VecDeque::new(),
            counter: 0,
            busy: false,
        }
    }

    /// All connections are gone; another epoch may count from anywhere.
    pub(crate) fn restart(&mut self, same_epoch: bool, random: &mut Random) {
        self.connections.clear();
        if !same_epoch {
            self.epoch += 1;
            self.head = random.below(self.head + 10);
            self.journal.clear();
        } else if random.chance(50) {
            self.journal.clear();
        }
    }

    pub(crate) fn accept(&mut self, connection: u64, now: u64) {
        let mut accepted = Connection {
            next_tick: now + TICK_MS,
            ..Connection::default()
        };
        accepted.event(
            "connect.challenge",
            &json!({ "nonce": "n", "ts": now }),
            None,
        );
        self.connections.insert(connection, accepted);
    }

    /// Makes the session, or changes it.
    pub(crate) fn patch(&mut self, key: &str, pinned: bool) {
        let revision = match self.sessions.get(key) {
            Some(session) => session.revision,
            None => self.count(),
        };
        self.put(key, revision, pinned);
        let upserted = self.upserted(key);
        self.commit(vec![upserted]);
    }

    /// Another generation takes the session's place: one entry, or two.
    pub(crate) fn reset(&mut self, key: &str, in_one: bool) {
        let Some(session) = self.sessions.get(key).copied() else {
            return;
        };
        let next = self.count();
        let drain = self.evict(key, session.revision, Some(next));
        self.put(key, next, session.pinned);
        let upserted = self.upserted(key);
        match in_one {
            true => self.commit(vec![drain, upserted]),
            false => {
                self.commit(vec![drain]);
                self.commit(vec![upserted]);
            }
        }
    }

    /// Removes the session; `fill` is a row that takes its place in a window.
    pub(crate) fn delete(&mut self, key: &str, fill: Option<&str>) {
        let Some(session) = self.sessions.remove(key) else {
            return;
        };
        let mut entry = vec![self.evict(key, session.revision, None)];
        if let Some(fill) =
            fill.filter(|fill| self.sessions.get(*fill).is_some_and(|row| !row.archived))
        {
            entry.push(self.upserted(fill));
        }
        self.commit(entry);
    }

    /// Hides the session from lists, or shows it again.
    pub(crate) fn archive(&mut self, key: &str) {
        let version = self.count();
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        session.version = version;
        session.archived = !session.archived;
        let told = match session.archived {
            true => (
                "sessions.changed",
                json!({ "sessionKey": key, "change": "left", "ts": version }),
            ),
            false => self.upserted(key),
        };
        self.commit(vec![told]);
    }

    /// An entry that lists are told nothing of, or nothing that they know.
    pub(crate) fn aside(&mut self, kind: u64) {
        self.commit(match kind {
            0 => vec![],
            1 => vec![("sessions.changed", json!({ "reason": "groups", "ts": 1 }))],
            _ => vec![("session.invented", json!({ "sessionKey": "s0" }))],
        });
    }

    /// A message is added to a transcript.
    pub(crate) fn message(&mut self, key: &str) -> u64 {
        let id = self.count();
        for connection in self.connections.values_mut() {
            if connection.messages.contains(key) {
                connection.event(
                    "session.message",
                    &json!({ "sessionKey": key, "id": id }),
                    None,
                );
            }
        }
        id
    }

    /// The list, in its order.
    pub(crate) fn list(&self) -> Vec<(&String, &Session)> {
        let mut rows: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, session)| !session.archived)
            .collect();
        rows.sort_by_key(|(key, session)| (!session.pinned, u64::MAX - session.version, *key));
        rows
    }

    /// Writes what is due on the connections that read.
    pub(crate) fn flush(&mut self) {
        for connection in self
            .connections
            .values_mut()
            .filter(|connection| !connection.stalled)
        {
            connection.catch_up(&self.journal, self.head);
        }
    }

    pub(crate) fn next_tick(&self) -> Option<u64> {
        let connections = self.connections.values();
        connections
            .filter(|connection| connection.greeted)
            .map(|connection| connection.next_tick)
            .min()
    }

    pub(crate) fn tick(&mut self, now: u64) {
        for connection in self
            .connections
            .values_mut()
            .filter(|connection| connection.greeted)
        {
            if connection.next_tick <= now {
                connection.next_tick = now + TICK_MS;
                connection.tick(now);
            }
        }
    }

    pub(crate) fn receive(&mut self, from: u64, text: &str, random: &mut Random) {
        let Ok(Frame::Request(request)) = Frame::parse(text) else {
            panic!("a client sends requests, not {text}");
        };
        let refused = self.busy && random.chance(20);
        let result = match refused {
            true => Err(()),
            false => self.answer(from, &request),
        };
        let Some(connection) = self.connections.get_mut(&from) else {
            return;
        };
        let answer = match result {
            Ok(payload) => {
                json!({ "type": "res", "id": request.id, "ok": true, "payload": payload })
            }
            Err(()) => json!({
                "type": "res", "id": request.id, "ok": false,
                "error": { "code": "UNAVAILABLE", "message": "busy", "retryAfterMs": 100 },
            }),
        };
        connection.frames.push(vec![answer.to_string()]);
    }

    fn answer(&mut self, from: u64, request: &RequestFrame<'_>) -> Result<Value, ()> {
        let params: Value = request.params.map_or(Value::Null, |params| {
            serde_json::from_str(params.get()).expect("JSON")
        });
        let text = |name: &str| params[name].as_str().expect("a text").to_owned();
        if request.method == SessionsPatch::NAME {
            self.patch(&text("key"), false);
        }
        let list: Vec<_> = self
            .list()
            .iter()
            .map(|(key, session)| row(key, session))
            .collect();
        let (head, remembered) = (self.head, self.head - self.journal.len() as u64);
        let epoch = format!("e{}", self.epoch);
        let connection = self.connections.get_mut(&from).ok_or(())?;
        // A caller that awaited its own change has been told of it.
        connection.catch_up(&self.journal, head);
        Ok(match request.method.as_ref() {
            "connect" => {
                connection.greeted = true;
                json!({
                    "features": { "capabilities": ["session-cursor"] },
                    "policy": { "tickIntervalMs": TICK_MS },
                })
            }
            SessionsSubscribe::NAME => {
                let since = params["since"]["offset"]
                    .as_u64()
                    .filter(|_| params["since"]["epoch"] == epoch.as_str())
                    .filter(|since| (remembered..=head).contains(since));
                let offset = since.unwrap_or(head);
                let place = Place {
                    offset,
                    told: offset,
                };
                connection.subscriptions.insert(text("subscription"), place);
                let cursor = json!({ "epoch": epoch, "offset": offset });
                match since {
                    Some(_) => json!({ "subscribed": true, "resumed": true, "cursor": cursor }),
                    None => json!({
                        "subscribed": true, "resumed": false, "cursor": cursor,
                        "list": { "sessions": list },
                    }),
                }
            }
            SessionsUnsubscribe::NAME => {
                connection.subscriptions.remove(&text("subscription"));
                json!({ "subscribed": false })
            }
            MessagesSubscribe::NAME => {
                connection.messages.insert(canonical(&text("key")));
                json!({ "subscribed": true, "key": canonical(&text("key")) })
            }
            MessagesUnsubscribe::NAME => {
                connection.messages.remove(&canonical(&text("key")));
                json!({ "subscribed": false, "key": canonical(&text("key")) })
            }
            _ => json!({ "ok": true }),
        })
    }

    fn put(&mut self, key: &str, revision: u64, pinned: bool) {
        let version = self.count();
        let archived = self
            .sessions
            .get(key)
            .is_some_and(|session| session.archived);
        let session = Session {
            revision,
            version,
            pinned,
            archived,
        };
        self.sessions.insert(key.to_owned(), session);
    }

    fn upserted(&self, key: &str) -> (&'static str, Value) {
        let session = &self.sessions[key];
        // A hidden row changes in silence.
        match session.archived {
            true => ("tick", json!({})),
            false => (
                "sessions.changed",
                json!({
                    "sessionKey": key, "change": "upserted", "reason": "patch", "ts": session.version,
                    "session": row(key, session),
                }),
            ),
        }
    }

    fn evict(&mut self, key: &str, revision: u64, next: Option<u64>) -> (&'static str, Value) {
        self.evicted.insert((key.to_owned(), revision));
        let mut drain = json!({
            "sessionKey": key, "sessionId": format!("{key}-transcript"), "ts": 1,
            "lifecycleRevision": revision.to_string(),
            "reason": if next.is_some() { "reset" } else { "deleted" },
        });
        if let Some(next) = next {
            drain["nextLifecycleRevision"] = next.to_string().into();
        }
        for connection in self.connections.values_mut() {
            if connection.subscriptions.is_empty() && connection.messages.contains(key) {
                connection.event("socket.drain", &drain, None);
            }
        }
        ("socket.drain", drain)
    }

    fn commit(&mut self, entry: Entry) {
        self.head += 1;
        self.journal.push_back(entry);
        if self.journal.len() > JOURNAL {
            self.journal.pop_front();
        }
    }

    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

impl Connection {
    fn catch_up(&mut self, journal: &VecDeque<Entry>, head: u64) {
        let remembered = head - journal.len() as u64;
        for (id, mut place) in std::mem::take(&mut self.subscriptions) {
            if place.offset < remembered {
                // A tick from a place that the client is not at makes it ask again.
                place = Place {
                    offset: head,
                    told: head,
                };
                self.event("tick", &json!({ "ts": 1 }), Some((&id, head, head)));
            }
            for entry in journal.iter().skip((place.offset - remembered) as usize) {
                place.offset += 1;
                let mut frames = Vec::new();
                for (index, (event, payload)) in entry.iter().enumerate() {
                    let last = index + 1 == entry.len();
                    let cursor = if last { place.offset } else { place.told };
                    frames.push(frame(event, payload, Some((&id, place.told, cursor))));
                    place.told = cursor;
                }
                self.frames.push(frames);
            }
            self.subscriptions.insert(id, place);
        }
    }

    fn tick(&mut self, now: u64) {
        let payload = json!({ "ts": now });
        if self.subscriptions.is_empty() {
            self.event("tick", &payload, None);
        }
        for (id, mut place) in std::mem::take(&mut self.subscriptions) {
            self.event("tick", &payload, Some((&id, place.told, place.offset)));
            place.told = place.offset;
            self.subscriptions.insert(id, place);
        }
    }

    fn event(&mut self, event: &str, payload: &Value, place: Option<(&str, u64, u64)>) {
        self.frames.push(vec![frame(event, payload, place)]);
    }
}

fn frame(event: &str, payload: &Value, place: Option<(&str, u64, u64)>) -> String {
    let place = place.map_or(String::new(), |(subscription, prev, cursor)| {
        format!(r#","subscription":"{subscription}","prev":{prev},"cursor":{cursor}"#)
    });
    format!(r#"{{"type":"event","event":"{event}","payload":{payload}{place}}}"#)
}

/// `m1` and `agent:main:m1` are the same session.
fn canonical(key: &str) -> String {
    key.trim_start_matches("agent:main:").to_owned()
}

fn row(key: &str, session: &Session) -> Value {
    json!({
        "key": key, "kind": "direct", "sessionId": format!("{key}-transcript"),
        "lifecycleRevision": session.revision.to_string(),
        "updatedAt": session.version, "pinned": session.pinned,
    })
}
