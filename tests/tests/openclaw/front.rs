//! This gateway in front of OpenClaw's own, with followers of both SDKs at this one.

use futures_util::stream::{self, StreamExt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::value::RawValue;
use serde_json::{Value, from_str};
use sessionwire::protocol::sessions::{SessionPatch, SessionsPatchParams};
use sessionwire::protocol::{EvictionReason, Patch};
use sessionwire::{Client, Error};
use sessionwire_tests::TestGateway;

use crate::told::Told;
use crate::world::{World, windows};

const BLACK: &str = "agent:main:black-tea";
const GREEN: &str = "agent:main:green-tea";
const MINT: &str = "agent:main:mint-tea";
const COFFEE: &str = "agent:main:coffee";
const WHITE: &str = "agent:other:white-tea";

#[tokio::test(flavor = "multi_thread")]
async fn changes_here_and_there_are_told_here_and_every_list_stays_equal() {
    let mut world = World::in_front(windows()).await;
    let through = world.through().await;
    let marks = world.marks();
    for key in [BLACK, GREEN, MINT, COFFEE, WHITE] {
        let label = key.rsplit(':').next().expect("a last part");
        world.create(key, label).await;
    }
    world.settle().await;

    through
        .rename(GREEN, Some("Sencha"))
        .await
        .expect("it renames");
    through.pin(COFFEE, true).await.expect("it pins");
    world.label(BLACK, "Assam").await;
    world.settle().await;
    let sent = through.send_message(BLACK, "/name Lapsang").await;
    sent.expect("it takes messages");
    world
        .until_row(BLACK, |row| row.label.as_deref() == Some("Lapsang"))
        .await;
    let sent = world.actor.send_message(MINT, "/name Moroccan").await;
    sent.expect("it takes messages");
    world
        .until_row(MINT, |row| row.label.as_deref() == Some("Moroccan"))
        .await;
    world.settle().await;

    through.reset_session(GREEN).await.expect("it resets");
    world.settle().await;
    world.actor.reset_session(COFFEE).await.expect("it resets");
    world
        .until(
            &marks,
            |told| matches!(told, Told::Evicted { key, .. } if key.as_str() == COFFEE),
        )
        .await;
    assert_eq!(through.delete_session(WHITE).await, Ok(true));
    world.delete(MINT).await;
    world.settle().await;

    let evicted = [
        (GREEN, EvictionReason::Reset),
        (COFFEE, EvictionReason::Reset),
        (WHITE, EvictionReason::Deleted),
        (MINT, EvictionReason::Deleted),
    ];
    let evicted = Vec::from(evicted.map(|(key, reason)| (key.into(), reason, false)));
    assert_eq!(world.evictions(&marks), [evicted.clone(), evicted]);
    through.close().await;
    world.end_in_front().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_unknown_methods_are_passed_on_as_they_are() {
    let world = World::in_front([]).await;
    let through = world.through().await;
    world.create(BLACK, "Taken").await;
    world.create(GREEN, "Free").await;

    let mut archive = SessionsPatchParams {
        key: GREEN.to_owned(),
        expected_session_id: Some("another".to_owned()),
        ..SessionsPatchParams::default()
    };
    archive.patch.archived = Some(true);
    let rename = SessionsPatchParams {
        key: GREEN.to_owned(),
        patch: SessionPatch {
            label: Patch::Set("Taken".to_owned()),
            ..SessionPatch::default()
        },
        ..SessionsPatchParams::default()
    };
    for params in [archive, rename] {
        let there = world.actor.patch_session(&params).await.err();
        let here = through.patch_session(&params).await.err();
        assert!(matches!(here, Some(Error::Refused(_))), "{here:?}");
        assert_eq!(here, there);
    }

    let there = ask(&world.actor, "node.list").await.expect("it answers");
    let here = ask(&through, "node.list").await.expect("it answers");
    assert_eq!(here["nodes"], there["nodes"]);
    assert!(here["nodes"].is_array());
    let unknown = "no.such.method";
    assert_eq!(
        ask(&through, unknown).await,
        ask(&world.actor, unknown).await
    );
    through.close().await;
    world.end_in_front().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_subscribers_are_one_there_and_lists_go_on_through_its_restart() {
    const CONNECTIONS: usize = 500;
    const LISTS: usize = 4;
    // Both ends of each connection are here.
    let_open(2 * CONNECTIONS as u64 + 500);
    let mut world = World::in_front(windows()).await;
    for key in [BLACK, GREEN, MINT] {
        world.create(key, key).await;
    }
    world.settle().await;
    let through = world.through().await;
    let url = world.front_url();
    let arriving = stream::iter(0..CONNECTIONS).map(|_| async {
        let client = Client::connect(&url, TestGateway::TOKEN).expect("it is an address");
        let mut lists: [_; LISTS] = std::array::from_fn(|_| client.sessions());
        for sessions in &mut lists {
            while sessions.list().len() != 3 {
                sessions.next().await.expect("it goes on");
            }
        }
        lists
    });
    // No more at once than one address may have under way.
    let mut crowd: Vec<_> = arriving.buffer_unordered(16).collect().await;
    world.label(GREEN, "Sencha").await;
    for sessions in crowd.iter_mut().flatten() {
        let shown = |sessions: &sessionwire::Sessions| {
            let mut rows = sessions.list().iter();
            rows.any(|row| row.label.as_deref() == Some("Sencha"))
        };
        while !shown(sessions) {
            sessions.next().await.expect("it goes on");
        }
    }
    let seen = world.upstream_seen();
    assert_eq!((seen.connections, seen.subscriptions), (1, 1));
    drop(crowd);

    let marks = world.marks();
    world.gateway.stop().await;
    world.cut_upstream();
    let listed = through.list_sessions(&Default::default()).await;
    assert_eq!(listed.expect("lists go on").sessions.len(), 3);
    let refused = through.rename(GREEN, Some("Not now")).await;
    let Err(Error::Refused(refusal)) = refused else {
        panic!("nobody can do it: {refused:?}")
    };
    assert_eq!(refusal.retryable, Some(true));

    world.gateway.start_again().await;
    world.replace_actor();
    world.delete(BLACK).await;
    world.label(GREEN, "Gyokuro").await;
    world.mend_upstream();
    world
        .until(&marks, |told| told.shows(GREEN, "Gyokuro"))
        .await;
    world.settle().await;
    let evicted = vec![(BLACK.into(), EvictionReason::Unknown, false)];
    assert_eq!(world.evictions(&marks), [evicted.clone(), evicted]);
    through.close().await;
    world.end_in_front().await;
}

/// Lets this process have so many files open.
fn let_open(files: u64) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.current.map(|current| current.max(files));
    let maximum = limit.maximum;
    let raised = Rlimit {
        current: wanted,
        maximum,
    };
    let allowed = setrlimit(Resource::Nofile, raised);
    allowed.unwrap_or_else(|error| panic!("{files} open files: {error}"));
}

async fn ask(client: &Client, method: &str) -> Result<Value, Error> {
    let params: Box<RawValue> = from_str("{}").expect("it is JSON");
    let answer = client.request(method, Some(&params)).await?;
    Ok(from_str(answer.get()).expect("it is JSON"))
}
