//! Everything that connections and HTTP requests share.

use std::sync::Arc;
use std::time::Instant;

use sessionwire_protocol::connect::{
    Features, HelloAuth, HelloOk, HelloSnapshot, LIVE_WINDOW, Policy, SESSION_CURSOR, SOCKET_DRAIN,
    ServerInfo, SessionDefaults,
};
use sessionwire_protocol::gateway::{Health, HealthSessions, RecentSession};
use sessionwire_protocol::{ErrorBody, PROTOCOL, Scope, SessionKey, event};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::aside::Aside;
use crate::auth::Token;
use crate::clock::Clock;
use crate::committer::Committer;
use crate::config::{Config, MAX_FRAME};
use crate::crier::Wheel;
use crate::guesses::Guesses;
use crate::id::{new_id, random_number};
use crate::limit::Handshakes;
use crate::metrics::{Metrics, Sample};
use crate::pairing::Requests;
use crate::presence::PresenceList;
use crate::sessions::Sessions;
use crate::state::State;
use crate::store::{DATABASE, Opened, StoreError, Transcripts, open_sqlite};
use crate::upstream::Upstream;

/// A gateway: its sessions, its settings, and who is connected.
pub struct Gateway {
    /// As given on the command line.
    pub config: Config,
    /// The shared secret.
    pub token: Token,
    /// The sessions.
    pub sessions: Sessions,
    /// Their messages.
    pub transcripts: Arc<dyn Transcripts>,
    /// Where long reads are done.
    pub aside: Aside,
    /// When connections are told that nothing is missing.
    pub wheel: Wheel,
    /// Who is connected.
    pub presence: Arc<PresenceList>,
    /// Which devices ask to be paired.
    pub pair_requests: Requests,
    /// Who gave wrong secrets on sockets.
    pub socket_guesses: Guesses,
    /// Who gave wrong secrets in HTTP requests.
    pub http_guesses: Guesses,
    /// Who is about to connect.
    pub handshakes: Handshakes,
    /// What it counts of itself.
    pub metrics: Arc<Metrics>,
    /// What it takes for the time of day.
    pub clock: Clock,
    /// The gateway that it stands in front of.
    pub upstream: Option<Upstream>,
    /// Turns true when the gateway begins to shut down.
    pub stopping: watch::Sender<bool>,
    boot_id: String,
    started: Instant,
}

impl Gateway {
    /// Opens the store in the data folder, and commits to it. `connect` connects to the upstream, if there is one, once
    /// the store is seen.
    pub fn open<E: From<StoreError>>(
        config: Config,
        token: Token,
        connect: impl FnOnce(&Config, &State) -> Result<Option<Upstream>, E>,
    ) -> Result<Arc<Self>, E> {
        let opened = open_sqlite(&config.storage.data, config.storage.retention().entries)?;
        let (clock, leap) = (Clock::system(), random_number());
        let (gateway, committer) = Self::with_store(config, token, connect, opened, clock, leap)?;
        gateway.sessions.start(committer)?;
        Ok(gateway)
    }

    /// A gateway on a store that is open; nothing is committed before the committer works. `leap` is how many
    /// offsets its journal leaves out first, which is to be drawn at random.
    pub fn with_store<E: From<StoreError>>(
        config: Config,
        token: Token,
        connect: impl FnOnce(&Config, &State) -> Result<Option<Upstream>, E>,
        Opened { store, transcripts }: Opened,
        clock: Clock,
        leap: u32,
    ) -> Result<(Arc<Self>, Committer), E> {
        let metrics = Arc::new(Metrics::default());
        let (sessions, committer) = Sessions::load(
            store,
            config.storage.retention(),
            Arc::clone(&metrics),
            clock.clone(),
            leap,
        )?;
        let upstream = connect(&config, &sessions.read())?;
        let boot_id = new_id();
        let gateway = Arc::new(Self {
            config,
            token,
            sessions,
            transcripts,
            aside: Aside::default(),
            wheel: Wheel::default(),
            presence: Arc::new(PresenceList::new(&boot_id, clock.now())),
            pair_requests: Requests::default(),
            socket_guesses: Guesses::default(),
            http_guesses: Guesses::default(),
            handshakes: Handshakes::default(),
            metrics,
            upstream,
            stopping: watch::Sender::new(false),
            boot_id,
            started: Instant::now(),
            clock,
        });
        Ok((gateway, committer))
    }

    /// Names this run of the gateway, as its greetings do.
    pub fn boot_id(&self) -> &str {
        &self.boot_id
    }

    /// The canonical key that a client means, refused with the protocol's sentence where it means none.
    ///
    /// `agent` is the agent that the client names beside the key.
    pub fn key(&self, text: &str, agent: Option<&str>) -> Result<SessionKey, ErrorBody> {
        if text.trim().is_empty() {
            return Err(ErrorBody::invalid("key required"));
        }
        let agent = agent.map(str::to_lowercase);
        let key = SessionKey::parse(
            text,
            agent.as_deref().unwrap_or(self.config.default_agent()),
        )
        .map_err(|_| {
            ErrorBody::invalid(format!(
                "malformed session key \"{}\"",
                text.trim().to_lowercase()
            ))
        })?;
        match (agent, key.agent_id()) {
            (Some(agent), Some(owner)) if agent != owner => Err(ErrorBody::invalid(format!(
                "agent \"{agent}\" does not match session key agent \"{owner}\""
            ))),
            _ => Ok(key),
        }
    }

    /// Refuses an agent that is not served here.
    pub fn known_agent(&self, agent: &str) -> Result<(), ErrorBody> {
        match self.config.agents.iter().any(|known| known == agent) {
            true => Ok(()),
            false => Err(ErrorBody::invalid(format!("Unknown agent id \"{agent}\""))),
        }
    }

    /// Reads messages, off the threads that serve connections.
    pub async fn read_messages<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Transcripts) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ErrorBody> {
        let transcripts = Arc::clone(&self.transcripts);
        match spawn_blocking(move || read(transcripts.as_ref())).await {
            Ok(read) => read.map_err(|error| error.to_wire()),
            Err(_) => Err(ErrorBody::unavailable("the gateway is shutting down")),
        }
    }

    /// Where the sessions are stored, as answers name it.
    pub fn store_path(&self) -> String {
        self.config
            .storage
            .data
            .join(DATABASE)
            .display()
            .to_string()
    }

    /// How the gateway is; which sessions changed last only for those who may read.
    pub fn health(&self, may_read: bool) -> Health {
        const RECENT: usize = 5;
        let (started, now) = (Instant::now(), self.clock.now());
        let state = self.sessions.read();
        let recent = if may_read { RECENT } else { 0 };
        let recent = state.catalog().last_changed(recent).into_iter();
        let recent = recent.map(|session| RecentSession {
            key: session.key.to_string(),
            updated_at: session.entry.updated_at,
            age: now.saturating_sub(session.entry.updated_at),
        });
        let sessions = HealthSessions {
            path: self.store_path(),
            count: state.catalog().len() as u64,
            recent: recent.collect(),
        };
        Health {
            ok: self.sessions.is_writable(),
            ts: now,
            duration_ms: millis(started.elapsed()),
            default_agent_id: self.config.default_agent().to_owned(),
            sessions,
            upstream: self.upstream.as_ref().map(Upstream::health),
        }
    }

    /// What it has at this moment.
    pub fn sample(&self) -> Sample {
        let state = self.sessions.read();
        let journal = state.journal();
        Sample {
            connections: self.presence.len(),
            sessions: state.catalog().len(),
            live_lists: self.sessions.views().len(),
            journal_entries: journal.remembered(),
            journal_head: journal.head(),
            is_writable: self.sessions.is_writable(),
            uptime_ms: self.uptime_ms(),
            upstream_stale_ms: self.upstream.as_ref().map(|upstream| {
                let since = upstream.health().stale_since;
                since.map(|since| self.clock.now().saturating_sub(since))
            }),
        }
    }

    /// Since when the gateway runs, in milliseconds.
    pub fn uptime_ms(&self) -> u64 {
        millis(self.started.elapsed())
    }

    /// The answer to a successful `connect`.
    pub fn hello(&self, connection: &str, auth: HelloAuth, methods: &[&str]) -> HelloOk {
        let agent = self.config.default_agent();
        let may_read = auth.scopes.allow(&Scope::READ);
        let (mut presence, version) = self.presence.snapshot();
        presence.retain(|_| may_read);
        HelloOk {
            kind: "hello-ok".to_owned(),
            protocol: PROTOCOL,
            server: ServerInfo {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                conn_id: connection.to_owned(),
                boot_id: Some(self.boot_id.clone()),
                control_ui_build_source: self
                    .config
                    .control_ui
                    .as_ref()
                    .map(|_| "configured".to_owned()),
            },
            features: Features {
                methods: methods.iter().map(|&method| method.to_owned()).collect(),
                events: event::ALL.map(str::to_owned).to_vec(),
                capabilities: [SESSION_CURSOR, SOCKET_DRAIN, LIVE_WINDOW]
                    .map(str::to_owned)
                    .to_vec(),
            },
            snapshot: HelloSnapshot {
                presence,
                health: self.health(may_read),
                state_version: version,
                uptime_ms: self.uptime_ms(),
                session_defaults: Some(SessionDefaults {
                    default_agent_id: agent.to_owned(),
                    main_key: "main".to_owned(),
                    main_session_key: SessionKey::main(agent).to_string(),
                    scope: "per-sender".to_owned(),
                }),
                auth_mode: Some("token".to_owned()),
            },
            auth,
            policy: Policy {
                max_payload: MAX_FRAME as u64,
                tick_interval_ms: millis(self.config.tick_interval),
                ..Policy::default()
            },
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
