//! Everybody who is told of changes: a client of the SDK, one with cursors, and one that knows protocol 4 only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sessionwire::{SessionEvent, SessionRow, Sessions};
use sessionwire_protocol::EvictionReason;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::change::Change;
use crate::machine::Machine;
use crate::support::{CURSORS, Client, TOKEN};

const LIMIT: Duration = Duration::from_secs(20);

type Copy = BTreeMap<String, SessionRow>;

pub(crate) struct Watchers {
    sdk: Sdk,
    cursors: WithCursors,
    plain: Client,
}

impl Watchers {
    /// Subscribes them to the list, and to the messages of one session.
    pub(crate) async fn of(machine: &Machine) -> Self {
        let mut plain = machine.client(&[]).await;
        asked(&mut plain, "sessions.subscribe", json!({})).await;
        follow(&mut plain).await;
        Self {
            sdk: Sdk::of(machine),
            cursors: WithCursors::subscribe(machine, Value::Null).await,
            plain,
        }
    }

    /// Fails unless a change that was just acknowledged was told on both sockets, with nothing missing before it.
    pub(crate) async fn expect_told(&mut self, change: &Change) {
        assert!(!told(&mut self.plain).await.is_empty(), "{change:?}");
        assert!(!self.cursors.follow_up().await.is_empty(), "{change:?}");
    }

    /// Fails if anything was told since what was expected last.
    pub(crate) async fn expect_silence(&mut self) {
        assert_eq!(told(&mut self.plain).await, Vec::<Value>::new());
        assert_eq!(told(&mut self.cursors.client).await, Vec::<Value>::new());
    }

    /// Waits until the SDK's copy is this list.
    pub(crate) async fn expect_copy(&mut self, list: &Copy) {
        let arrived = timeout(LIMIT, self.sdk.copy.wait_for(|copy| copy == list))
            .await
            .is_ok();
        if !arrived {
            panic!("the copy stays {:#?}", *self.sdk.copy.borrow());
        }
    }

    /// The offset of the newest entry that was told.
    pub(crate) fn offset(&self) -> u64 {
        self.cursors.offset
    }

    /// Resumes the subscription with cursors on a gateway that was started again, and gives what was missed.
    pub(crate) async fn resume(&mut self, machine: &Machine) -> Vec<Value> {
        let since = json!({"epoch": self.cursors.epoch, "offset": self.cursors.offset});
        self.cursors = WithCursors::subscribe(machine, since).await;
        self.cursors.follow_up().await
    }

    /// The evictions that the SDK told, and everything it told as text.
    pub(crate) fn history(&self) -> (Vec<(String, EvictionReason)>, String) {
        let events = self.sdk.events.lock().expect("the other side is sound");
        let evictions = events.iter().filter_map(|event| match event {
            SessionEvent::Evicted(gone) => Some((gone.key.to_string(), gone.reason)),
            SessionEvent::Snapshot { .. }
            | SessionEvent::Changed { .. }
            | SessionEvent::Left { .. }
            | SessionEvent::Failed(_) => None,
        });
        (evictions.collect(), format!("{events:?}"))
    }
}

/// A subscription of the SDK, with all that it ever told.
struct Sdk {
    events: Arc<Mutex<Vec<SessionEvent>>>,
    copy: watch::Receiver<Copy>,
    _client: sessionwire::Client,
}

impl Sdk {
    fn of(machine: &Machine) -> Self {
        let client = sessionwire::Client::connect(&machine.url(), TOKEN);
        let client = client.expect("the address is right");
        let events = Arc::default();
        let (copies, copy) = watch::channel(Copy::new());
        tokio::spawn(keep(client.sessions(), Arc::clone(&events), copies));
        Self {
            events,
            copy,
            _client: client,
        }
    }
}

async fn keep(
    mut sessions: Sessions,
    events: Arc<Mutex<Vec<SessionEvent>>>,
    copies: watch::Sender<Copy>,
) {
    while let Some(event) = sessions.next().await {
        events.lock().expect("the other side is sound").push(event);
        let rows = sessions.list().iter();
        copies.send_replace(
            rows.map(|row| (row.key.to_string(), row.as_ref().clone()))
                .collect(),
        );
    }
}

/// A subscription with cursors, with the place up to which everything was told.
struct WithCursors {
    client: Client,
    epoch: Value,
    offset: u64,
}

impl WithCursors {
    async fn subscribe(machine: &Machine, since: Value) -> Self {
        let mut client = machine.client(CURSORS).await;
        follow(&mut client).await;
        let mut params = json!({"subscription": "s"});
        if !since.is_null() {
            params["since"] = since.clone();
        }
        let answer = asked(&mut client, "sessions.subscribe", params).await;
        let cursor = match since.is_null() {
            true => &answer["cursor"],
            false => &since,
        };
        assert_eq!(answer["resumed"], !since.is_null(), "{answer}");
        assert_eq!(answer["cursor"]["epoch"], cursor["epoch"]);
        Self {
            client,
            epoch: cursor["epoch"].clone(),
            offset: cursor["offset"].as_u64().expect("it is an offset"),
        }
    }

    /// What was told since the last time; each event follows on the one before.
    async fn follow_up(&mut self) -> Vec<Value> {
        let events = told(&mut self.client).await;
        for event in events.iter().filter(|event| event["subscription"] == "s") {
            assert_eq!(event["prev"], self.offset, "no entry is missing");
            self.offset = event["cursor"].as_u64().unwrap_or(self.offset + 1);
        }
        events
    }
}

async fn follow(client: &mut Client) {
    asked(
        client,
        "sessions.messages.subscribe",
        json!({"key": "kept"}),
    )
    .await;
}

async fn asked(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params).await;
    answer.unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// What was told of sessions up to now.
async fn told(client: &mut Client) -> Vec<Value> {
    let of_sessions = |event: &Value| {
        let name = event["event"].as_str().expect("events have names");
        !matches!(name, "tick" | "health" | "presence")
    };
    let mut events = client.events_so_far().await;
    events.retain(of_sessions);
    events
}
