//! In front of another gateway: the task that follows it.
//!
//! It is a subscriber of the upstream that commits what it is told, so whoever subscribes here gets what every gateway
//! of this kind gives, the upstream's own restarts included. Nothing else changes a session here.

mod changes;
mod follow;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future::BoxFuture};
use sessionwire::raw::{Row, RowEvent, Rows};
use sessionwire::{Client, Evicted, Status};
use sessionwire_protocol::connect::SESSION_CURSOR;
use sessionwire_protocol::gateway::Empty;
use sessionwire_protocol::sessions::{Groups as ListedGroups, GroupsList};
use sessionwire_protocol::{ChangeReason, Millis, SessionKey};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::gateway::Gateway;
use crate::upstream::{Order, Renewal, Upstream};

pub use follow::follow;

/// How long to wait before something is tried again that failed for good.
const PAUSE: Duration = Duration::from_secs(15);
/// How long to wait before a commit that failed is made up for.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// Commits what an upstream tells.
pub struct Mirror {
    client: Client,
    rows: Rows,
    orders: mpsc::UnboundedReceiver<Order>,
    working: FuturesUnordered<BoxFuture<'static, Done>>,
    /// When a session was last renewed through this gateway, by the upstream's clock. Its own word of that may still
    /// be on its way.
    renewed: HashMap<SessionKey, Millis>,
    /// The whole list was told since this gateway began.
    listed: bool,
    reconnect_at: Option<Instant>,
    subscribe_at: Option<Instant>,
}

enum Done {
    Refreshed(Order),
    Groups(Option<ListedGroups>, Option<oneshot::Sender<()>>),
}

impl Mirror {
    /// The mirror of an upstream, which carries out these orders.
    pub fn new(upstream: &Upstream, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        let client = upstream.client().clone();
        Self {
            rows: client.rows(),
            client,
            orders,
            working: FuturesUnordered::new(),
            renewed: HashMap::new(),
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
                Some(order) = self.orders.recv() => self.begin(order),
                Some(done) = self.working.next() => self.finish(done, &gateway).await,
                () = changed(&mut listed) => {
                    listed.mark_unchanged();
                    self.told(None, &gateway).await;
                    self.is_whole(upstream);
                }
                () = changed(&mut status) => {
                    let status = status.borrow_and_update().clone();
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
                let problem = error.as_ref().map(ToString::to_string);
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
        self.take_told(&mut events);
        self.commit(events, gateway).await;
    }

    /// The stream of rows is over.
    fn untold(&mut self, gateway: &Gateway) {
        self.stop_listening(PAUSE, "its list is not told any longer", gateway);
    }

    /// All events that have come.
    fn take_told(&mut self, events: &mut Vec<RowEvent>) {
        while let Some(Some(event)) = self.rows.next().now_or_never() {
            events.push(event);
        }
    }

    async fn commit(&mut self, mut events: Vec<RowEvent>, gateway: &Gateway) {
        self.drop_known_renewals(&mut events);
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

    /// The upstream tells of a reset that this gateway carried to it after it has answered, when it is told here.
    fn drop_known_renewals(&self, events: &mut Vec<RowEvent>) {
        let is_known = |(index, event): (usize, &RowEvent)| {
            let RowEvent::Evicted(evicted) = event else {
                return false;
            };
            let at = self.renewed.get(&evicted.key);
            let next = events[index..]
                .iter()
                .find_map(|event| row_of(event, &evicted.key));
            evicted.lives_on()
                && at.is_some_and(|at| next.is_none_or(|row| row.head.updated_at <= Some(*at)))
        };
        let known: Vec<_> = events.iter().enumerate().map(is_known).collect();
        let mut known = known.into_iter();
        events.retain(|_| known.next() == Some(false));
    }

    /// Asks the upstream how things stand after a change.
    fn begin(&mut self, order: Order) {
        let client = self.client.clone();
        self.working.push(
            async move {
                let asking = order.keys.iter().map(|key| client.refresh(key));
                // Where that fails the connection is lost, and the list is asked for again.
                let _lost = join_all(asking).await;
                Done::Refreshed(order)
            }
            .boxed(),
        );
    }

    async fn finish(&mut self, done: Done, gateway: &Gateway) {
        match done {
            Done::Refreshed(order) => {
                let mut events = Vec::new();
                events.extend(
                    order
                        .renewal
                        .and_then(|renewal| self.renew(renewal, gateway)),
                );
                self.take_told(&mut events);
                give_reason(&mut events, &order.keys, order.reason.as_ref());
                if !events.is_empty() {
                    self.commit(events, gateway).await;
                }
                match order.groups {
                    true => self.ask_for_groups(order.done),
                    false => tell(order.done),
                }
            }
            Done::Groups(listed, done) => {
                if let Some(listed) = listed {
                    set_groups(listed, gateway).await;
                }
                tell(done);
            }
        }
    }

    /// The eviction that a reset through this gateway was, unless it is told already.
    fn renew(&mut self, renewal: Renewal, gateway: &Gateway) -> Option<RowEvent> {
        let Renewal { key, reason, at } = renewal;
        let state = gateway.sessions.read();
        let held = state.get(&key)?;
        if held.entry.updated_at >= at {
            return None;
        }
        let agent_id = key.agent_id().map(str::to_owned);
        self.renewed.retain(|key, _| state.get(key).is_some());
        self.renewed.insert(key.clone(), at);
        Some(RowEvent::Evicted(Evicted {
            key,
            agent_id,
            session_id: Some(held.entry.session_id.clone()),
            lifecycle_revision: Some(held.entry.lifecycle_revision.clone()),
            next_lifecycle_revision: None,
            reason,
            inferred: false,
            ts: None,
        }))
    }

    fn ask_for_groups(&mut self, done: Option<oneshot::Sender<()>>) {
        let client = self.client.clone();
        self.working.push(
            async move {
                let listed = client.call::<GroupsList>(&Empty {}).await;
                Done::Groups(listed.ok(), done)
            }
            .boxed(),
        );
    }
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

fn row_of<'a>(event: &'a RowEvent, key: &SessionKey) -> Option<&'a Row> {
    match event {
        RowEvent::Changed { row, .. } if row.head.key == *key => Some(row),
        RowEvent::Changed { .. }
        | RowEvent::Snapshot { .. }
        | RowEvent::Left { .. }
        | RowEvent::Evicted(_)
        | RowEvent::Failed(_) => None,
    }
}

/// Rows of which nothing said why they changed did so for the reason that a caller gave.
fn give_reason(events: &mut [RowEvent], keys: &[SessionKey], why: Option<&ChangeReason>) {
    for event in events {
        if let RowEvent::Changed { row, reason, .. } = event
            && reason.is_none()
            && keys.contains(&row.head.key)
        {
            *reason = why.cloned();
        }
    }
}

async fn set_groups(listed: ListedGroups, gateway: &Gateway) {
    let committing = gateway.sessions.commit(move |transaction| {
        let names: Vec<_> = listed.groups.into_iter().map(|group| group.name).collect();
        let groups = transaction.groups();
        let next = groups.arranged(&names, Some(&listed.section_order));
        if next != *groups {
            transaction.set_groups(next);
        }
        Ok(())
    });
    // The next list brings them again.
    let _failed = committing.await;
}

fn tell(done: Option<oneshot::Sender<()>>) {
    if let Some(done) = done {
        // Whoever waits may be gone.
        let _gone = done.send(());
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
