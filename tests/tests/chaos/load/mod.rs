//! Who changes sessions, and what came of it.

mod acknowledged;
mod choices;
mod task;

use std::time::Duration;

use sessionwire::protocol::sessions::{Archived, SessionsListParams};
use sessionwire::{Client, Status};
use sessionwire_tests::{Dice, GatewayProcess};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::follower::{self, Row};
use crate::truth::Truth;

use choices::Choices;
use task::Task;

pub(crate) use acknowledged::Acknowledged;
pub(crate) use choices::AGENTS;

/// How many times a second changes are made, all of a beat at the same time.
const BEATS: u64 = 10;
/// The session that is changed last. It is pinned, so that no policy evicts it.
const LAST: &str = "agent:main:last";

/// Who changes sessions, straight at the gateway.
pub(crate) struct Load {
    client: Client,
    choices: Choices,
    /// How many sessions the policy leaves.
    sessions: usize,
    acknowledged: Acknowledged,
    beats: watch::Sender<u64>,
}

impl Load {
    /// One with a connection of its own, that no proxy touches.
    pub(crate) fn new(url: &str, sessions: usize, dice: Dice) -> Self {
        let client =
            Client::connect(url, GatewayProcess::TOKEN).expect("the address is an address");
        Self {
            client,
            choices: Choices::new(sessions, dice),
            sessions,
            acknowledged: Acknowledged::default(),
            beats: watch::Sender::new(0),
        }
    }

    /// The connection.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Changes whenever changes are on their way.
    pub(crate) fn beats(&self) -> watch::Receiver<u64> {
        self.beats.subscribe()
    }

    /// Makes the sessions.
    pub(crate) async fn fill(&mut self, truth: &mut Truth) {
        let last = self.client.pin(LAST, true).await;
        last.expect("the last session is made");
        while self.choices.count() + 1 < self.sessions {
            let missing = self.sessions - 1 - self.choices.count();
            let beat = (0..missing.min(100))
                .map(|_| self.choices.creation())
                .collect();
            self.beat(beat, truth).await;
        }
        assert_eq!(self.acknowledged.unknown, 0, "nobody disturbs");
        self.acknowledged = Acknowledged::default();
    }

    /// Makes `rate` changes a second. What a gateway that is gone holds up is made up for when it is back.
    pub(crate) async fn run(&mut self, seconds: u64, rate: u64, truth: &mut Truth) {
        let began = Instant::now();
        for beat in 0..seconds * BEATS {
            sleep_until(began + Duration::from_secs(1) * beat as u32 / BEATS as u32).await;
            self.client.ready().await.expect("the gateway comes back");
            let (from, to) = (beat * rate / BEATS, (beat + 1) * rate / BEATS);
            let tasks = (from..to).map(|_| self.choices.any_task()).collect();
            self.beat(tasks, truth).await;
        }
    }

    /// Waits until the policy has nothing left to evict.
    pub(crate) async fn settle(&self) {
        let mut list = self.client.sessions();
        while list.list().is_empty() || list.list().len() > self.sessions {
            list.next().await.expect("the subscription stands");
        }
    }

    /// Waits until it has noticed that the gateway is gone.
    pub(crate) async fn disconnected(&self) {
        let mut status = self.client.status();
        let gone = |status: &Status| !matches!(status, Status::Connected { .. });
        status
            .wait_for(gone)
            .await
            .map(drop)
            .expect("the client is not closed");
    }

    /// Makes the very last change, of a gateway that was started again.
    pub(crate) async fn finish(&self) {
        self.client.reconnect();
        self.client.ready().await.expect("the gateway comes back");
        let last = self.client.rename(LAST, Some("The end")).await;
        last.expect("the last change is made");
    }

    /// The whole list.
    pub(crate) async fn list(&self) -> Vec<Row> {
        let params = SessionsListParams {
            archived: Some(Archived::All),
            include_derived_titles: Some(true),
            include_last_message: Some(true),
            limit: Some(1_000_000),
            ..SessionsListParams::default()
        };
        let list = self.client.list_sessions(&params).await;
        let rows = list.expect("it is listed").sessions;
        rows.iter().map(follower::row).collect()
    }

    /// What the gateway has said that it did.
    pub(crate) fn acknowledged(&self) -> &Acknowledged {
        &self.acknowledged
    }

    /// Makes changes at the same time, and waits for all answers. The truth is read before there can be more of it
    /// than the journal keeps.
    async fn beat(&mut self, tasks: Vec<(String, Task)>, truth: &mut Truth) {
        let mut changes = JoinSet::new();
        for (key, task) in tasks {
            changes.spawn(task.carry_out(self.client.clone(), key));
        }
        self.beats.send_modify(|beats| *beats += 1);
        while let Some(answer) = changes.join_next().await {
            let answer = answer.expect("a change does not panic");
            self.acknowledged.note(answer);
        }
        truth.read();
    }
}
