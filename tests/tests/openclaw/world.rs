use std::cmp::Reverse;

use sessionwire::protocol::EvictionReason;
use sessionwire::protocol::sessions::{
    Archived, SessionsCreateParams, SessionsListParams, SessionsPatchParams, SortBy,
};
use sessionwire::protocol::{Patch, SessionKey};
use sessionwire::{Client, SessionRow};

use crate::follower::Follower;
use crate::gateway::OpenClaw;
use crate::told::Told;

/// OpenClaw's gateway, one follower of each kind, and a client that changes sessions behind their backs.
pub(crate) struct World {
    pub(crate) gateway: OpenClaw,
    pub(crate) actor: Client,
    pub(crate) followers: Vec<Follower>,
    lists: Vec<SessionsListParams>,
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
            Follower::native(&gateway, &lists).await,
            Follower::node(&gateway, &lists).await,
            Follower::chromium(&gateway, &lists).await,
        ];
        Self {
            actor: actor(&gateway),
            gateway,
            followers,
            lists,
        }
    }

    /// Another connection for the changes, as after a restart.
    pub(crate) fn replace_actor(&mut self) {
        self.actor = actor(&self.gateway);
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

    /// Ends the clients and the gateway, which must have refused them nothing but these.
    pub(crate) async fn end(mut self, refused: &[(&str, &str)]) {
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
        self.actor.close().await;
        self.gateway.stop().await;
    }
}

fn actor(gateway: &OpenClaw) -> Client {
    Client::connect(&gateway.url(), OpenClaw::TOKEN).expect("it is an address")
}

/// The rows without the beginning of the last message, which the gateway works out behind what it tells.
fn as_told(rows: &[SessionRow]) -> Vec<SessionRow> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.last_message_preview = None;
    }
    rows
}

/// What the gateway lists; in orders of ours, as its own put pinned sessions elsewhere.
async fn listed(actor: &Client, params: &SessionsListParams) -> Vec<SessionRow> {
    let whole = SessionsListParams {
        archived: Some(Archived::All),
        include_global: Some(true),
        include_unknown: Some(true),
        limit: Some(1_000),
        ..SessionsListParams::default()
    };
    let is_whole = *params == SessionsListParams::default();
    let mut asked = SessionsListParams {
        include_derived_titles: Some(true),
        include_last_message: Some(true),
        ..if is_whole { whole } else { params.clone() }
    };
    if params.sort_by.is_some() {
        asked = SessionsListParams {
            sort_by: None,
            limit: None,
            ..asked
        };
    }
    let mut rows = actor
        .list_sessions(&asked)
        .await
        .expect("it lists")
        .sessions;
    if let Some(field) = params.sort_by {
        let newest = |row: &SessionRow| match field {
            SortBy::LastInteractionAt => row.last_interaction_at,
            SortBy::Activity => row.last_interaction_at.max(row.updated_at),
            SortBy::UpdatedAt | SortBy::CreatedAt | SortBy::Label => unreachable!("not asked for"),
        };
        rows.sort_by_key(|row| {
            let times = (Reverse(newest(row)), Reverse(row.updated_at));
            (!row.pinned, times, row.key.clone())
        });
        rows.truncate(params.limit.map_or(rows.len(), |limit| limit as usize));
    }
    rows
}
