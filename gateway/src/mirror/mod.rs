//! In front of another gateway: the task that follows it.
//!
//! It is a subscriber of the upstream that commits what it is told, so whoever subscribes here gets what every gateway
//! of this kind gives, the upstream's own restarts included. Nothing else changes a session here.

mod changes;
mod hearing;
mod orders;
mod renewals;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sessionwire::raw::{Frames, RowEvent, Rows};
use sessionwire::{Client, Status};
use sessionwire_protocol::connect::SESSION_CURSOR;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::gateway::Gateway;
use crate::upstream::{self, Order, Upstream};
use orders::Done;
use renewals::Renewals;

/// How long to wait before something is tried again that failed for good.
const PAUSE: Duration = Duration::from_secs(15);
/// How long to wait before a commit that failed is made up for.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// Commits what an upstream tells.
pub struct Mirror {
    client: Client,
    rows: Rows,
    frames: Frames,
    /// The upstream has greeted before.
    greeted: bool,
    orders: mpsc::UnboundedReceiver<Order>,
    working: FuturesUnordered<BoxFuture<'static, Done>>,
    renewals: Renewals,
    /// The whole list was told since this gateway began.
    listed: bool,
    reconnect_at: Option<Instant>,
    subscribe_at: Option<Instant>,
}

impl Mirror {
    /// The mirror of an upstream, which carries out these orders.
    pub fn new(upstream: &Upstream, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        let client = upstream.client().clone();
        Self {
            rows: client.rows(),
            frames: client.frames(),
            greeted: false,
            client,
            orders,
            working: FuturesUnordered::new(),
            renewals: Renewals::default(),
            listed: false,
            reconnect_at: None,
            subscribe_at: None,
        }
    }

    /// Follows the upstream until the gateway stops.
    pub async fn run(mut self, gateway: Arc<Gateway>) {
        let Some(upstream) = gateway.upstream.as_ref() else {
            return;
        };
        let (mut status, mut listed) = (self.client.status(), self.client.listed());
        let mut stopping = gateway.stopping.subscribe();
        self.heed(&status.borrow_and_update().clone(), upstream, &gateway);
        loop {
            tokio::select! {
                event = self.rows.next(), if self.subscribe_at.is_none() => match event {
                    Some(event) => self.told(Some(event), &gateway).await,
                    None => self.untold(&gateway),
                },
                Some(frame) = self.frames.next() => self.hear(frame, upstream, &gateway).await,
                Some(order) = self.orders.recv() => self.begin(order),
                Some(done) = self.working.next() => self.finish(done, &gateway).await,
                () = changed(&mut listed) => {
                    listed.mark_unchanged();
                    self.told(None, &gateway).await;
                    self.is_whole(upstream);
                }
                () = changed(&mut status) => {
                    let status = status.borrow_and_update().clone();
                    if is_itself(&status, &gateway) {
                        let problem = "it is this gateway itself".to_owned();
                        upstream.stands_stale(Some(problem), gateway.clock.now());
                        break;
                    }
                    self.heed(&status, upstream, &gateway);
                }
                () = until(self.reconnect_at) => {
                    self.reconnect_at = None;
                    self.client.reconnect();
                }
                () = until(self.subscribe_at) => {
                    self.subscribe_at = None;
                    self.rows = self.client.rows();
                }
                () = told_to_stop(&mut stopping) => break,
            }
        }
        self.client.close().await;
    }

    /// The connection is in another state.
    fn heed(&mut self, status: &Status, upstream: &Upstream, gateway: &Gateway) {
        match status {
            Status::Connecting { .. } => {}
            // One without places is listed again first.
            Status::Connected { .. } => {
                if self.listed && names_places(status) {
                    self.is_whole(upstream);
                }
            }
            Status::Disconnected { retry_in, error } => {
                let problem = error.as_ref().map(upstream::problem);
                upstream.stands_stale(problem, gateway.clock.now());
                if retry_in.is_none() && error.is_some() {
                    self.reconnect_at = Some(Instant::now() + PAUSE);
                }
            }
        }
    }

    /// Takes in an event, and whatever has come with it.
    async fn told(&mut self, first: Option<RowEvent>, gateway: &Gateway) {
        let mut events = Vec::from_iter(first);
        events.extend(self.rows.unread());
        self.renewals.leave_out_known(&mut events);
        self.commit(events, gateway).await;
    }

    /// The stream of rows is over.
    fn untold(&mut self, gateway: &Gateway) {
        self.stop_listening(PAUSE, "its list is not told any longer", gateway);
    }

    async fn commit(&mut self, events: Vec<RowEvent>, gateway: &Gateway) {
        self.renewals.note(&events);
        let is_whole = |event: &RowEvent| matches!(event, RowEvent::Snapshot { .. });
        let whole = events.iter().any(is_whole);
        if let Some(RowEvent::Failed(error)) = events.last() {
            tracing::warn!(%error, "the upstream gateway does not tell its list");
            self.stop_listening(PAUSE, &error.to_string(), gateway);
        }
        let committing = gateway.sessions.commit(move |transaction| {
            changes::mirror(events, transaction);
            Ok(())
        });
        if let Err(error) = committing.await {
            // The list, asked for anew, shows what could not be stored.
            self.stop_listening(SHORT_PAUSE, &error.message, gateway);
        } else if let (true, Some(upstream)) = (whole, &gateway.upstream) {
            self.listed = true;
            self.is_whole(upstream);
        }
    }

    /// Lists show what the upstream has. It does not tell of its groups but by what makes it needed to list again.
    fn is_whole(&mut self, upstream: &Upstream) {
        self.ask_for_groups(None);
        if upstream.is_connected() && self.listed && self.subscribe_at.is_none() {
            upstream.stands_live();
        }
    }

    fn stop_listening(&mut self, pause: Duration, problem: &str, gateway: &Gateway) {
        self.subscribe_at = Some(Instant::now() + pause);
        if let Some(upstream) = &gateway.upstream {
            upstream.stands_stale(Some(problem.to_owned()), gateway.clock.now());
        }
    }
}

/// Whether the gateway is connected to itself; what it passed on would come back for ever.
fn is_itself(status: &Status, gateway: &Gateway) -> bool {
    let Status::Connected { server, .. } = status else {
        return false;
    };
    server.boot_id.as_deref() == Some(gateway.boot_id())
}

/// Whether a gateway names places in its journal, and so needs not be listed again after a reconnect.
fn names_places(status: &Status) -> bool {
    match status {
        Status::Connected { capabilities, .. } => {
            capabilities.iter().any(|name| name == SESSION_CURSOR)
        }
        Status::Connecting { .. } | Status::Disconnected { .. } => false,
    }
}

async fn changed<T>(watched: &mut watch::Receiver<T>) {
    if watched.changed().await.is_err() {
        std::future::pending().await
    }
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // Without a sender there is no gateway any longer.
    let _gone = stopping.wait_for(|stopping| *stopping).await;
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
