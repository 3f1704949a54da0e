//! The gateway that this one stands in front of: whether it is there, and what is asked of it.

mod clients;
mod device;
mod events;
mod features;
mod follow;
mod forward;
mod order;
mod scopes;
mod table;

use std::time::Duration;

use serde_json::{Map, Value};
use sessionwire::{AddressError, Client, Error, Status};
use sessionwire_protocol::gateway::UpstreamHealth;
use sessionwire_protocol::{ErrorBody, Millis};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::{broadcast, watch};

use crate::config::Config;
use clients::Clients;
use device::OwnDevice;
use follow::Followed;

pub use events::{Heard, Told};
pub use follow::Following;
pub use forward::is_answered_here;
pub use order::{Order, Renewal};

/// How long the upstream may take to answer. Some methods wait for an agent, and a dead connection is found sooner.
const PATIENCE: Duration = Duration::from_secs(300);

/// One program asks, not all that are connected to it, so it may ask often.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// The gateway that is mirrored.
pub struct Upstream {
    clients: Clients,
    standing: watch::Sender<Standing>,
    orders: mpsc::UnboundedSender<Order>,
    followed: Followed,
    heard: broadcast::Sender<Heard>,
    /// Its last greeting; nothing before the first one.
    said: watch::Sender<Map<String, Value>>,
}

/// Whether lists show what the upstream has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Since when they may not; `None` while they do.
    pub stale_since: Option<Millis>,
    /// What keeps the upstream away.
    pub problem: Option<String>,
}

impl Upstream {
    /// Begins to connect to the upstream that the command line names, if it does. The orders are for who mirrors it.
    pub fn connect(
        config: &Config,
        now: Millis,
    ) -> Result<Option<(Self, UnboundedReceiver<Order>)>, AddressError> {
        let Some(url) = &config.upstream else {
            return Ok(None);
        };
        let mut builder = Client::builder(url)
            .request_timeout(PATIENCE)
            .retry_within(LONGEST_WAIT)
            .device(OwnDevice::new(&config.storage.data));
        if let Some(token) = &config.upstream_token {
            builder = builder.token(token);
        }
        let clients = Clients::connect(builder)?;
        let (orders, waiting) = mpsc::unbounded_channel();
        let standing = watch::Sender::new(Standing {
            stale_since: Some(now),
            problem: None,
        });
        let upstream = Self {
            clients,
            standing,
            orders,
            followed: Followed::default(),
            heard: broadcast::Sender::new(events::ROOM),
            said: watch::Sender::default(),
        };
        Ok(Some((upstream, waiting)))
    }

    /// The connection that mirrors.
    pub fn client(&self) -> &Client {
        self.clients.own()
    }

    /// How things stand, and a way to wait for a change.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The same, as health reports tell it.
    pub fn health(&self) -> UpstreamHealth {
        let Standing {
            stale_since,
            problem,
        } = self.standing.borrow().clone();
        UpstreamHealth {
            live: stale_since.is_none(),
            stale_since,
            error: problem,
        }
    }

    /// Whether requests can be passed on.
    pub fn is_connected(&self) -> bool {
        matches!(*self.client().status().borrow(), Status::Connected { .. })
    }

    /// Lists show what it has.
    pub fn stands_live(&self) {
        let changed = self.standing.send_if_modified(|standing| {
            let live = Standing {
                stale_since: None,
                problem: None,
            };
            std::mem::replace(standing, live.clone()) != live
        });
        if changed {
            tracing::info!("lists show what the upstream gateway has");
        }
    }

    /// Lists may show what it had.
    pub fn stands_stale(&self, problem: Option<String>, now: Millis) {
        let changed = self.standing.send_if_modified(|standing| {
            let stale = Standing {
                stale_since: standing.stale_since.or(Some(now)),
                problem: problem.clone().or_else(|| standing.problem.clone()),
            };
            std::mem::replace(standing, stale.clone()) != stale
        });
        if let Some(problem) = problem.filter(|_| changed) {
            tracing::warn!("the upstream gateway is away, lists are stale: {problem}");
        }
    }
}

/// What keeps an upstream away, and what people can do about it.
pub fn problem(error: &Error) -> String {
    let Error::Refused(refusal) = error else {
        return error.to_string();
    };
    let hint = refusal.hint().map(|hint| format!("; {hint}"));
    let request = refusal.pair_request().map(|id| format!(" Request: {id}"));
    [Some(error.to_string()), hint, request]
        .into_iter()
        .flatten()
        .collect()
}

/// Waits for another standing of an upstream, if there is one.
pub async fn moved(standing: &mut Option<watch::Receiver<Standing>>) {
    let moved = match standing {
        Some(standing) => standing.changed().await.is_ok(),
        None => false,
    };
    if !moved {
        std::future::pending().await
    }
}

fn away(problem: Option<&str>) -> ErrorBody {
    let message = match problem {
        Some(problem) => format!("the upstream gateway is away: {problem}"),
        None => "the upstream gateway is away".to_owned(),
    };
    ErrorBody::unavailable(message).with_details(serde_json::json!({ "code": "UPSTREAM_AWAY" }))
}
