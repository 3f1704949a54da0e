use std::sync::Arc;

use serde::de::DeserializeOwned;
use sessionwire_client_core::{
    ClientState, Config, Error, Instant, Json, Order, RequestId, Status, SubscriptionId,
};
use sessionwire_protocol::Method;
use sessionwire_protocol::sessions::{SessionsListParams, SessionsPatched};
use tokio::sync::{oneshot, watch};

use crate::address::{Address, AddressError};
use crate::builder::Builder;
use crate::driver::Driver;
use crate::identity::DeviceIdentity;
use crate::inbox::Inbox;
use crate::messages::Messages;
use crate::sessions::Sessions;
use crate::shared::Shared;
use crate::unread::{ListUnread, MessagesUnread};

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

    pub(crate) fn start(
        config: Config,
        address: Address,
        device: Option<Arc<dyn DeviceIdentity>>,
    ) -> Self {
        let shared = Arc::new(Shared::new(config));
        shared.want(|core, now| core.state.connect(now));
        tokio::spawn(Driver::new(Arc::clone(&shared), address, device).run());
        Self {
            handle: Arc::new(Handle { shared }),
        }
    }

    /// Waits until the gateway has greeted, or has refused in a way that trying again does not cure.
    pub async fn ready(&self) -> Result<(), Error> {
        let shared = &self.handle.shared;
        let mut told = shared.status();
        loop {
            // What is told may be from before a `reconnect`.
            match shared.standing() {
                Status::Connected { .. } => return Ok(()),
                Status::Disconnected {
                    retry_in: None,
                    error: Some(error),
                } => return Err(error),
                Status::Connecting { .. } | Status::Disconnected { .. } => {}
            }
            if told.changed().await.is_err() {
                return Err(Error::Closed);
            }
        }
    }

    /// The state of the connection, and its changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.handle.shared.status()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    /// Connects again after a refusal, or at once instead of at the end of a wait.
    pub fn reconnect(&self) {
        self.handle.shared.want(|core, now| core.state.connect(now));
    }

    /// Asks for a method. Before the gateway's first greeting the request waits for it; after a loss it fails
    /// at once with [`Error::NotConnected`].
    pub async fn call<M: Method>(&self, params: &M::Params) -> Result<M::Result, Error> {
        let params = Json::written(serde_json::to_string(params).map_err(unreadable)?);
        self.ask(|state, now| state.request(M::NAME, Some(&params), now))
            .await
    }

    /// Gives a session a name of its own, or takes it away. All lists of this client show it at once, pending,
    /// and the true row again if the gateway refuses.
    pub async fn rename(&self, key: &str, label: Option<&str>) -> Result<SessionsPatched, Error> {
        self.ask(|state, now| state.rename(key, label, now)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        ask: impl FnOnce(&mut ClientState, Instant) -> RequestId,
    ) -> Result<T, Error> {
        let payload = self.ask_raw(ask).await?;
        serde_json::from_str(payload.get()).map_err(unreadable)
    }

    pub(crate) async fn ask_raw(
        &self,
        ask: impl FnOnce(&mut ClientState, Instant) -> RequestId,
    ) -> Result<Json, Error> {
        let (reply, answer) = oneshot::channel();
        self.handle
            .shared
            .want(|core, now| core.request(ask, reply, now));
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Subscribes to the list of all sessions, archived ones and sentinels included.
    pub fn sessions(&self) -> Sessions {
        self.sessions_with(&SessionsListParams::default())
    }

    /// Subscribes to a list of sessions by the params of `sessions.list`: which of them, in which order, and
    /// with a `limit` a window of the first ones, which [`Sessions::load_more`] grows. `offset`,
    /// `active_minutes` and what rows do not show (`project_id`, `has_board`, people …) make no sense in a list that is
    /// kept live, and are refused.
    ///
    /// ```no_run
    /// use sessionwire::protocol::sessions::{SessionsListParams, SortBy};
    ///
    /// # async fn example(client: sessionwire::Client) {
    /// let mut newest = client.sessions_with(&SessionsListParams {
    ///     agent_id: Some("main".to_owned()),
    ///     sort_by: Some(SortBy::CreatedAt),
    ///     limit: Some(50),
    ///     ..SessionsListParams::default()
    /// });
    /// while newest.next().await.is_some() {
    ///     println!("the newest {}", newest.list().len());
    /// }
    /// # }
    /// ```
    pub fn sessions_with(&self, params: &SessionsListParams) -> Sessions {
        let inbox = Arc::new(Inbox::new());
        let standing = self.stand_for_sessions(params, &inbox);
        let order = Order::by(params.sort_by.unwrap_or_default());
        Sessions::new(inbox, order, standing)
    }

    /// Subscribes to the messages of a session, which need not exist yet.
    pub fn messages(&self, key: &str) -> Messages {
        let (inbox, standing) = self.stand_for_messages(key);
        Messages::new(inbox, standing)
    }

    pub(crate) fn stand_for_sessions(
        &self,
        params: &SessionsListParams,
        inbox: &Arc<Inbox<ListUnread>>,
    ) -> Standing {
        Standing::new(self, |client| {
            client
                .handle
                .shared
                .want(|core, now| core.subscribe_sessions(params.clone(), Arc::clone(inbox), now))
        })
    }

    pub(crate) fn stand_for_messages(&self, key: &str) -> (Arc<Inbox<MessagesUnread>>, Standing) {
        let inbox = Arc::new(Inbox::new());
        let standing = Standing::new(self, |client| {
            client
                .handle
                .shared
                .want(|core, now| core.subscribe_messages(key, Arc::clone(&inbox), now))
        });
        (inbox, standing)
    }

    /// Closes the connection of all clones and waits until it is closed. Requests that are open end with
    /// [`Error::Closed`], and so do streams, after what is unread.
    pub async fn close(&self) {
        self.handle.shared.want(|core, _| core.state.close());
        self.handle.shared.ended().await;
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn unreadable(error: serde_json::Error) -> Error {
    Error::Unreadable(error.to_string())
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

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn load_more(&self, count: u64) {
        let subscription = self.subscription;
        let shared = &self.client.handle.shared;
        shared.want(|core, now| core.state.load_more(subscription, count, now));
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let subscription = self.subscription;
        let shared = &self.client.handle.shared;
        shared.want(|core, now| core.unsubscribe(subscription, now));
    }
}
