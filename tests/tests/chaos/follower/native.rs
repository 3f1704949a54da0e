use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use sessionwire::{Client, MessageEvent, Messages, SessionRow, Sessions, Status};
use sessionwire_tests::{Dice, GatewayProcess};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::memory::Memory;
use super::{Follows, Generation, ListReport, Report, Row, Told, View};

/// A client of the Rust SDK. Each of its subscriptions is read by a task of its own.
pub(crate) struct Native {
    lists: Vec<mpsc::Sender<Wish>>,
    messages: Vec<mpsc::Sender<oneshot::Sender<Vec<Told>>>>,
}

enum Wish {
    Ready(oneshot::Sender<()>),
    Grow(u64),
    Rest {
        expected: Vec<Row>,
        gone: Arc<BTreeSet<Generation>>,
        deadline: Instant,
        report: oneshot::Sender<ListReport>,
    },
}

impl Native {
    /// Starts one; with a pace it takes no events for seconds, again and again.
    pub(super) fn start(url: &str, follows: &Follows, mut pace: Option<Dice>) -> Self {
        let client =
            Client::connect(url, GatewayProcess::TOKEN).expect("the address is an address");
        let follow = |view: &View| {
            let (wishes, heard) = mpsc::channel(1);
            let following = Following {
                sessions: client.sessions_with(&view.params),
                status: client.status(),
                memory: Memory::new(view.lasting),
                connections: 0,
            };
            tokio::spawn(following.run(heard, pace.as_mut().map(Dice::fork)));
            wishes
        };
        let lists = follows.views.iter().map(follow).collect();
        let listen = |key: &&str| {
            let (wishes, heard) = mpsc::channel(1);
            tokio::spawn(listen(client.messages(key), heard));
            wishes
        };
        Self {
            lists,
            messages: follows.messages.iter().map(listen).collect(),
        }
    }

    /// As [`super::Follower::ready`].
    pub(super) async fn ready(&mut self) {
        for list in 0..self.lists.len() {
            let (ready, answer) = oneshot::channel();
            self.wish(list, Wish::Ready(ready)).await;
            answer.await.expect("it goes on");
        }
    }

    /// Shows so many more rows of a list.
    pub(super) async fn grow(&self, list: usize, growth: u64) {
        self.wish(list, Wish::Grow(growth)).await;
    }

    /// As [`super::Follower::rest`].
    pub(super) async fn rest(
        &mut self,
        expected: Vec<Vec<Row>>,
        gone: &Arc<BTreeSet<Generation>>,
        deadline: Instant,
    ) -> Report {
        let (mut lists, mut messages) = (Vec::new(), Vec::new());
        for (list, expected) in expected.into_iter().enumerate() {
            let (report, answer) = oneshot::channel();
            let rest = Wish::Rest {
                expected,
                gone: Arc::clone(gone),
                deadline,
                report,
            };
            self.wish(list, rest).await;
            lists.push(answer.await.expect("it goes on"));
        }
        for listening in &self.messages {
            let (report, answer) = oneshot::channel();
            assert!(listening.send(report).await.is_ok(), "it goes on");
            messages.push(answer.await.expect("it goes on"));
        }
        Report { lists, messages }
    }

    async fn wish(&self, list: usize, wish: Wish) {
        assert!(self.lists[list].send(wish).await.is_ok(), "it goes on");
    }
}

struct Following {
    sessions: Sessions,
    status: watch::Receiver<Status>,
    memory: Memory,
    connections: u64,
}

impl Following {
    async fn run(mut self, mut wishes: mpsc::Receiver<Wish>, mut pace: Option<Dice>) {
        let mut turn = Instant::now();
        let mut awake = true;
        loop {
            let wish = tokio::select! {
                wish = wishes.recv() => wish,
                () = self.step(), if awake => continue,
                () = sleep_until(turn), if pace.is_some() => {
                    awake = !awake;
                    turn += pace.as_mut().map_or(Duration::ZERO, |pace| nap(pace, awake));
                    continue;
                }
            };
            match wish {
                None => return,
                Some(Wish::Ready(ready)) => {
                    while !self.memory.has_snapshot() {
                        self.step().await;
                    }
                    let _gone = ready.send(());
                }
                Some(Wish::Grow(count)) => self.sessions.load_more(count),
                Some(Wish::Rest {
                    expected,
                    gone,
                    deadline,
                    report,
                }) => {
                    while !(self.holds(&expected) && self.memory.was_told_of(&gone)) {
                        tokio::select! {
                            () = self.step() => {}
                            () = sleep_until(deadline) => break,
                        }
                    }
                    let _gone = report.send(self.report());
                }
            }
        }
    }

    async fn step(&mut self) {
        tokio::select! {
            event = self.sessions.next() => {
                self.memory.note(event.expect("the subscription stands"));
            }
            changed = self.status.changed() => {
                changed.expect("the client is not closed");
                let connected = matches!(*self.status.borrow_and_update(), Status::Connected { .. });
                self.connections += u64::from(connected);
            }
        }
    }

    fn holds(&self, expected: &[Row]) -> bool {
        let list = self.sessions.list();
        let row = |(held, expected): (&Arc<SessionRow>, &Row)| super::row(held) == *expected;
        list.len() == expected.len() && iter::zip(list.iter(), expected).all(row)
    }

    fn report(&self) -> ListReport {
        let list = self.sessions.list().iter();
        let list = list.map(|row| super::row(row)).collect();
        self.memory.report(list, self.connections)
    }
}

/// Remembers the evictions that a subscription to messages tells, until it is asked for them.
async fn listen(mut messages: Messages, mut wishes: mpsc::Receiver<oneshot::Sender<Vec<Told>>>) {
    let mut told = Vec::new();
    let note = |event: Option<MessageEvent>, told: &mut Vec<Told>| match event {
        Some(MessageEvent::Evicted(evicted)) => told.push(Told::of(evicted)),
        Some(MessageEvent::Message(_) | MessageEvent::Chat(_) | MessageEvent::Missed) => {}
        Some(MessageEvent::Failed(error)) => panic!("the subscription failed: {error}"),
        None => panic!("the subscription stands"),
    };
    loop {
        tokio::select! {
            event = messages.next() => note(event, &mut told),
            report = wishes.recv() => {
                let Some(report) = report else { return };
                while let Some(event) = messages.next().now_or_never() {
                    note(event, &mut told);
                }
                let _gone = report.send(told.clone());
            }
        }
    }
}

/// For how long to take events, or none.
fn nap(pace: &mut Dice, awake: bool) -> Duration {
    let longest = if awake { 500 } else { 5_000 };
    Duration::from_millis(pace.below(longest))
}
