//! What a subscriber is told who is far behind.

use std::sync::{Arc, Weak};

use serde_json::Value;
use sessionwire_gateway::change::Change;
use sessionwire_gateway::crier::Turn;
use sessionwire_gateway::feed::{Feed, Source};
use sessionwire_gateway::groups::Groups;
use sessionwire_gateway::journal::{Entry, Journal, Retention};
use sessionwire_gateway::session::Session;
use sessionwire_gateway::state::State;
use sessionwire_gateway::tombstones::Tombstones;
use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{ChangeReason, EvictionReason, SessionEntry};
use tokio::sync::Notify;

#[test]
fn a_laggard_is_told_the_newest_row_of_each_generation_in_one_step() {
    let mut world = World::new(10_000);
    let mut feed = world.subscriber();
    for round in 0..400 {
        world.upsert("a", "1", round);
        world.upsert("b", "1", round);
    }
    world.evict("a", "1", Some("2"));
    for round in 400..800 {
        world.upsert("a", "2", round);
    }
    world.evict("a", "2", None);
    let frames = world.catch_up(&mut feed);
    assert_eq!(
        told(&frames),
        ["a1@399", "b1@399", "-a1", "a2@799", "-a2", "tick"]
    );
    let places: Vec<_> = frames.iter().map(place).collect();
    let head = world.state.journal().head();
    assert_eq!(places, [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, head)]);
    world.upsert("b", "1", 900);
    let frames = world.catch_up(&mut feed);
    assert_eq!(told(&frames), ["b1@900"]);
    assert_eq!(place(&frames[0]), (head, head + 1));
}

#[test]
fn who_is_a_little_behind_is_told_every_change() {
    let mut world = World::new(10_000);
    let mut feed = world.subscriber();
    for round in 0..3 {
        world.upsert("a", "1", round);
    }
    let frames = world.catch_up(&mut feed);
    assert_eq!(told(&frames), ["a1@0", "a1@1", "a1@2"]);
}

#[test]
fn a_step_of_a_laggard_stays_one_while_more_happens() {
    let mut world = World::new(10_000);
    let mut feed = world.subscriber();
    for round in 0..1_000 {
        world.upsert(&format!("s{round}"), &"long".repeat(100), round);
    }
    let mut first = Vec::new();
    let done = feed.catch_up(world.state.journal(), &mut Turn::default(), &mut first);
    assert!(!done, "it is too much to be written at once");
    world.upsert("s0", "x", 5);
    let mut frames: Vec<_> = first.iter().map(|text| parse(text.as_str())).collect();
    frames.extend(world.catch_up(&mut feed));
    let moves = frames
        .iter()
        .filter(|frame| place(frame).0 != place(frame).1);
    let moves: Vec<_> = moves
        .map(|frame| (place(frame), told(std::slice::from_ref(frame))))
        .collect();
    assert_eq!(
        moves,
        [
            ((0, 1_000), vec!["tick".to_owned()]),
            ((1_000, 1_001), vec!["s0x@5".to_owned()])
        ]
    );
    assert_eq!(frames.len(), 1_002);
    let numbers: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame["seq"].as_u64())
        .collect();
    assert_eq!(
        numbers,
        (1..=1_001).collect::<Vec<_>>(),
        "a part that is missing is noticed"
    );
    assert!(frames[1_001].get("seq").is_none(), "a step by itself");
}

#[test]
fn who_fell_out_of_the_journal_is_sent_to_subscribe_again() {
    let mut world = World::new(10);
    let mut feed = world.subscriber();
    for round in 0..11 {
        world.upsert("a", "1", round);
    }
    let frames = world.catch_up(&mut feed);
    assert_eq!(told(&frames), ["tick"]);
    assert_eq!(
        place(&frames[0]),
        (11, 11),
        "a place where the client is not"
    );
}

#[test]
fn the_journal_forgets_what_is_too_old() {
    let mut world = World::new(100);
    for at in [1_000, 2_000, 61_500] {
        let change = Change::Groups {
            groups: Groups::default(),
        };
        world.apply_at(change, at);
    }
    let journal = world.state.journal();
    assert_eq!((journal.tail(), journal.head()), (1, 3));
    assert!(journal.since(0).is_none() && journal.since(1).is_some());
}

#[test]
fn who_follows_a_session_is_told_of_its_eviction_whatever_else_is_subscribed_to_then() {
    let mut world = World::new(100);
    let mut feed = world.follower("a");
    world.evict("a", "1", Some("2"));
    let head = world.state.journal().head();
    feed.subscribe("list".to_owned(), Source::Journal, head);
    assert_eq!(told(&world.catch_up(&mut feed)), ["-a1"]);
    world.evict("a", "2", None);
    let frames = world.catch_up(&mut feed);
    assert_eq!(told(&frames), ["-a2"], "once");
    assert_eq!(place(&frames[0]), (head, head + 1));
}

#[test]
fn who_follows_a_session_is_not_told_what_became_of_it_before() {
    let mut world = World::new(100);
    let mut feed = world.follower("a");
    world.evict("a", "1", Some("2"));
    world.evict("b", "1", Some("2"));
    for key in ["a", "b"] {
        let head = world.state.journal().head();
        assert!(feed.subscribe_messages(key.into(), None, head));
    }
    world.evict("b", "2", None);
    assert_eq!(told(&world.catch_up(&mut feed)), ["-a1", "-b2"]);
}

struct World {
    state: State,
}

impl World {
    fn new(entries: usize) -> Self {
        let retention = Retention {
            entries,
            age: 60_000,
        };
        let journal = Journal::new("e".to_owned(), 0, retention);
        Self {
            state: State::new(
                Vec::new(),
                Groups::default(),
                journal,
                Tombstones::new(retention),
            ),
        }
    }

    /// A subscriber to every session, at the head.
    fn subscriber(&self) -> Feed {
        let head = self.state.journal().head();
        let mut feed = Feed::new(true, true, true, head, Weak::<Notify>::new());
        feed.subscribe("list".to_owned(), Source::Journal, head);
        feed
    }

    /// Somebody who is told what becomes of a session, from the head on.
    fn follower(&self, key: &str) -> Feed {
        let head = self.state.journal().head();
        let mut feed = Feed::new(true, true, true, head, Weak::<Notify>::new());
        assert!(feed.subscribe_messages(key.into(), None, head));
        feed
    }

    fn upsert(&mut self, key: &str, revision: &str, updated_at: u64) {
        let entry = SessionEntry {
            lifecycle_revision: revision.to_owned(),
            updated_at,
            ..SessionEntry::default()
        };
        let change = Change::Upserted {
            session: Arc::new(Session::new(key.into(), entry)),
            reason: ChangeReason::PATCH,
            operation: None,
        };
        self.apply_at(change, 1_000);
    }

    fn evict(&mut self, key: &str, revision: &str, next: Option<&str>) {
        let drain = SocketDrain {
            session_key: key.into(),
            agent_id: None,
            session_id: String::new(),
            lifecycle_revision: revision.to_owned(),
            reason: EvictionReason::Deleted,
            next_lifecycle_revision: next.map(str::to_owned),
            ts: 1_000,
        };
        self.apply_at(Change::Evicted { drain }, 1_000);
    }

    fn apply_at(&mut self, change: Change, at: u64) {
        let offset = self.state.journal().head() + 1;
        self.state.apply(Arc::new(Entry::new(offset, at, change)));
    }

    fn catch_up(&self, feed: &mut Feed) -> Vec<Value> {
        let mut frames = Vec::new();
        while !feed.catch_up(self.state.journal(), &mut Turn::default(), &mut frames) {}
        frames.iter().map(|text| parse(text.as_str())).collect()
    }
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("a frame is JSON")
}

fn place(frame: &Value) -> (u64, u64) {
    let prev = frame["prev"].as_u64().expect("a number");
    (prev, frame["cursor"].as_u64().unwrap_or(prev + 1))
}

/// `a1@7`: a row of generation 1 of session a; `-a1`: its eviction.
fn told(frames: &[Value]) -> Vec<String> {
    let told = frames.iter().map(|frame| {
        let payload = &frame["payload"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match frame["event"].as_str() {
            Some("sessions.changed") => format!(
                "{}{}@{}",
                text(&payload["session"]["key"]),
                text(&payload["session"]["lifecycleRevision"]),
                payload["session"]["updatedAt"]
            ),
            Some("socket.drain") => format!(
                "-{}{}",
                text(&payload["sessionKey"]),
                text(&payload["lifecycleRevision"])
            ),
            _ => text(&frame["event"]),
        }
    });
    told.collect()
}
