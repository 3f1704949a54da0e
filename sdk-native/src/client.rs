use std::sync::Arc;

use serde_json::value::to_raw_value;
use sessionwire_client_core::{Config, Error, Status, SubscriptionId};
use sessionwire_protocol::Method;
use tokio::sync::{oneshot, watch};

use crate::address::{Address, AddressError};
use crate::builder::Builder;
use crate::driver::Driver;
use crate::inbox::Inbox;
use crate::messages::Messages;
use crate::sessions::Sessions;
use crate::shared::Shared;

/// A client of one gateway. Clones share one connection, which is closed when the last of them and of their
/// streams is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    handle: Arc<Handle>,
}

/// Keeps the connection open.
#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.want(|core, _| core.state.close());
    }
}

impl Client {
    /// Connects with a token and the defaults of [`Builder::connect`].
    pub fn connect(url: &str, token: impl Into<String>) -> Result<Self, AddressError> {
        Self::builder(url).token(token).connect()
    }

    /// Says how to connect to the gateway at `ws://host:port`.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    pub(crate) fn start(config: Config, address: Address) -> Self {
        let shared = Arc::new(Shared::new(config));
        shared.want(|core, now| core.state.connect(now));
        tokio::spawn(Driver::new(Arc::clone(&shared), address).run());
        Self {
            handle: Arc::new(Handle { shared }),
        }
    }

    /// Waits until the gateway has greeted, or has refused in a way that trying again does not cure.
    pub async fn ready(&self) -> Result<(), Error> {
        let mut status = self.status();
        let settled = |status: &Status| match status {
            Status::Connecting { .. } => false,
            Status::Connected { .. } => true,
            Status::Disconnected { retry_in, error } => retry_in.is_none() && error.is_some(),
        };
        match status.wait_for(settled).await.as_deref() {
            Ok(Status::Disconnected {
                error: Some(error), ..
            }) => Err(error.clone()),
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Closed),
        }
    }

    /// The state of the connection, and its changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.handle.shared.status()
    }

    /// Connects again after a refusal, or at once instead of at the end of a wait.
    pub fn reconnect(&self) {
        self.handle.shared.want(|core, now| core.state.connect(now));
    }

    /// Asks for a method. Before the gateway's first greeting the request waits for it; after a loss it fails
    /// at once with [`Error::NotConnected`].
    pub async fn call<M: Method>(&self, params: &M::Params) -> Result<M::Result, Error> {
        let unreadable = |error: serde_json::Error| Error::Unreadable(error.to_string());
        let params = to_raw_value(params).map_err(unreadable)?;
        let (reply, answer) = oneshot::channel();
        self.handle
            .shared
            .want(|core, now| core.request(M::NAME, &params, reply, now));
        let payload = answer.await.unwrap_or(Err(Error::Closed))?;
        serde_json::from_str(payload.get()).map_err(unreadable)
    }

    /// Subscribes to the list of sessions.
    pub fn sessions(&self) -> Sessions {
        let inbox = Arc::new(Inbox::new());
        let standing = Standing::new(self, |client| {
            client
                .handle
                .shared
                .want(|core, now| core.subscribe_sessions(Arc::clone(&inbox), now))
        });
        Sessions::new(inbox, standing)
    }

    /// Subscribes to the messages of a session, which need not exist yet.
    pub fn messages(&self, key: &str) -> Messages {
        let inbox = Arc::new(Inbox::new());
        let standing = Standing::new(self, |client| {
            client
                .handle
                .shared
                .want(|core, now| core.subscribe_messages(key, Arc::clone(&inbox), now))
        });
        Messages::new(inbox, standing)
    }

    /// Closes the connection of all clones and waits until it is closed. Requests that are open end with
    /// [`Error::Closed`], and so do streams, after what is unread.
    pub async fn close(&self) {
        self.handle.shared.want(|core, _| core.state.close());
        self.handle.shared.ended().await;
    }
}

/// Keeps a subscription, and the connection under it.
#[derive(Debug)]
pub(crate) struct Standing {
    client: Client,
    subscription: SubscriptionId,
}

impl Standing {
    fn new(client: &Client, subscribe: impl FnOnce(&Client) -> SubscriptionId) -> Self {
        Self {
            subscription: subscribe(client),
            client: client.clone(),
        }
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let subscription = self.subscription;
        let shared = &self.client.handle.shared;
        shared.want(|core, now| core.unsubscribe(subscription, now));
    }
}
