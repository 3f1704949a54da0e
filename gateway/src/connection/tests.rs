use std::future::poll_fn;
use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use clap::Parser;
use futures_util::FutureExt;
use serde_json::{Value, json};
use sessionwire_protocol::device::PairRequest;
use sessionwire_protocol::{ChangeReason, Scopes, SessionKey};
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Connection;
use super::talk::Shared;
use crate::answers::Look;
use crate::auth::{Peer as Address, Principal, Token};
use crate::clock::Clock;
use crate::committer::Committer;
use crate::config::{Config, MAX_WAITING_REQUESTS};
use crate::crier::Turn;
use crate::gateway::Gateway;
use crate::greeting::{self, Agreement, Greeting};
use crate::socket::Socket;
use crate::store::{StoreError, open_sqlite};
use crate::text::Text;

const SUBSCRIBE: &str =
    r#"{"type":"req","id":"s","method":"sessions.subscribe","params":{"subscription":"list"}}"#;
const RENAME: &str = r#"{"type":"req","id":"r","method":"sessions.patch","params":{"key":"agent:main:a","label":"own"}}"#;
/// Its answer is short.
const DELETE: &str =
    r#"{"type":"req","id":"d","method":"sessions.delete","params":{"key":"agent:main:none"}}"#;
const INJECT: &str = r#"{"type":"req","id":"i","method":"chat.inject","params":{"sessionKey":"agent:main:a","message":"it runs"}}"#;

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

#[test]
fn a_full_socket_is_left_to_its_task_and_others_are_told_meanwhile() {
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
    let mut writing = Box::pin(stuck.shared.written());
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
    let connect = json!({"type": "req", "id": "c", "method": "connect", "params": params()});
    let greet = async || {
        let address = Address {
            address: Ipv4Addr::LOCALHOST.into(),
            origin: None,
            host: None,
            forwarded: false,
        };
        let greeted = greeting::greet(&connect.to_string(), "", &gateway, &address).await;
        greeted.ok().expect("it is greeted")
    };
    let Greeting {
        agreement,
        present,
        mut watch,
        ..
    } = greet().await;
    let _other = greet().await;
    gateway.pair_requests.ask(PairRequest::default(), 0);
    stage.change("agent:main:a");
    let injecting = stage.peer(false, 0);
    injecting
        .shared
        .with(|talk| talk.conversation.receive(INJECT));
    stage.commit();
    let peer = stage.peer_of(agreement, watch.head);
    let connection = Connection {
        id: "c".to_owned(),
        gateway: Arc::clone(&gateway),
        shared: Arc::clone(&peer.shared),
        _present: present,
    };
    let mut following = pin!(connection.follow(&mut watch));
    let told = poll_fn(|context| {
        let ended = following.as_mut().poll(context);
        assert!(ended.is_pending(), "it goes on");
        Some(peer.written())
            .filter(|told| told.len() >= 3)
            .map_or(Poll::Pending, Poll::Ready)
    });
    let told = timeout(Duration::from_secs(20), told)
        .await
        .expect("it is told");
    let mut told: Vec<_> = told
        .iter()
        .map(|text| parse(text)["event"].clone())
        .collect();
    told.sort_by_key(Value::to_string);
    assert_eq!(told, ["chat", "device.pair.requested", "presence"]);
}

/// A gateway whose changes are committed and told by hand.
struct Stage {
    gateway: Arc<Gateway>,
    committer: Committer,
    _data: TempDir,
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    config: Config,
}

impl Stage {
    fn new() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let config = Cli::parse_from(["gateway"]).config;
        let token = Token::load_or_make(Some("a token"), config.bind.ip(), data.path());
        let store = open_sqlite(data.path(), 100).expect("the store opens");
        let (gateway, committer) = Gateway::with_store(
            config,
            token.expect("it is given"),
            |_, _| Ok::<_, StoreError>(None),
            store,
            Clock::system(),
            0,
        )
        .expect("the store is empty");
        Self {
            gateway,
            committer,
            _data: data,
        }
    }

    /// Somebody who is told of every change, with the answer to the subscription read.
    fn subscriber(&self) -> Peer {
        let peer = self.peer(true, 0);
        peer.shared
            .with(|talk| talk.conversation.receive(SUBSCRIBE));
        peer.write_as_task();
        *peer.state() = State::default();
        peer
    }

    /// Somebody who was greeted at that place of the journal.
    fn peer(&self, cursors: bool, head: u64) -> Peer {
        let agreement = Agreement {
            connection: "c".to_owned(),
            principal: Principal::owner(),
            scopes: Scopes::all(),
            cursors,
            session_scoped: false,
            params: serde_json::from_value(params()).expect("they are whole"),
        };
        self.peer_of(agreement, head)
    }

    fn peer_of(&self, agreement: Agreement, head: u64) -> Peer {
        let state = Arc::default();
        let socket = FakeSocket(Arc::clone(&state));
        let shared = Shared::new(socket, Arc::clone(&self.gateway), agreement, head);
        Peer { shared, state }
    }

    /// Makes a session, and lets it be told.
    fn change(&mut self, key: &'static str) {
        let making = self.gateway.sessions.commit(move |transaction| {
            transaction.update(&SessionKey::from(key), ChangeReason::CREATE, |_| {});
            Ok(())
        });
        self.commit();
        let made = making.now_or_never().expect("it is committed");
        made.expect("the store takes it");
    }

    fn commit(&mut self) {
        while self.committer.commit_waiting() {}
        self.gateway.sessions.criers().tell_waiting();
    }
}

fn params() -> Value {
    json!({
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": {"id": "cli", "version": "0", "platform": "test", "mode": "cli"},
        "role": "operator",
        "scopes": ["operator.admin"],
        "auth": {"token": "a token"},
    })
}

/// Whether it was woken.
#[derive(Default)]
struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Peer {
    shared: Arc<Shared<FakeSocket>>,
    state: Arc<Mutex<State>>,
}

impl Peer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }

    /// The peer reads again.
    fn drain(&self) {
        let waker = {
            let mut state = self.state();
            state.full = false;
            state.waker.take()
        };
        waker.expect("somebody waits").wake();
    }

    fn written(&self) -> Vec<Text> {
        self.state().written.clone()
    }

    fn is_rung(&self) -> bool {
        self.shared.bell.notified().now_or_never().is_some()
    }

    /// What the connection's task does when it is woken.
    fn write_as_task(&self) {
        let put = || {
            self.shared
                .with(|talk| talk.put(Look::AtAll, &mut Turn::default()))
        };
        while put().expect("the peer is there") > 0 {
            let written = self.shared.written().now_or_never();
            written.expect("there is room").expect("the peer is there");
        }
    }
}

/// What a test decides and sees of a socket.
#[derive(Default)]
struct State {
    full: bool,
    broken: bool,
    panics: bool,
    given: Vec<Text>,
    written: Vec<Text>,
    writes: usize,
    waker: Option<Waker>,
}

struct FakeSocket(Arc<Mutex<State>>);

impl FakeSocket {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl Socket for FakeSocket {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        Poll::Pending
    }

    fn give(&mut self, text: Text) {
        let panics = self.state().panics;
        assert!(!panics, "a planted panic");
        self.state().given.push(text);
    }

    fn unwritten(&self) -> usize {
        let lengths = |text: &Text| text.frame().len();
        self.state().given.iter().map(lengths).sum()
    }

    fn write(&mut self) -> io::Result<()> {
        let mut state = self.state();
        if state.broken {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        if !state.full && !state.given.is_empty() {
            let given = std::mem::take(&mut state.given);
            state.written.extend(given);
            state.writes += 1;
        }
        Ok(())
    }

    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        match state.full {
            true => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            false => Poll::Ready(Ok(())),
        }
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
