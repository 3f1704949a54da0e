use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use sessionwire_protocol::Scope;
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth};

/// Who the client is, what it wants to do, and its patience.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which program connects.
    pub client: ClientInfo,
    /// How it shows that it may.
    pub auth: ConnectAuth,
    /// Whether the driver has a device identity, and answers [`crate::Output::Identify`]; not by default.
    pub has_device: bool,
    /// What it wants to do; reading, writing and administering by default. The gateway may grant less.
    pub scopes: Vec<Scope>,
    /// Whether every event is told as it came, beside what subscriptions make of it; not by default.
    pub tells_frames: bool,
    /// How long a request waits for its answer; 30 s by default.
    pub request_timeout: Duration,
    /// How long one attempt to connect may take, up to the gateway's greeting; 15 s by default.
    pub connect_timeout: Duration,
    /// The longest wait after the first failed attempt; doubles with each further one. 500 ms by default.
    pub backoff_min: Duration,
    /// The longest wait after any failed attempt; 30 s by default.
    pub backoff_max: Duration,
    /// Where the machine's randomness begins. Clients that share a seed retry in step.
    pub seed: u64,
}

impl Config {
    /// The defaults, without a token.
    pub fn new(client: ClientInfo) -> Self {
        Self {
            client,
            auth: ConnectAuth::default(),
            has_device: false,
            tells_frames: false,
            scopes: vec![Scope::READ, Scope::WRITE, Scope::ADMIN],
            request_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(15),
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            seed: 0,
        }
    }
}
