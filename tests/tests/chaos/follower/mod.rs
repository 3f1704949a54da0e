//! Clients that follow lists through the proxy and remember what they were told.

mod crowd;
mod foreign;
mod memory;
mod native;
mod view;

use std::collections::BTreeSet;
use std::fmt;
use std::iter;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, to_value};
use sessionwire::SessionRow;
use sessionwire::protocol::EvictionReason;
use sessionwire_tests::Dice;
use tokio::time::Instant;

use foreign::Foreign;
use native::Native;

pub(crate) use view::View;

/// A row of the list as JSON, so that clients in all languages compare.
pub(crate) type Row = Value;

/// The sessions whose messages some follow.
pub(crate) const HEARD: [&str; 3] = [
    "agent:main:heard",
    "agent:research:heard",
    "agent:writing:heard",
];

/// A row as JSON.
pub(crate) fn row(row: &SessionRow) -> Row {
    to_value(row).expect("a row is JSON")
}

/// A client with several subscriptions.
pub(crate) struct Follower {
    name: &'static str,
    follows: Follows,
    client: Client,
}

enum Client {
    Native(Native),
    Foreign(Box<Foreign>),
}

/// What a follower subscribes to.
#[derive(Clone, Debug, Default, Serialize)]
struct Follows {
    views: Vec<View>,
    /// The sessions whose messages it follows.
    messages: Vec<&'static str>,
}

/// A life of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Generation {
    pub(crate) key: String,
    pub(crate) lifecycle_revision: String,
}

/// An eviction as a client was told of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Told {
    #[serde(flatten)]
    pub(crate) generation: Generation,
    pub(crate) reason: EvictionReason,
    pub(crate) inferred: bool,
}

/// What a follower has to say in the end.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    /// Of each list, in the order of its views.
    pub(crate) lists: Vec<ListReport>,
    /// The evictions that each subscription to messages was told.
    pub(crate) messages: Vec<Vec<Told>>,
}

/// What is said of a list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListReport {
    /// The SDK's copy of the list.
    pub(crate) list: Vec<Row>,
    /// The follower's own copy, made of nothing but events, by key.
    pub(crate) copy: Vec<Row>,
    /// Every generation that it held and that did not leave the list.
    pub(crate) held: Vec<Generation>,
    /// Every eviction, in order.
    pub(crate) told: Vec<Told>,
    /// What the follower itself found wrong.
    #[serde(default)]
    pub(crate) faults: Vec<String>,
    /// How many snapshots it got.
    pub(crate) snapshots: u64,
    /// How often a gateway greeted it.
    pub(crate) connections: u64,
}

impl Generation {
    /// The generation that a row shows.
    pub(crate) fn of(row: &Row) -> Self {
        let text = |name: &str| row[name].as_str().expect("this gateway names generations");
        Self {
            key: text("key").to_owned(),
            lifecycle_revision: text("lifecycleRevision").to_owned(),
        }
    }
}

impl Follower {
    /// What to call it.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What its lists show by now.
    pub(crate) fn views(&self) -> &[View] {
        &self.follows.views
    }

    /// The sessions whose messages it follows.
    pub(crate) fn messages(&self) -> &[&'static str] {
        &self.follows.messages
    }

    /// Waits for the first snapshots.
    async fn ready(&mut self) {
        match &mut self.client {
            Client::Native(native) => native.ready().await,
            Client::Foreign(foreign) => foreign.ready().await,
        }
    }

    /// Makes some of those windows larger that may grow.
    pub(crate) async fn grow(&mut self, dice: &mut Dice) {
        for (list, view) in self.follows.views.iter_mut().enumerate() {
            let (Some(growth), Some(limit)) = (view.growth, &mut view.params.limit) else {
                continue;
            };
            if dice.one_in(2) {
                *limit += growth;
                match &mut self.client {
                    Client::Native(native) => native.grow(list, growth).await,
                    Client::Foreign(foreign) => foreign.grow(list, growth).await,
                }
            }
        }
    }

    /// Waits until its lists are what they have to be and it was told what it held of those that are `gone`, in vain at
    /// the deadline, and returns what it has to say.
    pub(crate) async fn rest(
        &mut self,
        store: &[Row],
        gone: &Arc<BTreeSet<Generation>>,
        deadline: Instant,
    ) -> Report {
        let expected = self.follows.views.iter().map(|view| view.of(store));
        let expected = expected.collect();
        match &mut self.client {
            Client::Native(native) => native.rest(expected, gone, deadline).await,
            Client::Foreign(foreign) => foreign.rest(&expected, gone, deadline).await,
        }
    }

    /// What it has to say, in figures.
    pub(crate) fn figures(&self, report: &Report) -> Vec<String> {
        let lists = iter::zip(self.views(), &report.lists);
        let lists = lists.map(|(view, list)| format!("{}, {}: {list}", self.name, view.name));
        let messages = iter::zip(self.messages(), &report.messages);
        let messages = messages
            .map(|(key, told)| format!("{}, {key}: {} evictions told", self.name, told.len()));
        lists.chain(messages).collect()
    }

    /// Closes the client.
    pub(crate) async fn end(self) {
        match self.client {
            Client::Native(native) => drop(native),
            Client::Foreign(foreign) => foreign.end().await,
        }
    }
}

impl fmt::Display for ListReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inferred = self.told.iter().filter(|told| told.inferred).count();
        write!(
            f,
            "{} rows; {} connections, {} snapshots; {} generations held, {} evictions told, {inferred} inferred",
            self.list.len(),
            self.connections,
            self.snapshots,
            self.held.len(),
            self.told.len()
        )
    }
}
