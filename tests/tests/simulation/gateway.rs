//! The real gateway without its sockets and threads: what would happen by itself happens when the world says so.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use sessionwire_gateway::answers::{Asker, Look};
use sessionwire_gateway::auth::{Peer, Token};
use sessionwire_gateway::clock::Clock;
use sessionwire_gateway::committer::Committer;
use sessionwire_gateway::config::{Config, Storage};
use sessionwire_gateway::conversation::Conversation;
use sessionwire_gateway::crier::Turn;
use sessionwire_gateway::eviction::{Policy, enforce};
use sessionwire_gateway::gateway::Gateway;
use sessionwire_gateway::greeting::{self, Greeting};
use sessionwire_gateway::state::State;
use sessionwire_gateway::store::StoreError;
use sessionwire_gateway::text::Text;
use sessionwire_gateway::upstream::Upstream;
use tokio::sync::Notify;

use crate::store::Disk;

pub(crate) const TOKEN: &str = "a token for the simulation";
pub(crate) const TICK_MS: u64 = 1_000;
/// How many bytes of events a connection may hand out at once: what is gathered, and a step beyond it.
const MOST_BYTES: usize = (128 << 10) + (16 << 10);

/// What differs between the gateways of different worlds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) journal_entries: usize,
    pub(crate) session_idle_ms: Option<u64>,
    pub(crate) max_sessions: Option<usize>,
}

/// A gateway between two restarts.
pub(crate) struct Running {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) connections: BTreeMap<u64, Connection>,
    committer: Committer,
    /// What was put into words for one connection serves the next.
    turn: Turn,
    chores: Vec<Pin<Box<dyn Future<Output = ()>>>>,
}

/// What a gateway has of a connection.
pub(crate) struct Connection {
    conversation: Option<Conversation>,
    bell: Arc<Notify>,
    next_tick: u64,
    /// Something is to be told from this time on.
    wakes_at: Option<u64>,
}

fn alone(_: &Config, _: &State) -> Result<Option<Upstream>, StoreError> {
    Ok(None)
}

impl Running {
    /// Starts a gateway on what the disk holds.
    pub(crate) fn start(disk: &Disk, settings: Settings, clock: Clock, leap: u32) -> Self {
        let config = config(settings);
        let token = Token::load_or_make(Some(TOKEN), config.bind.ip(), &config.storage.data);
        let token = token.expect("a token is given");
        let (gateway, committer) =
            Gateway::with_store(config, token, alone, disk.open(), clock, leap)
                .expect("the store can be read");
        Self {
            gateway,
            committer,
            connections: BTreeMap::new(),
            turn: Turn::default(),
            chores: Vec::new(),
        }
    }

    /// A transport is open; returns what is said on it first.
    pub(crate) fn accept(&mut self, id: u64) -> String {
        let connection = Connection {
            conversation: None,
            bell: Arc::default(),
            next_tick: u64::MAX,
            wakes_at: None,
        };
        self.connections.insert(id, connection);
        greeting::challenge(&self.gateway).frame
    }

    /// Takes in a frame; returns the greeting if it is that.
    pub(crate) fn receive(&mut self, id: u64, text: &str, now: u64) -> Option<String> {
        let connection = self.connections.get_mut(&id)?;
        if let Some(conversation) = &mut connection.conversation {
            conversation.receive(text);
            return None;
        }
        let peer = Peer {
            address: IpAddr::from([127, 0, 0, 1]),
            origin: None,
            host: None,
            forwarded: false,
        };
        let greeted = greeting::greet(text, "", &self.gateway, &peer).now_or_never();
        let Some(Ok(Greeting {
            agreement,
            watch,
            hello,
            ..
        })) = greeted
        else {
            panic!("the gateway refuses {text}");
        };
        let listener: Weak<Notify> = Arc::downgrade(&connection.bell);
        let asker = Asker {
            listener,
            bell: Arc::clone(&connection.bell),
        };
        connection.conversation = Some(Conversation::new(
            Arc::clone(&self.gateway),
            agreement,
            watch.head,
            asker,
        ));
        connection.next_tick = now + TICK_MS;
        Some(hello.as_str().to_owned())
    }

    /// The frames to write next on a connection.
    pub(crate) fn next_frames(&mut self, id: u64) -> Option<Vec<Text>> {
        let connection = self.connections.get_mut(&id)?;
        let conversation = connection.conversation.as_mut()?;
        let frames = conversation.next_frames(Look::AtAll, &mut self.turn);
        let events = frames
            .iter()
            .flatten()
            .map(|text| text.as_str())
            .filter(|text| is_event(text));
        let bytes: usize = events.map(str::len).sum();
        assert!(
            bytes <= MOST_BYTES,
            "a connection queues events: {bytes} bytes"
        );
        if frames.is_none() {
            connection.wakes_at = None;
        }
        frames
    }

    /// A connection that its gateway or its client gave up.
    pub(crate) fn drop_connection(&mut self, id: u64) {
        self.connections.remove(&id);
    }

    /// Does a chore of its own beside its connections.
    pub(crate) fn do_chore(&mut self, chore: impl Future<Output = ()> + 'static) {
        self.chores.push(Box::pin(chore));
    }

    /// Evicts what the policy says must go.
    pub(crate) fn enforce_policy(&mut self) {
        let gateway = Arc::clone(&self.gateway);
        self.do_chore(async move {
            let policy = Policy::of(&gateway.config);
            // A store that takes no writes keeps what must go, until the next time.
            let _outcome = enforce(&gateway, policy, |_| true).await;
        });
    }

    /// Commits what waits.
    pub(crate) fn commit(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.chores
                .retain_mut(|chore| chore.as_mut().poll(&mut context).is_pending());
            if !self.committer.commit_waiting() {
                break;
            }
        }
    }

    /// Connections notice that there is something to tell, after a while that `lag` chooses.
    pub(crate) fn wake(&mut self, mut lag: impl FnMut() -> u64) {
        self.gateway.sessions.criers().tell_waiting();
        for connection in self.connections.values_mut() {
            if connection.is_rung() {
                let wakes_at = lag();
                connection.wakes_at = Some(connection.wakes_at.unwrap_or(wakes_at).min(wakes_at));
            }
        }
    }

    /// Ticks where it is time to; not on connections that are `blocked`.
    pub(crate) fn tick(&mut self, now: u64, blocked: impl Fn(u64) -> bool) {
        for (id, connection) in &mut self.connections {
            if connection.next_tick <= now
                && !blocked(*id)
                && let Some(conversation) = &mut connection.conversation
            {
                connection.next_tick = now + TICK_MS;
                connection.wakes_at = Some(now);
                conversation.tick();
            }
        }
    }

    /// When something is to be done on a connection.
    pub(crate) fn next_due(&self, blocked: impl Fn(u64) -> bool) -> Option<u64> {
        let connections = self.connections.iter();
        connections
            .filter(|(id, _)| !blocked(**id))
            .flat_map(|(_, connection)| [Some(connection.next_tick), connection.wakes_at])
            .flatten()
            .min()
    }

    /// The connections on which something is to be written.
    pub(crate) fn awake(&self, now: u64) -> Vec<u64> {
        let connections = self.connections.iter();
        connections
            .filter(|(_, connection)| connection.wakes_at.is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect()
    }
}

impl Connection {
    /// Whether any of what a connection waits for has happened.
    fn is_rung(&mut self) -> bool {
        self.conversation.is_some() && self.bell.notified().now_or_never().is_some()
    }
}

fn is_event(frame: &str) -> bool {
    frame.starts_with(r#"{"type":"event""#)
}

fn config(settings: Settings) -> Config {
    Config {
        bind: ([127, 0, 0, 1], 0).into(),
        storage: Storage {
            data: "simulation".into(),
            journal_entries: settings.journal_entries,
            journal_age: Duration::from_secs(7 * 24 * 3_600),
        },
        token: None,
        upstream: None,
        upstream_token: None,
        www: None,
        control_ui: None,
        agents: vec!["main".to_owned(), "ops".to_owned()],
        allowed_origins: Vec::new(),
        session_idle_ttl: settings.session_idle_ms.map(Duration::from_millis),
        max_sessions: settings.max_sessions,
        tick_interval: Duration::from_millis(TICK_MS),
        handshake_timeout: Duration::from_secs(15),
        request_timeout: Duration::from_secs(30),
        write_timeout: Duration::from_secs(60),
    }
}
