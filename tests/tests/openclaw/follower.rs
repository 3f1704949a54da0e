use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{json, to_string};
use sessionwire::protocol::sessions::SessionsListParams;
use sessionwire::{Client, SessionRow, Sessions};
use sessionwire_tests::{Conversation, Program};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use crate::gateway::OpenClaw;
use crate::relay::Relay;
use crate::told::Told;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A client that follows lists through a relay of its own, and remembers what it was told.
pub(crate) struct Follower {
    /// As the conformance report has it.
    pub(crate) name: &'static str,
    pub(crate) relay: Relay,
    /// The copies of its lists.
    pub(crate) copies: Vec<Vec<SessionRow>>,
    told: Vec<(usize, Told)>,
    /// How its renames ended: refused with these words, or not at all.
    renamed: Vec<Option<String>>,
    peer: Peer,
}

enum Peer {
    Native {
        client: Client,
        sender: UnboundedSender<News>,
        news: UnboundedReceiver<News>,
    },
    Program(Box<Conversation>),
}

/// What comes from a client; `tests/js/mirrored.mjs` writes the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum News {
    Told {
        list: usize,
        event: Told,
        rows: Vec<SessionRow>,
    },
    Renamed {
        refusal: Option<String>,
    },
}

impl Follower {
    /// Starts a client of the Rust SDK.
    pub(crate) async fn native(gateway: SocketAddr, lists: &[SessionsListParams]) -> Self {
        let relay = Relay::start(gateway).await;
        let client = Client::connect(&relay.url(), OpenClaw::TOKEN).expect("it is an address");
        let (sender, news) = mpsc::unbounded_channel();
        for (index, params) in lists.iter().enumerate() {
            let sessions = client.sessions_with(params);
            tokio::spawn(pass_on(index, sessions, sender.clone()));
        }
        let peer = Peer::Native {
            client,
            sender,
            news,
        };
        Self::with("Rust SDK", relay, lists.len(), peer).await
    }

    /// Starts a client of the npm package in Node.
    pub(crate) async fn node(gateway: SocketAddr, lists: &[SessionsListParams]) -> Self {
        Self::program("npm package in Node", "node", gateway, lists).await
    }

    /// Starts a client of the npm package in a page of Chromium.
    pub(crate) async fn chromium(gateway: SocketAddr, lists: &[SessionsListParams]) -> Self {
        Self::program("npm package in Chromium", "chromium", gateway, lists).await
    }

    async fn program(
        name: &'static str,
        place: &str,
        gateway: SocketAddr,
        lists: &[SessionsListParams],
    ) -> Self {
        let relay = Relay::start(gateway).await;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
        let program = Program::new("node", ["mirror.mjs", place])
            .folder(&folder)
            .env("SESSIONWIRE_URL", relay.url())
            .env("SESSIONWIRE_TOKEN", OpenClaw::TOKEN)
            .env("SESSIONWIRE_LISTS", to_string(lists).expect("JSON"));
        let peer = Peer::Program(Box::new(program.talk()));
        Self::with(name, relay, lists.len(), peer).await
    }

    async fn with(name: &'static str, relay: Relay, lists: usize, peer: Peer) -> Self {
        let mut follower = Self {
            name,
            relay,
            copies: vec![Vec::new(); lists],
            told: Vec::new(),
            renamed: Vec::new(),
            peer,
        };
        for list in 0..lists {
            follower
                .until(0, list, |told| *told == Told::Snapshot)
                .await;
        }
        follower
    }

    /// A place in what is told, to look at what comes after it.
    pub(crate) fn mark(&self) -> usize {
        self.told.len()
    }

    /// What a list was told since.
    pub(crate) fn since(&self, mark: usize, list: usize) -> impl Iterator<Item = &Told> {
        let told = self.told[mark..].iter();
        told.filter_map(move |(of, told)| (*of == list).then_some(told))
    }

    /// The labels that a session showed since it first showed one that was not confirmed, one after the other.
    pub(crate) fn labels(&self, mark: usize, of: &str) -> Vec<&str> {
        let told = self.since(mark, 0).skip_while(|told| !told.is_pending());
        let mut labels: Vec<_> = told.filter_map(|told| told.label(of)).collect();
        labels.dedup();
        labels
    }

    /// Waits until a list is told such a thing.
    pub(crate) async fn until(&mut self, mark: usize, list: usize, is_it: impl Fn(&Told) -> bool) {
        while !self.since(mark, list).any(&is_it) {
            self.step(mark, || format!("list {list} is not told")).await;
        }
    }

    /// Waits until the first list shows a session so.
    pub(crate) async fn until_row(&mut self, key: &str, is_it: impl Fn(&SessionRow) -> bool) {
        let mark = self.mark();
        let shows =
            |rows: &[SessionRow]| rows.iter().any(|row| row.key.as_str() == key && is_it(row));
        while !shows(&self.copies[0]) {
            self.step(mark, || format!("{key} is not shown so")).await;
        }
    }

    /// Renames, and waits for the answer; the words of the refusal, if it is one.
    pub(crate) async fn rename(&mut self, key: &str, label: &str) -> Option<String> {
        let (mark, before) = (self.mark(), self.renamed.len());
        match &mut self.peer {
            Peer::Native { client, sender, .. } => {
                let (client, sender) = (client.clone(), sender.clone());
                let (key, label) = (key.to_owned(), label.to_owned());
                tokio::spawn(async move {
                    let refused = client.rename(&key, Some(&label)).await.err();
                    let refusal = refused.map(|error| error.to_string());
                    let _closed = sender.send(News::Renamed { refusal });
                });
            }
            Peer::Program(program) => {
                let wish = json!({"key": key, "label": label});
                program.say(&wish.to_string()).await;
            }
        }
        while self.renamed.len() == before {
            self.step(mark, || format!("no answer to {label}")).await;
        }
        self.renamed.pop().flatten()
    }

    /// Takes what comes next, because something is missing.
    pub(crate) async fn step(&mut self, mark: usize, missing: impl FnOnce() -> String) {
        let news = match &mut self.peer {
            Peer::Native { news, .. } => timeout(PATIENCE, news.recv()).await.ok().flatten(),
            Peer::Program(program) => {
                let line = timeout(PATIENCE, program.hear(2 * PATIENCE)).await.ok();
                line.map(|line| serde_json::from_str(&line).expect("it says what is agreed"))
            }
        };
        let Some(news) = news else {
            let (missing, told, seen) = (missing(), &self.told[mark..], self.relay.seen());
            panic!(
                "{}: {missing}, and nothing more after {told:?}; {seen:?}",
                self.name
            );
        };
        match news {
            News::Told { list, event, rows } => {
                self.copies[list] = rows;
                self.told.push((list, event));
            }
            News::Renamed { refusal } => self.renamed.push(refusal),
        }
    }

    /// Closes the client.
    pub(crate) async fn end(self) {
        match self.peer {
            Peer::Native { client, .. } => client.close().await,
            Peer::Program(program) => program.end(PATIENCE).await,
        }
    }
}

async fn pass_on(list: usize, mut sessions: Sessions, sender: UnboundedSender<News>) {
    while let Some(event) = sessions.next().await {
        let rows = sessions.list().iter().map(Arc::as_ref).cloned().collect();
        let event = Told::from(event);
        if sender.send(News::Told { list, event, rows }).is_err() {
            return;
        }
    }
}
