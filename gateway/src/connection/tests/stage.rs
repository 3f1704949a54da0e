//! A gateway and its peers, where nothing happens by itself.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use clap::Parser;
use futures_util::FutureExt;
use serde_json::{Value, json};
use sessionwire_protocol::{ChangeReason, Scopes, SessionKey};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::answers::Look;
use crate::auth::{Principal, Token};
use crate::clock::Clock;
use crate::committer::Committer;
use crate::config::Config;
use crate::connection::talk::Shared;
use crate::crier::Turn;
use crate::gateway::Gateway;
use crate::greeting::Agreement;
use crate::socket::Socket;
use crate::store::{StoreError, open_sqlite};
use crate::text::Text;

const SUBSCRIBE: &str =
    r#"{"type":"req","id":"s","method":"sessions.subscribe","params":{"subscription":"list"}}"#;

/// For a peer that reads nothing.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway whose changes are committed and told by hand.
pub(super) struct Stage {
    pub(super) gateway: Arc<Gateway>,
    committer: Committer,
    _data: TempDir,
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    config: Config,
}

impl Stage {
    pub(super) fn new() -> Self {
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
    pub(super) fn subscriber(&self) -> Peer {
        let peer = self.peer(true, 0);
        peer.shared
            .with(|talk| talk.conversation.receive(SUBSCRIBE));
        peer.write_as_task();
        *peer.state() = State::default();
        peer
    }

    /// Somebody who was greeted at that place of the journal.
    pub(super) fn peer(&self, cursors: bool, head: u64) -> Peer {
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

    pub(super) fn peer_of(&self, agreement: Agreement, head: u64) -> Peer {
        let state = Arc::default();
        let socket = FakeSocket(Arc::clone(&state));
        let shared = Shared::new(socket, Arc::clone(&self.gateway), agreement, head);
        Peer { shared, state }
    }

    /// Makes a session, and lets it be told.
    pub(super) fn change(&mut self, key: &'static str) {
        let making = self.gateway.sessions.commit(move |transaction| {
            transaction.update(&SessionKey::from(key), ChangeReason::CREATE, |_| {});
            Ok(())
        });
        self.commit();
        let made = making.now_or_never().expect("it is committed");
        made.expect("the store takes it");
    }

    /// Changes as many sessions as take more than is written at once to tell of.
    pub(super) fn change_many(&mut self) {
        let changing = self.gateway.sessions.commit(|transaction| {
            for number in 0..200 {
                let key = SessionKey::from(format!("agent:main:{number}").as_str());
                transaction.update(&key, ChangeReason::PATCH, |_| {});
            }
            Ok(())
        });
        self.commit();
        let changed = changing.now_or_never().expect("it is committed");
        changed.expect("the store takes it");
    }

    pub(super) fn commit(&mut self) {
        while self.committer.commit_waiting() {}
        self.gateway.sessions.criers().tell_waiting();
    }
}

pub(super) fn params() -> Value {
    json!({
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": {"id": "cli", "version": "0", "platform": "test", "mode": "cli"},
        "role": "operator",
        "scopes": ["operator.admin"],
        "auth": {"token": "a token"},
    })
}

pub(super) struct Peer {
    pub(super) shared: Arc<Shared<FakeSocket>>,
    state: Arc<Mutex<State>>,
}

impl Peer {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }

    /// The peer reads again.
    pub(super) fn drain(&self) {
        let waker = {
            let mut state = self.state();
            state.full = false;
            state.waker.take()
        };
        waker.expect("somebody waits").wake();
    }

    pub(super) fn written(&self) -> Vec<Text> {
        self.state().written.clone()
    }

    pub(super) fn is_rung(&self) -> bool {
        self.shared.bell.notified().now_or_never().is_some()
    }

    /// What the connection's task does when it is woken.
    pub(super) fn write_as_task(&self) {
        let put = || {
            self.shared
                .with(|talk| talk.put(Look::AtAll, &mut Turn::default()))
        };
        while put().expect("the peer is there") > 0 {
            let written = self.shared.written(PATIENCE).now_or_never();
            written.expect("there is room").expect("the peer is there");
        }
    }
}

/// What a test decides and sees of a socket.
#[derive(Default)]
pub(super) struct State {
    pub(super) full: bool,
    pub(super) broken: bool,
    pub(super) panics: bool,
    pub(super) given: Vec<Text>,
    pub(super) written: Vec<Text>,
    pub(super) writes: usize,
    pub(super) waker: Option<Waker>,
    /// What the peer asks next.
    pub(super) asked: VecDeque<Message>,
    /// What happens with each write.
    pub(super) upon_write: Option<Box<dyn FnMut() + Send>>,
}

pub(super) struct FakeSocket(Arc<Mutex<State>>);

impl FakeSocket {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl Socket for FakeSocket {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        match self.state().asked.pop_front() {
            Some(asked) => Poll::Ready(Some(Ok(asked))),
            None => Poll::Pending,
        }
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
            if let Some(mut happen) = state.upon_write.take() {
                drop(state);
                happen();
                self.state().upon_write = Some(happen);
            }
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
