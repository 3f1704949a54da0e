use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sessionwire_client_core::Config;
use sessionwire_protocol::Scope;
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth};

use crate::address::{Address, AddressError};
use crate::client::Client;
use crate::identity::DeviceIdentity;

/// How to connect; made by [`Client::builder`].
#[derive(Clone)]
#[must_use = "nothing is connected before `connect`"]
pub struct Builder {
    url: String,
    config: Config,
    device: Option<Arc<dyn DeviceIdentity>>,
}

impl Builder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            config: Config::new(ClientInfo {
                // What a gateway grants scopes to on the loopback interface without a device identity.
                id: "gateway-client".to_owned(),
                mode: "backend".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                platform: std::env::consts::OS.to_owned(),
                display_name: None,
                device_family: None,
                instance_id: None,
            }),
            device: None,
        }
    }

    /// The gateway's token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.config.auth = ConnectAuth {
            token: Some(token.into()),
            ..self.config.auth
        };
        self
    }

    /// The gateway's password.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.config.auth = ConnectAuth {
            password: Some(password.into()),
            ..self.config.auth
        };
        self
    }

    /// Which device connects, such as a [`DeviceFile`](crate::DeviceFile). It is proved to gateways that ask for it, as
    /// OpenClaw's do of programs on other machines.
    pub fn device(mut self, identity: impl DeviceIdentity) -> Self {
        self.config.has_device = true;
        self.device = Some(Arc::new(identity));
        self
    }

    /// What to ask for; reading, writing and administering where nothing is said. The gateway may grant less.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = Scope>) -> Self {
        self.config.scopes = scopes.into_iter().collect();
        self
    }

    /// Which program to connect as. Gateways of protocol 4 know a closed set of ids and modes.
    pub fn client_info(mut self, info: ClientInfo) -> Self {
        self.config.client = info;
        self
    }

    /// Keeps every event as it comes, for [`Client::frames`].
    pub fn keep_frames(mut self) -> Self {
        self.config.tells_frames = true;
        self
    }

    /// How long a request waits for its answer; 30 s where nothing is said. What lists ask for by themselves may wait
    /// longer.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.config.request_timeout = timeout;
        self
    }

    /// How long one attempt to connect may take; 15 s where nothing is said.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.connect_timeout = timeout;
        self
    }

    /// How long the wait after a failed attempt to connect may become; 30 s where nothing is said.
    pub fn retry_within(mut self, longest: Duration) -> Self {
        self.config.backoff_max = longest;
        self
    }

    /// Begins to connect, in a task of its own, and goes on until the client is closed.
    ///
    /// Requests may be made and lists subscribed at once; [`Client::ready`] waits for the gateway.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn connect(mut self) -> Result<Client, AddressError> {
        let address = Address::parse(&self.url)?;
        // Without randomness of the system this client waits as long as others like it; no more than that.
        self.config.seed = getrandom::u64().unwrap_or(0);
        Ok(Client::start(self.config, address, self.device))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("url", &self.url)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
