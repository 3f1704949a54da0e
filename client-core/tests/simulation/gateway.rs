//! A model of a gateway: rows, a journal that forgets, and subscribers that are places in it. Without cursors it
//! tells events as they happen and knows of no places.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sessionwire_dice::Dice;
use sessionwire_protocol::sessions::{
    MessagesSubscribe, MessagesUnsubscribe, SessionsDescribe, SessionsList, SessionsPatch,
    SessionsSubscribe, SessionsUnsubscribe,
};
use sessionwire_protocol::{Frame, Method, RequestFrame};

use crate::connection::{Connection, Place};
use crate::journal::{Entry, Journal};
use crate::state::{Session, State, View, row};

#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) sessions: State,
    /// All generations that ever were evicted, and the epoch and offset of the entry that did it.
    pub(crate) evicted: BTreeMap<(String, u64), (u64, u64)>,
    pub(crate) connections: BTreeMap<u64, Connection>,
    /// Speaks nothing but plain protocol 4.
    pub(crate) plain: bool,
    pub(crate) epoch: u64,
    journal: Journal,
    counter: u64,
    /// Refuses some requests for the moment.
    pub(crate) busy: bool,
}

impl Gateway {
    pub(crate) fn new(plain: bool) -> Self {
        Self {
            sessions: State::new(),
            evicted: BTreeMap::new(),
            connections: BTreeMap::new(),
            plain,
            epoch: 0,
            journal: Journal::default(),
            counter: 0,
            busy: false,
        }
    }

    /// All connections are gone; another epoch may count from anywhere.
    pub(crate) fn restart(&mut self, same_epoch: bool, dice: &mut Dice) {
        self.connections.clear();
        if !same_epoch {
            self.epoch += 1;
            self.journal.forget(dice.below(self.journal.head + 10));
        } else if dice.chance(50) {
            self.journal.forget(self.journal.head);
        }
    }

    pub(crate) fn accept(&mut self, connection: u64, now: u64) {
        self.connections.insert(connection, Connection::new(now));
    }

    /// Makes the session, or changes it.
    pub(crate) fn patch(&mut self, key: &str, pinned: bool) {
        self.change(key, "patch", |session| session.pinned = pinned);
    }

    /// Hides the session from lists that show no archived ones, or shows it again.
    pub(crate) fn archive(&mut self, key: &str) {
        self.change(key, "archive", |session| {
            session.archived = !session.archived
        });
    }

    /// Another generation takes the session's place.
    pub(crate) fn reset(&mut self, key: &str) {
        if let Some(session) = self.sessions.get(key).copied() {
            let next = self.count();
            let drain = self.evict(key, session.revision, Some(next));
            let before = self.sessions.clone();
            let version = self.count();
            let next = Session {
                revision: next,
                version,
                ..session
            };
            self.sessions.insert(key.to_owned(), next);
            self.commit(before, Some(key), Some(drain), None);
            self.announce(json!({ "sessionKey": key, "reason": "reset" }), Some(key));
        }
    }

    /// Removes the session.
    pub(crate) fn delete(&mut self, key: &str) {
        if let Some(session) = self.sessions.get(key).copied() {
            let drain = self.evict(key, session.revision, None);
            let before = self.sessions.clone();
            self.sessions.remove(key);
            self.commit(before, Some(key), Some(drain), None);
            let ts = self.count();
            let gone = json!({ "sessionKey": key, "reason": "delete", "ts": ts });
            self.announce(gone, None);
            self.announce(json!({ "reason": "delete", "ts": ts }), None);
        }
    }

    /// An entry that lists are told nothing of, or nothing that they know.
    pub(crate) fn aside(&mut self, kind: u64) {
        let groups = json!({ "reason": "groups", "ts": 1 });
        let aside = match kind {
            0 => None,
            1 => Some(("sessions.changed", groups.clone())),
            _ => Some(("session.invented", json!({ "sessionKey": "s0" }))),
        };
        self.commit(self.sessions.clone(), None, None, aside);
        if kind == 1 {
            self.announce(groups, None);
        }
    }

    /// A message is added to a transcript.
    pub(crate) fn message(&mut self, key: &str) -> u64 {
        let id = self.count();
        for connection in self.connections.values_mut() {
            if connection.messages.contains(key) {
                let message = json!({ "sessionKey": key, "id": id });
                connection.event("session.message", &message, None);
            }
        }
        id
    }

    /// Writes what is due on the connections that read.
    pub(crate) fn flush(&mut self) {
        for connection in self.connections.values_mut() {
            if !connection.stalled {
                connection.catch_up(&self.journal);
            }
        }
    }

    pub(crate) fn next_tick(&self) -> Option<u64> {
        let connections = self.connections.values();
        connections.filter_map(Connection::next_tick).min()
    }

    pub(crate) fn tick(&mut self, now: u64) {
        for connection in self.connections.values_mut() {
            if connection.next_tick().is_some_and(|due| due <= now) {
                connection.tick(now);
            }
        }
    }

    pub(crate) fn receive(&mut self, from: u64, text: &str, dice: &mut Dice) {
        let Ok(Frame::Request(request)) = Frame::parse(text) else {
            panic!("a client sends requests, not {text}");
        };
        let refused = self.busy && dice.chance(20);
        let result = match refused {
            true => Err(()),
            false => self.answer(from, &request, dice),
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

    fn answer(
        &mut self,
        from: u64,
        request: &RequestFrame<'_>,
        dice: &mut Dice,
    ) -> Result<Value, ()> {
        let params: Value = request.params.map_or(Value::Null, |params| {
            serde_json::from_str(params.get()).expect("JSON")
        });
        let text = |name: &str| params[name].as_str().expect("a text").to_owned();
        if request.method == SessionsPatch::NAME {
            let label = params["label"]
                .as_str()
                .map(|label| label.parse().expect("a number"));
            self.change(&text("key"), "patch", |session| {
                if !params["label"].is_null() {
                    session.label = label;
                }
            });
        }
        let rows = |view: View| -> Vec<_> {
            let keys = view.list(&self.sessions).into_iter();
            keys.map(|key| row(key, &self.sessions[key], self.plain))
                .collect()
        };
        let connection = self.connections.get_mut(&from).ok_or(())?;
        // A caller that awaited its own change has been told of it.
        connection.catch_up(&self.journal);
        Ok(match request.method.as_ref() {
            "connect" => connection.greet(self.plain),
            SessionsSubscribe::NAME if self.plain => {
                assert_eq!(params, json!({}), "plain protocol 4 knows no more");
                connection.listens = true;
                json!({ "subscribed": true })
            }
            SessionsSubscribe::NAME => {
                let view = View::of(&params);
                let epoch = format!("e{}", self.epoch);
                let id = text("subscription");
                let since = params["since"]["offset"].as_u64();
                let since = since.filter(|_| params["since"]["epoch"] == epoch.as_str());
                let wants_snapshot = params["snapshot"] == true;
                let missed = since.and_then(|since| Some((since, self.journal.since(since)?)));
                let same = connection
                    .places
                    .get(&id)
                    .is_none_or(|place| place.view == view);
                let (offset, evicted) = match missed {
                    Some((since, _)) if same && !wants_snapshot && dice.chance(70) => {
                        (Some(since), None)
                    }
                    Some((_, missed)) => {
                        let drains = missed.filter_map(|entry| entry.drain.clone());
                        (None, Some(drains.collect::<Vec<_>>()))
                    }
                    None => (None, None),
                };
                let place = Place::new(view, offset.unwrap_or(self.journal.head));
                let cursor = json!({ "epoch": epoch, "offset": place.offset });
                connection.places.insert(id, place);
                let mut answer = json!({
                    "subscribed": true, "resumed": offset.is_some(), "cursor": cursor,
                });
                if offset.is_none() {
                    answer["list"] = json!({ "sessions": rows(view) });
                }
                if let Some(evicted) = evicted {
                    answer["evicted"] = evicted.into();
                }
                answer
            }
            SessionsUnsubscribe::NAME if !self.plain => {
                connection.places.remove(&text("subscription"));
                json!({ "subscribed": false })
            }
            SessionsList::NAME => json!({ "sessions": rows(View::EVERYTHING) }),
            SessionsDescribe::NAME => {
                let key = text("key");
                let session = self.sessions.get(&key);
                json!({ "session": session.map(|session| row(&key, session, self.plain)) })
            }
            MessagesSubscribe::NAME => {
                connection.messages.insert(canonical(&text("key")));
                json!({ "subscribed": true, "key": canonical(&text("key")) })
            }
            MessagesUnsubscribe::NAME => {
                connection.messages.remove(&canonical(&text("key")));
                json!({ "subscribed": false, "key": canonical(&text("key")) })
            }
            SessionsPatch::NAME => json!({ "ok": true }),
            other => panic!("unknown method: {other}"),
        })
    }

    fn change(&mut self, key: &str, reason: &str, change: impl FnOnce(&mut Session)) {
        let before = self.sessions.clone();
        let mut session = match before.get(key) {
            Some(session) => *session,
            None => Session {
                revision: self.count(),
                version: 0,
                label: None,
                pinned: false,
                archived: false,
            },
        };
        change(&mut session);
        session.version = self.count();
        self.sessions.insert(key.to_owned(), session);
        self.commit(before, Some(key), None, None);
        self.announce(json!({ "sessionKey": key, "reason": reason }), Some(key));
    }

    fn evict(&mut self, key: &str, revision: u64, next: Option<u64>) -> Value {
        let at = (self.epoch, self.journal.head + 1);
        self.evicted.insert((key.to_owned(), revision), at);
        let mut drain = json!({
            "sessionKey": key, "sessionId": format!("{key}-transcript"), "ts": 1,
            "lifecycleRevision": revision.to_string(),
            "reason": if next.is_some() { "reset" } else { "deleted" },
        });
        if let Some(next) = next {
            drain["nextLifecycleRevision"] = next.to_string().into();
        }
        for connection in self.connections.values_mut() {
            if connection.places.is_empty() && connection.messages.contains(key) && !self.plain {
                connection.event("socket.drain", &drain, None);
            }
        }
        drain
    }

    fn commit(
        &mut self,
        before: State,
        key: Option<&str>,
        drain: Option<Value>,
        aside: Option<(&'static str, Value)>,
    ) {
        self.journal.append(Entry {
            before,
            after: self.sessions.clone(),
            key: key.map(str::to_owned),
            drain,
            aside,
        });
    }

    /// Tells an event as plain protocol 4 does; with the row of a session where there is one.
    fn announce(&mut self, mut payload: Value, of: Option<&str>) {
        if !self.plain {
            return;
        }
        if let Some(key) = of {
            payload["session"] = row(key, &self.sessions[key], true);
            payload["ts"] = self.counter.into();
        }
        for connection in self
            .connections
            .values_mut()
            .filter(|connection| connection.listens)
        {
            connection.event("sessions.changed", &payload, None);
        }
    }

    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

/// `m1` and `agent:main:m1` are the same session.
fn canonical(key: &str) -> String {
    key.trim_start_matches("agent:main:").to_owned()
}
