use sessionwire::protocol::EvictionReason;
use sessionwire::protocol::sessions::{
    Archived, SessionsCreateParams, SessionsListParams, SessionsPatchParams, SortBy,
};
use sessionwire::protocol::{Patch, SessionKey};
use sessionwire::{Client, SessionRow};
use sessionwire_tests::TestGateway;

use crate::conformance::contract;
use crate::conformance::report::{OURS_THERE, Report};
use crate::conformance::tap::{Recorded, Tap};
use crate::follower::Follower;
use crate::gateway::OpenClaw;
use crate::health::until_live;
use crate::relay::{Relay, Seen};
use crate::told::Told;

/// OpenClaw's gateway, one follower of each kind, and a client that changes sessions behind their backs.
pub(crate) struct World {
    pub(crate) gateway: OpenClaw,
    pub(crate) actor: Client,
    pub(crate) followers: Vec<Follower>,
    /// Hears what the client sends that changes sessions.
    tap: Tap,
    front: Option<Front>,
    lists: Vec<SessionsListParams>,
}

/// A gateway of ours that stands in front, and what carries its frames to OpenClaw's.
struct Front {
    own: TestGateway,
    relay: Relay,
}

/// An eviction as it was told: of which session, why, and whether it was inferred.
pub(crate) type Eviction = (SessionKey, EvictionReason, bool);

impl World {
    /// The followers show every session in their first list, and these lists after that.
    pub(crate) async fn new(further: impl IntoIterator<Item = SessionsListParams>) -> Self {
        let everything = SessionsListParams::default();
        let lists: Vec<_> = [everything].into_iter().chain(further).collect();
        let gateway = OpenClaw::start().await;
        let followers = vec![
            Follower::native(gateway.address(), &lists).await,
            Follower::node(gateway.address(), &lists).await,
            Follower::chromium(gateway.address(), &lists).await,
        ];
        let tap = Tap::start(gateway.address()).await;
        Self {
            actor: actor(&tap),
            gateway,
            tap,
            front: None,
            followers,
            lists,
        }
    }

    /// The same with a gateway of ours in front of OpenClaw's, to which the followers connect.
    pub(crate) async fn in_front(further: impl IntoIterator<Item = SessionsListParams>) -> Self {
        let everything = SessionsListParams::default();
        let lists: Vec<_> = [everything].into_iter().chain(further).collect();
        let gateway = OpenClaw::start().await;
        let relay = Relay::start(gateway.address()).await;
        let args = [
            "--upstream",
            &relay.url(),
            "--upstream-token",
            OpenClaw::TOKEN,
        ];
        let own = TestGateway::start_with(&args).await;
        let followers = vec![
            Follower::native(own.address(), &lists).await,
            Follower::node(own.address(), &lists).await,
        ];
        let tap = Tap::start(gateway.address()).await;
        Self {
            actor: actor(&tap),
            gateway,
            tap,
            front: Some(Front { own, relay }),
            followers,
            lists,
        }
    }

    /// A client of the gateway in front.
    pub(crate) async fn through(&self) -> Client {
        until_live(&self.front().own).await;
        Client::connect(&self.front_url(), TestGateway::TOKEN).expect("it is an address")
    }

    pub(crate) fn front_url(&self) -> String {
        self.front().own.url()
    }

    /// What was carried between the two gateways.
    pub(crate) fn upstream_seen(&self) -> Seen {
        self.front().relay.seen()
    }

    /// Cuts OpenClaw's gateway off from the one in front.
    pub(crate) fn cut_upstream(&self) {
        self.front().relay.cut();
    }

    /// Lets them connect again.
    pub(crate) fn mend_upstream(&self) {
        self.front().relay.mend();
    }

    fn front(&self) -> &Front {
        self.front.as_ref().expect("there is one in front")
    }

    /// Another connection for the changes, as after a restart.
    pub(crate) fn replace_actor(&mut self) {
        self.actor = actor(&self.tap);
    }

    /// Cuts the followers off.
    pub(crate) fn cut(&self) {
        for follower in &self.followers {
            follower.relay.cut();
        }
    }

    /// Lets them connect again.
    pub(crate) fn mend(&self) {
        for follower in &self.followers {
            follower.relay.mend();
        }
    }

    /// Lets the followers read nothing of what the gateway tells them.
    pub(crate) fn stall(&self) {
        for follower in &self.followers {
            follower.relay.stall();
        }
    }

    /// Lets them read it.
    pub(crate) fn go_on(&self) {
        for follower in &self.followers {
            follower.relay.go_on();
        }
    }

    pub(crate) async fn create(&self, key: &str, label: &str) {
        let params = SessionsCreateParams {
            key: Some(key.to_owned()),
            label: Some(label.to_owned()),
            ..SessionsCreateParams::default()
        };
        let created = self.actor.create_session(&params).await;
        created.unwrap_or_else(|error| panic!("{key}: {error}"));
    }

    pub(crate) async fn patch(&self, key: &str, change: impl FnOnce(&mut SessionsPatchParams)) {
        let mut params = SessionsPatchParams {
            key: key.to_owned(),
            ..SessionsPatchParams::default()
        };
        change(&mut params);
        let patched = self.actor.patch_session(&params).await;
        patched.unwrap_or_else(|error| panic!("{key}: {error}"));
    }

    pub(crate) async fn label(&self, key: &str, label: &str) {
        self.patch(key, |params| {
            params.patch.label = Patch::Set(label.to_owned());
        })
        .await;
    }

    pub(crate) async fn delete(&self, key: &str) {
        assert_eq!(self.actor.delete_session(key).await, Ok(true), "{key}");
    }

    /// The row of a session, as the gateway describes it.
    pub(crate) async fn row(&self, key: &str) -> SessionRow {
        let described = self.actor.describe_session(key).await;
        described.expect("it answers").expect("there is one")
    }

    pub(crate) fn marks(&self) -> Vec<usize> {
        self.followers.iter().map(Follower::mark).collect()
    }

    /// Waits until each follower was told such a thing of every session.
    pub(crate) async fn until(&mut self, marks: &[usize], is_it: impl Fn(&Told) -> bool) {
        for (follower, mark) in self.followers.iter_mut().zip(marks) {
            follower.until(*mark, 0, &is_it).await;
        }
    }

    /// Waits until each list of every session shows a session so, whatever brought it to light: what several
    /// events tell alike is told once.
    pub(crate) async fn until_row(&mut self, key: &str, is_it: impl Fn(&SessionRow) -> bool) {
        for follower in &mut self.followers {
            follower.until_row(key, &is_it).await;
        }
    }

    /// Waits until each copy is what the gateway lists.
    pub(crate) async fn settle(&mut self) {
        for follower in &mut self.followers {
            let mark = follower.mark();
            for (list, params) in self.lists.iter().enumerate() {
                loop {
                    let listed = listed(&self.actor, params).await;
                    let copy = &follower.copies[list];
                    if as_told(copy) == as_told(&listed) {
                        break;
                    }
                    let missing = format!("list {list} is {copy:?}, not {listed:?}");
                    follower.step(mark, || missing).await;
                }
            }
        }
    }

    /// The evictions that each follower was told since, in the list of every session.
    pub(crate) fn evictions(&self, marks: &[usize]) -> Vec<Vec<Eviction>> {
        let followers = self.followers.iter().zip(marks);
        let evictions = followers.map(|(follower, mark)| {
            let evictions = follower.since(*mark, 0).filter_map(|told| match told {
                Told::Evicted {
                    key,
                    reason,
                    inferred,
                } => Some((key.clone(), *reason, *inferred)),
                Told::Snapshot | Told::Changed { .. } | Told::Left { .. } | Told::Failed { .. } => {
                    None
                }
            });
            evictions.collect()
        });
        evictions.collect()
    }

    /// Each follower was told just these evictions since, in the list of every session.
    pub(crate) fn assert_evicted(&self, marks: &[usize], evicted: &[(&str, EvictionReason, bool)]) {
        for (follower, told) in self.followers.iter().zip(self.evictions(marks)) {
            let told: Vec<_> = told
                .iter()
                .map(|(key, reason, inferred)| (key.as_str(), *reason, *inferred))
                .collect();
            assert_eq!(told, evicted, "{}", follower.name);
        }
    }

    /// Writes down for the conformance report that all followers were seen to do this.
    pub(crate) fn note(&self, behaviour: &str) {
        for follower in &self.followers {
            Report::of(OURS_THERE, follower.name).note(behaviour, true);
        }
    }

    /// The report of the SDK with which sessions are changed here.
    pub(crate) fn rust(&self) -> Report {
        Report::of(OURS_THERE, self.followers[0].name)
    }

    /// Ends the clients and the gateway, which must have refused them nothing but these.
    pub(crate) async fn end(mut self, refused: &[(&str, &str)]) {
        self.actor.close().await;
        let mut requests = self.tap.end().await;
        for follower in &self.followers {
            let seen = follower.relay.seen();
            requests.extend(seen.requests.into_iter().map(Recorded::request));
        }
        contract::hold_requests(&requests).await;
        for follower in &self.followers {
            Report::of(OURS_THERE, follower.name).note("sends valid requests only", true);
        }
        for follower in self.followers {
            let seen = follower.relay.seen();
            let told: Vec<_> = seen
                .refused
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
                .collect();
            assert_eq!(told, refused, "{}", follower.name);
            assert_eq!(seen.most_at_once, 1, "{}", follower.name);
            follower.end().await;
        }
        self.gateway.stop().await;
    }

    /// Ends the clients and the gateways.
    pub(crate) async fn end_in_front(mut self) {
        for follower in self.followers {
            follower.end().await;
        }
        self.actor.close().await;
        if let Some(mut front) = self.front {
            front.own.stop().await;
        }
        self.gateway.stop().await;
    }
}

/// Parts of the list, in its several orders.
pub(crate) fn windows() -> [SessionsListParams; 4] {
    let everything = SessionsListParams::default();
    [
        SessionsListParams {
            limit: Some(2),
            ..everything.clone()
        },
        SessionsListParams {
            search: Some("TEA".to_owned()),
            archived: Some(Archived::All),
            sort_by: Some(SortBy::LastInteractionAt),
            limit: Some(3),
            ..everything.clone()
        },
        SessionsListParams {
            agent_id: Some("other".to_owned()),
            ..everything.clone()
        },
        SessionsListParams {
            pinned: Some(false),
            sort_by: Some(SortBy::Activity),
            ..everything
        },
    ]
}

fn actor(tap: &Tap) -> Client {
    Client::connect(&tap.url(), OpenClaw::TOKEN).expect("it is an address")
}

/// The rows without the beginning of the last message, which the gateway works out behind what it tells, and without
/// the name of the generation, which it does not tell.
fn as_told(rows: &[SessionRow]) -> Vec<SessionRow> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.last_message_preview = None;
        row.lifecycle_revision = None;
    }
    rows
}

/// What the gateway lists.
async fn listed(actor: &Client, params: &SessionsListParams) -> Vec<SessionRow> {
    let everything = SessionsListParams {
        archived: Some(Archived::All),
        include_global: Some(true),
        include_unknown: Some(true),
        limit: Some(1_000),
        ..SessionsListParams::default()
    };
    let is_everything = *params == SessionsListParams::default();
    let asked = SessionsListParams {
        include_derived_titles: Some(true),
        include_last_message: Some(true),
        ..if is_everything {
            everything
        } else {
            params.clone()
        }
    };
    let listed = actor.list_sessions(&asked).await;
    listed.expect("it lists").sessions
}
