mod stage;

use std::future::poll_fn;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use serde_json::{Value, json};
use sessionwire_protocol::device::PairRequest;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::Connection;
use super::talk::End;
use crate::answers::Look;
use crate::auth::Peer as Address;
use crate::config::MAX_WAITING_REQUESTS;
use crate::crier::Turn;
use crate::feed::ENOUGH;
use crate::gateway::Gateway;
use crate::greeting::{self, Greeting};
use crate::presence::Present;
use crate::text::Text;

use stage::{FakeSocket, PATIENCE, Peer, Stage, params};

const RENAME: &str = r#"{"type":"req","id":"r","method":"sessions.patch","params":{"key":"agent:main:a","label":"own"}}"#;
/// Its answer is short.
const DELETE: &str =
    r#"{"type":"req","id":"d","method":"sessions.delete","params":{"key":"agent:main:none"}}"#;
const INJECT: &str = r#"{"type":"req","id":"i","method":"chat.inject","params":{"sessionKey":"agent:main:a","message":"it runs"}}"#;
const FOLLOW: &str = r#"{"type":"req","id":"f","method":"sessions.subscribe","params":{}}"#;
const HEALTH: &str = r#"{"type":"req","id":"h","method":"health","params":{}}"#;

#[test]
fn whoever_stands_in_the_same_place_is_told_the_same_bytes() {
    let mut stage = Stage::new();
    let peers = [stage.subscriber(), stage.subscriber()];
    stage.change("a");
    let [one, other] = peers.map(|peer| peer.written());
    assert_eq!(places(&one), [(0, 1)]);
    assert_eq!(one[0].frame().as_ptr(), other[0].frame().as_ptr());
    assert!(parse(&one[0]).get("seq").is_none(), "{}", one[0].as_str());
}

#[tokio::test]
async fn a_full_socket_is_left_to_its_task_and_others_are_told_meanwhile() {
    let mut stage = Stage::new();
    let (stuck, other) = (stage.subscriber(), stage.subscriber());
    stuck.state().full = true;
    for key in ["a", "b", "c"] {
        stage.change(key);
    }
    assert_eq!(places(&other.written()), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(stuck.written().len(), 0);
    assert_eq!(stuck.state().given.len(), 1, "the journal holds the others");
    assert!(stuck.is_rung());
    let task = Arc::new(Task::default());
    let waker = Waker::from(Arc::clone(&task));
    let mut context = Context::from_waker(&waker);
    let mut writing = Box::pin(stuck.shared.written(PATIENCE));
    assert!(writing.as_mut().poll(&mut context).is_pending());
    stage.change("d");
    stuck.drain();
    assert!(task.0.load(Ordering::Relaxed), "it waits, not a crier");
    assert!(writing.as_mut().poll(&mut context).is_ready());
    drop(writing);
    stuck.write_as_task();
    assert_eq!(places(&stuck.written()), [(0, 1), (1, 2), (2, 3), (3, 4)]);
    assert!(stuck.is_rung());
    stage.change("e");
    assert_eq!(places(&stuck.written())[4..], [(4, 5)], "by the crier");
    assert!(!stuck.is_rung());
}

#[test]
fn a_talk_that_somebody_else_has_is_left_to_its_task() {
    let mut stage = Stage::new();
    let (taken, other) = (stage.subscriber(), stage.subscriber());
    let shared = Arc::clone(&taken.shared);
    shared.with(|_| stage.change("a"));
    assert_eq!(other.written().len(), 1);
    assert_eq!(taken.written().len(), 0);
    assert!(taken.is_rung());
    taken.write_as_task();
    assert_eq!(places(&taken.written()), [(0, 1)]);
}

#[test]
fn an_answer_is_written_with_the_events_before_it() {
    let mut stage = Stage::new();
    let (own, other) = (stage.subscriber(), stage.subscriber());
    own.shared.with(|talk| talk.conversation.receive(RENAME));
    stage.change("b");
    assert_eq!(other.written().len(), 2);
    assert!(!own.is_rung(), "whoever commits answers");
    let written = own.written();
    assert_eq!(places(&written[..2]), [(0, 1), (1, 2)]);
    assert_eq!(parse(&written[2])["id"], "r");
    assert_eq!(own.state().writes, 1, "in one go");
}

#[test]
fn who_asked_for_as_much_as_may_wait_is_read_on_when_it_is_answered() {
    let mut stage = Stage::new();
    let peer = stage.subscriber();
    peer.shared.with(|talk| {
        while talk.conversation.has_room() {
            talk.conversation.receive(DELETE);
        }
    });
    stage.change("b");
    assert!(peer.is_rung());
    assert!(peer.shared.with(|talk| talk.conversation.has_room()));
    let answers = peer.written();
    let answers = answers.iter().filter(|text| parse(text)["id"] == "d");
    assert_eq!(answers.count(), MAX_WAITING_REQUESTS);
}

#[test]
fn a_socket_that_breaks_ends_its_connection_and_no_other() {
    let mut stage = Stage::new();
    let (broken, panicking, other) = (stage.subscriber(), stage.subscriber(), stage.subscriber());
    broken.state().broken = true;
    panicking.state().panics = true;
    stage.change("a");
    assert_eq!(other.written().len(), 1);
    assert!(broken.is_rung() && panicking.is_rung());
    let end = broken
        .shared
        .with(|talk| talk.put(Look::AtAll, &mut Turn::default()));
    assert!(end.is_err(), "{end:?}");
}

#[test]
fn who_is_about_to_end_is_told_nothing_more() {
    let mut stage = Stage::new();
    let peer = stage.subscriber();
    let talk = peer.shared.take();
    stage.change("a");
    assert!(talk.is_some() && peer.written().is_empty() && !peer.is_rung());
}

#[tokio::test]
async fn what_changes_after_a_greeting_is_told_by_the_connection() {
    let mut stage = Stage::new();
    let gateway = Arc::clone(&stage.gateway);
    let mut greeted = greet(&gateway).await;
    let _other = greet(&gateway).await;
    gateway.pair_requests.ask(PairRequest::default(), 0);
    stage.change("agent:main:a");
    let injecting = stage.peer(false, 0);
    injecting
        .shared
        .with(|talk| talk.conversation.receive(INJECT));
    stage.commit();
    let peer = stage.peer_of(greeted.agreement, greeted.watch.head);
    let connection = connection(&gateway, &peer, greeted.present);
    let told = told_until(connection.follow(&mut greeted.watch), &peer, |told| {
        told.len() >= 3
    })
    .await;
    let mut told: Vec<_> = told
        .iter()
        .map(|text| parse(text)["event"].clone())
        .collect();
    told.sort_by_key(Value::to_string);
    assert_eq!(told, ["chat", "device.pair.requested", "presence"]);
}

#[tokio::test]
async fn whom_there_is_always_more_to_tell_is_heard_all_the_same() {
    const CHANGES: usize = 40;
    let mut stage = Stage::new();
    let gateway = Arc::clone(&stage.gateway);
    let mut greeted = greet(&gateway).await;
    let peer = stage.peer_of(greeted.agreement, greeted.watch.head);
    let mut left = CHANGES;
    {
        let mut state = peer.state();
        state.asked.extend([FOLLOW, HEALTH].map(Message::text));
        state.upon_write = Some(Box::new(move || {
            if left > 0 {
                left -= 1;
                stage.change_many();
            }
        }));
    }
    let connection = connection(&gateway, &peer, greeted.present);
    let is_answer = |text: &Text| parse(text)["id"] == "h";
    let is_answered = |told: &[Text]| told.iter().any(is_answer);
    let told = told_until(connection.follow(&mut greeted.watch), &peer, is_answered).await;
    let before = told.iter().take_while(|text| !is_answer(text));
    let before: usize = before.map(|text| text.frame().len()).sum();
    assert!(
        before < CHANGES * ENOUGH / 2,
        "{before} bytes are told before"
    );
}

/// Somebody with the token, in plain protocol 4.
async fn greet(gateway: &Gateway) -> Greeting {
    let connect = json!({"type": "req", "id": "c", "method": "connect", "params": params()});
    let address = Address {
        address: Ipv4Addr::LOCALHOST.into(),
        origin: None,
        host: None,
        forwarded: false,
    };
    let greeted = greeting::greet(&connect.to_string(), "", gateway, &address).await;
    greeted.ok().expect("it is greeted")
}

fn connection(gateway: &Arc<Gateway>, peer: &Peer, present: Present) -> Connection<FakeSocket> {
    Connection {
        id: "c".to_owned(),
        gateway: Arc::clone(gateway),
        shared: Arc::clone(&peer.shared),
        _present: present,
    }
}

/// What a peer is told by its connection, up to where that is enough.
async fn told_until(
    following: impl Future<Output = End>,
    peer: &Peer,
    is_enough: impl Fn(&[Text]) -> bool,
) -> Vec<Text> {
    let mut following = pin!(following);
    let told = poll_fn(|context| {
        let ended = following.as_mut().poll(context);
        assert!(ended.is_pending(), "it goes on");
        Some(peer.written())
            .filter(|told| is_enough(told))
            .map_or(Poll::Pending, Poll::Ready)
    });
    let told = timeout(Duration::from_secs(20), told).await;
    told.expect("it is told")
}

/// Whether it was woken.
#[derive(Default)]
struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn parse(text: &Text) -> Value {
    serde_json::from_str(text.as_str()).expect("frames are JSON")
}

/// From where to where the events lead.
fn places(events: &[Text]) -> Vec<(u64, u64)> {
    let place = |frame: Value| {
        let prev = frame["prev"].as_u64().expect("a number");
        (prev, frame["cursor"].as_u64().unwrap_or(prev + 1))
    };
    events.iter().map(|text| place(parse(text))).collect()
}
