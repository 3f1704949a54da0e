//! What takes long is done beside the thread that serves connections, and told in its order. Here that is one thread, and
//! the clock stops every other until the test lets it go on.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value, json};
use sessionwire_gateway::answers::{Asker, Look};
use sessionwire_gateway::auth::{Principal, Token};
use sessionwire_gateway::clock::Clock;
use sessionwire_gateway::committer::Committer;
use sessionwire_gateway::config::Config;
use sessionwire_gateway::conversation::Conversation;
use sessionwire_gateway::crier::Turn;
use sessionwire_gateway::gateway::Gateway;
use sessionwire_gateway::greeting::Agreement;
use sessionwire_gateway::state::State;
use sessionwire_gateway::store::{StoreError, open_sqlite};
use sessionwire_protocol::{ChangeReason, Scopes, SessionKey};
use support::connect_params;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::timeout;

/// More rows than are written where others wait.
const SESSIONS: usize = 600;
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn who_lists_everything_keeps_no_other_connection_waiting() {
    let mut stage = Stage::new();
    let (mut lister, mut other) = (stage.connection(false), stage.connection(false));
    lister.ask("all", "sessions.list", &json!({"limit": SESSIONS}));
    assert!(lister.frames().is_empty(), "it is not done here");

    other.ask("page", "sessions.list", &json!({"limit": 300}));
    let answered = other.frames();
    assert_eq!(answered[0]["payload"]["count"], 300, "it is done here");
    other.ask("renaming", "sessions.patch", &rename(0));
    stage.commit();
    assert_eq!(other.frames()[0]["ok"], true);
    lister.ask("page", "sessions.list", &json!({"limit": 1}));
    let answered = lister.frames();
    assert_eq!(answered[0]["id"], "page", "nor does it wait for its own");

    stage.gate.open();
    lister.answered().await;
    let answered = lister.frames();
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0]["id"], "all");
    assert_eq!(answered[0]["payload"]["count"], SESSIONS);
}

#[tokio::test]
async fn the_answer_to_a_long_list_comes_after_all_that_it_shows() {
    let mut stage = Stage::new();
    let mut lister = stage.connection(false);
    lister.ask("s", "sessions.subscribe", &json!({}));
    assert_eq!(lister.frames().len(), 1);
    lister.ask("all", "sessions.list", &json!({"limit": SESSIONS}));
    stage.rename(0);
    stage.gate.open();
    lister.answered().await;
    let frames = lister.frames();
    let told: Vec<_> = frames.iter().map(|frame| &frame["event"]).collect();
    assert_eq!(told, [&json!("sessions.changed"), &Value::Null]);
    assert_eq!(frames[1]["payload"]["count"], SESSIONS);
}

#[tokio::test]
async fn a_long_snapshot_keeps_no_other_connection_waiting_and_what_follows_it_is_told_after_it() {
    for params in [
        json!({"subscription": "s"}),
        json!({"subscription": "s", "agentId": "main"}),
        json!({"subscription": "s", "limit": SESSIONS}),
    ] {
        let mut stage = Stage::new();
        let mut subscriber = stage.connection(true);
        subscriber.ask("s", "sessions.subscribe", &params);
        assert!(subscriber.frames().is_empty(), "it is not done here");
        assert!(
            !subscriber.conversation.has_room(),
            "what is asked next may be about it"
        );

        let mut other = stage.connection(true);
        other.ask(
            "w",
            "sessions.subscribe",
            &json!({"subscription": "w", "limit": 3}),
        );
        assert_eq!(
            other.frames()[0]["payload"]["list"]["count"],
            3,
            "it is done here"
        );
        stage.rename(0);
        stage.gate.open();
        subscriber.answered().await;
        stage.rename(1);
        let frames = subscriber.frames();
        assert!(subscriber.conversation.has_room());
        let answer = &frames[0]["payload"];
        assert_eq!(answer["list"]["count"], SESSIONS, "{params}");
        let rows = answer["list"]["sessions"].as_array().expect("a list");
        let changed = frames[1..].iter().map(|frame| &frame["payload"]["session"]);
        let labels: BTreeMap<_, _> = rows
            .iter()
            .chain(changed)
            .map(|row| (row["key"].as_str(), row["label"].as_str()))
            .collect();
        assert_eq!(labels.len(), SESSIONS);
        for (number, label) in [(0, Some("renamed")), (1, Some("again")), (2, None)] {
            assert_eq!(labels[&Some(key(number).as_str())], label, "{params}");
        }
        let mut place = answer["cursor"]["offset"].as_u64().expect("a place");
        for frame in &frames[1..] {
            assert_eq!(frame["prev"], place, "{params}");
            place = frame["cursor"].as_u64().unwrap_or(place + 1);
        }
    }
}

#[tokio::test]
async fn a_subscription_whose_answer_takes_longer_than_the_journal_reaches_begins_anew() {
    let mut stage = Stage::with(&["--journal-entries", "2"]);
    let mut subscriber = stage.connection(true);
    subscriber.ask("s", "sessions.subscribe", &json!({"subscription": "s"}));
    assert!(subscriber.frames().is_empty(), "it is not done here");
    stage.gate.open();
    subscriber.answered().await;
    for _ in 0..3 {
        stage.rename(0);
    }
    let frames = subscriber.frames();
    assert_eq!(frames[0]["payload"]["list"]["count"], SESSIONS);
    assert_eq!((frames.len(), &frames[1]["event"]), (2, &json!("tick")));
    assert_ne!(frames[1]["prev"], frames[0]["payload"]["cursor"]["offset"]);
}

#[tokio::test]
async fn who_has_what_it_missed_told_is_answered_at_once() {
    let mut stage = Stage::new();
    for params in [json!({}), json!({"agentId": "main"})] {
        let mut first = stage.connection(true);
        let mut asked = params.clone();
        asked["subscription"] = "s".into();
        first.ask("s", "sessions.subscribe", &asked);
        stage.gate.open();
        first.answered().await;
        let cursor = first.frames()[0]["payload"]["cursor"].clone();
        stage.rename(0);
        let mut back = stage.connection(true);
        asked["since"] = cursor.clone();
        back.ask("s", "sessions.subscribe", &asked);
        let frames = back.frames();
        assert_eq!(frames[0]["payload"]["resumed"], true, "{params}");
        assert_eq!(frames[1]["prev"], cursor["offset"]);
    }
}

#[tokio::test]
async fn the_page_of_a_plain_subscription_comes_after_all_that_it_shows() {
    let mut stage = Stage::new();
    let mut subscriber = stage.connection(false);
    subscriber.ask("s", "sessions.subscribe", &json!({"limit": SESSIONS}));
    assert!(subscriber.frames().is_empty(), "it is not done here");
    stage.rename(0);
    stage.gate.open();
    subscriber.answered().await;
    let frames = subscriber.frames();
    assert_eq!(frames[0]["event"], "sessions.changed");
    let answer = &frames[1]["payload"];
    assert_eq!(answer["subscribed"], true);
    assert_eq!(answer["list"]["count"], SESSIONS);
}

#[tokio::test]
async fn who_does_not_take_what_it_asked_for_keeps_nobody() {
    let stage = Stage::new();
    let mut silent: Vec<_> = (0..8).map(|_| stage.connection(false)).collect();
    for connection in &mut silent {
        for _ in 0..4 {
            connection.ask("all", "sessions.list", &json!({"limit": SESSIONS}));
        }
    }
    let mut other = stage.connection(false);
    other.ask("all", "sessions.list", &json!({"limit": SESSIONS}));
    stage.gate.open();
    other.answered().await;
    assert_eq!(other.frames()[0]["payload"]["count"], SESSIONS);
}

#[tokio::test]
async fn who_leaves_before_a_long_answer_keeps_nobody() {
    let stage = Stage::new();
    let mut gone = stage.connection(true);
    gone.ask("all", "sessions.list", &json!({"limit": SESSIONS}));
    drop(gone);
    stage.gate.open();
    let mut other = stage.connection(false);
    other.ask("all", "sessions.list", &json!({"limit": SESSIONS}));
    other.answered().await;
    assert_eq!(other.frames()[0]["payload"]["count"], SESSIONS);
}

/// A gateway whose changes are committed by hand.
struct Stage {
    gateway: Arc<Gateway>,
    committer: Committer,
    gate: Arc<Gate>,
    _data: TempDir,
}

impl Stage {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(args: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let config = support::store::config(data.path(), args);
        let token = Token::load_or_make(Some("t"), config.bind.ip(), data.path());
        let gate = Arc::new(Gate::new());
        let at_gate = Arc::clone(&gate);
        let (gateway, committer) = Gateway::with_store(
            config,
            token.expect("it is given"),
            |_: &Config, _: &State| Ok::<_, StoreError>(None),
            open_sqlite(data.path(), 1_000).expect("the store opens"),
            Clock::new(move || at_gate.pass()),
            0,
        )
        .expect("the store is empty");
        let mut stage = Self {
            gateway,
            committer,
            gate,
            _data: data,
        };
        let making = stage.gateway.sessions.commit(|transaction| {
            for number in 0..SESSIONS {
                let key = SessionKey::from(key(number).as_str());
                transaction.update(&key, ChangeReason::CREATE, |_| {});
            }
            Ok(())
        });
        stage.commit();
        let made = making.now_or_never().expect("it is committed");
        made.expect("the store takes it");
        stage
    }

    fn commit(&mut self) {
        while self.committer.commit_waiting() {}
    }

    /// Somebody renames a session.
    fn rename(&mut self, number: usize) {
        let mut other = self.connection(false);
        other.ask("r", "sessions.patch", &rename(number));
        self.commit();
        assert_eq!(other.frames()[0]["ok"], true);
    }

    fn connection(&self, cursors: bool) -> Connection {
        let params = connect_params(&[], &[]);
        let agreement = Agreement {
            connection: "c".to_owned(),
            principal: Principal::owner(),
            scopes: Scopes::all(),
            cursors,
            session_scoped: true,
            params: serde_json::from_value(params).expect("they are whole"),
        };
        let head = self.gateway.sessions.read().journal().head();
        let bell: Arc<Notify> = Arc::default();
        let listener = Arc::downgrade(&bell);
        let asker = Asker {
            listener,
            bell: Arc::clone(&bell),
        };
        Connection {
            conversation: Conversation::new(Arc::clone(&self.gateway), agreement, head, asker),
            bell,
        }
    }
}

struct Connection {
    conversation: Conversation,
    bell: Arc<Notify>,
}

impl Connection {
    fn ask(&mut self, id: &str, method: &str, params: &Value) {
        let frame = json!({"type": "req", "id": id, "method": method, "params": params});
        self.conversation.receive(&frame.to_string());
    }

    /// All that is to be written.
    fn frames(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(next) = self
            .conversation
            .next_frames(Look::AtAll, &mut Turn::default())
        {
            let next = next.iter().map(|text| serde_json::from_str(text.as_str()));
            frames.extend(next.map(|frame| frame.expect("frames are JSON")));
        }
        frames
    }

    async fn answered(&mut self) {
        let answered = timeout(LIMIT, self.bell.notified()).await;
        answered.expect("it is answered");
    }
}

/// Stops whoever looks at the clock in another thread than the test's.
struct Gate {
    home: ThreadId,
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn new() -> Self {
        Self {
            home: thread::current().id(),
            is_open: Mutex::new(false),
            opened: Condvar::new(),
        }
    }

    fn pass(&self) -> u64 {
        if thread::current().id() != self.home {
            let is_open = self.is_open.lock().expect("nobody panics with it");
            let passed = self.opened.wait_while(is_open, |is_open| !*is_open);
            drop(passed.expect("nobody panics with it"));
        }
        1_000_000
    }

    fn open(&self) {
        *self.is_open.lock().expect("nobody panics with it") = true;
        self.opened.notify_all();
    }
}

impl Drop for Stage {
    /// The runtime waits for what is done beside it, also after a failure.
    fn drop(&mut self) {
        self.gate.open();
    }
}

fn key(number: usize) -> String {
    format!("agent:main:{number}")
}

fn rename(number: usize) -> Value {
    json!({"key": key(number), "label": if number == 0 { "renamed" } else { "again" }})
}
