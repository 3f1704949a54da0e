//! The command line, and what the gateway needs of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::journal::Retention;

/// How to serve. Every option is also read from `SESSIONWIRE_<NAME>`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Address and port to listen on
    #[arg(long, env = "SESSIONWIRE_BIND", default_value = "127.0.0.1:18789")]
    pub bind: SocketAddr,

    /// The session store.
    #[command(flatten)]
    pub storage: Storage,

    /// Shared secret of all clients [default on loopback: made once and kept in the data folder]
    #[arg(long, env = "SESSIONWIRE_TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// Gateway to stand in front of, such as ws://127.0.0.1:18790: its sessions are mirrored, and changes go there
    #[arg(long, env = "SESSIONWIRE_UPSTREAM", value_name = "URL", conflicts_with_all = ["session_idle_ttl", "max_sessions"])]
    pub upstream: Option<String>,

    /// Shared secret of that gateway
    #[arg(
        long,
        env = "SESSIONWIRE_UPSTREAM_TOKEN",
        value_name = "TOKEN",
        requires = "upstream",
        hide_env_values = true
    )]
    pub upstream_token: Option<String>,

    /// Folder with the built session picker, served at /
    #[arg(long, env = "SESSIONWIRE_WWW", value_name = "DIR")]
    pub www: Option<PathBuf>,

    /// Folder with OpenClaw's web Control UI (`dist/control-ui` of its package), served at / in the picker's place
    #[arg(
        long,
        env = "SESSIONWIRE_CONTROL_UI",
        value_name = "DIR",
        conflicts_with = "www",
        value_parser = control_ui
    )]
    pub control_ui: Option<PathBuf>,

    /// Agent that sessions can belong to, the first being the default one; may be given several times
    #[arg(long = "agent", env = "SESSIONWIRE_AGENTS", value_name = "ID", value_delimiter = ',', default_value = "main", value_parser = agent_id)]
    pub agents: Vec<String>,

    /// Web origin besides loopback and the gateway's own that browsers may connect from
    #[arg(
        long = "allow-origin",
        env = "SESSIONWIRE_ALLOW_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub allowed_origins: Vec<String>,

    /// Evict sessions that nothing happened in for so long, such as 12h or 30d
    #[arg(long, env = "SESSIONWIRE_SESSION_IDLE_TTL", value_name = "DURATION", value_parser = duration)]
    pub session_idle_ttl: Option<Duration>,

    /// Evict the longest idle sessions beyond this number
    #[arg(long, env = "SESSIONWIRE_MAX_SESSIONS", value_name = "N", value_parser = at_least_one)]
    pub max_sessions: Option<usize>,

    /// Longest silence towards a client
    #[arg(long, env = "SESSIONWIRE_TICK_INTERVAL", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub tick_interval: Duration,

    /// How long a client may take for the handshake
    #[arg(long, env = "SESSIONWIRE_HANDSHAKE_TIMEOUT", value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub handshake_timeout: Duration,

    /// How long a client may take to send a request over HTTP
    #[arg(long, env = "SESSIONWIRE_REQUEST_TIMEOUT", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub request_timeout: Duration,

    /// How long a client may leave unread what was sent
    #[arg(long, env = "SESSIONWIRE_WRITE_TIMEOUT", value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub write_timeout: Duration,
}

/// Where sessions are kept, and how much of their past.
#[derive(Clone, Debug, Args)]
pub struct Storage {
    /// Folder of the session store
    #[arg(long, env = "SESSIONWIRE_DATA", default_value = "sessionwire-data")]
    pub data: PathBuf,

    /// How many changes a client can be behind and still get each of them
    #[arg(
        long,
        env = "SESSIONWIRE_JOURNAL_ENTRIES",
        value_name = "N",
        value_parser = at_least_one,
        default_value_t = 10_000
    )]
    pub journal_entries: usize,

    /// How old a change can be that a client missed and still gets
    #[arg(long, env = "SESSIONWIRE_JOURNAL_AGE", value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub journal_age: Duration,
}

impl Storage {
    /// How much the journal remembers.
    pub fn retention(&self) -> Retention {
        Retention {
            entries: self.journal_entries,
            age: u64::try_from(self.journal_age.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Config {
    /// The agent of keys that name none.
    pub fn default_agent(&self) -> &str {
        &self.agents[0]
    }
}

/// The largest frame of a client before its handshake, in bytes.
pub const MAX_HANDSHAKE_FRAME: usize = 64 << 10;
/// The largest frame of a client after it, in bytes.
pub const MAX_FRAME: usize = 25 << 20;
/// Frames up to this size are read before they are refused, so that the refusal arrives; a peer that sends
/// yet more is cut off.
pub const MAX_READ_FRAME: usize = 32 << 20;
/// The largest body of an HTTP request, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// How many sockets of one address may be in their handshake at the same time.
pub const MAX_HANDSHAKES: usize = 32;
/// How many requests of a connection may wait for their answers; further ones are not read before.
pub const MAX_WAITING_REQUESTS: usize = 256;
/// How many subscriptions with cursors a connection may have.
pub const MAX_SUBSCRIPTIONS: usize = 64;
/// Of how many sessions a connection may follow the messages.
pub const MAX_FOLLOWED: usize = 1_024;

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("a duration is a number with its unit, such as 90s, 12h or 30d".to_owned()),
    }
}

fn control_ui(text: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(text);
    match folder.join("index.html").is_file() {
        true => Ok(folder),
        false => Err("it has no index.html".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it must be a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

fn agent_id(text: &str) -> Result<String, String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if text.is_empty() || !text.chars().all(valid) {
        return Err("an agent id has lower-case letters, digits, - and _".to_owned());
    }
    Ok(text.to_owned())
}
