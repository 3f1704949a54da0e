//! Live lists of both SDKs at OpenClaw's own gateway, which names no places in a journal.

use futures_util::future::join_all;
use serde_json::json;
use sessionwire::protocol::sessions::{
    GroupsPut, GroupsPutParams, GroupsRename, GroupsRenameParams,
};
use sessionwire::protocol::{EvictionReason, Patch};
use sessionwire::{MessageEvent, SessionRow};

use tokio::time::timeout;

use crate::cli::Cli;
use crate::follower::PATIENCE;
use crate::gateway::OpenClaw;
use crate::told::Told;
use crate::world::{Eviction, World, windows};

const KEYS: [&str; 5] = [
    "agent:main:black-tea",
    "agent:main:green-tea",
    "agent:main:mint-tea",
    "agent:main:coffee",
    "agent:other:white-tea",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_is_told_and_every_list_stays_equal() {
    let mut world = World::new(windows()).await;
    let rust = world.rust();
    let local = ("gateway-client", "backend", false);
    let in_page = ("webchat", "webchat", true);
    for (follower, expected) in world.followers.iter().zip([local, local, in_page]) {
        let params = &follower.relay.seen().requests[0]["params"];
        let client = |name: &str| params["client"][name].as_str().expect("a text");
        let shown = (client("id"), client("mode"), params["device"].is_object());
        assert_eq!(shown, expected, "{}", follower.name);
    }
    world.note("connects");
    let marks = world.marks();
    for key in KEYS {
        let label = key.rsplit(':').next().expect("a last part");
        world.create(key, label).await;
        world.settle().await;
    }
    rust.note("lists sessions", true);
    let [black, green, mint, coffee, white] = KEYS;

    world.label(green, "Sencha").await;
    world.settle().await;

    for key in [coffee, black] {
        world.actor.pin(key, true).await.expect("it pins");
        world.settle().await;
    }
    rust.note("pins", true);

    let id = world
        .row(mint)
        .await
        .session_id
        .expect("it has a transcript");
    for archived in [true, false] {
        let done = world.actor.archive(mint, &id, archived).await;
        done.expect("it archives");
        world.settle().await;
    }
    rust.note("archives", true);

    world
        .patch(mint, |params| params.patch.label = Patch::Clear)
        .await;
    world.until_row(mint, |row| row.label.is_none()).await;
    world.settle().await;
    for follower in &world.followers {
        assert!(follower.relay.seen().unnamed.contains(mint));
    }
    world.note("clears what null clears");

    // These are answered before they are done.
    let mut messages = world.actor.messages(black);
    let sent = world.actor.send_message(black, "/name Lapsang").await;
    sent.expect("it takes messages");
    world
        .until_row(black, |row| row.label.as_deref() == Some("Lapsang"))
        .await;
    world.settle().await;
    let sent = world.actor.send_message(black, "/goal start Brew").await;
    sent.expect("it takes messages");
    let brews = |row: &SessionRow| {
        row.goal
            .as_ref()
            .is_some_and(|goal| goal.objective == "Brew")
    };
    world.until_row(black, brews).await;
    world.settle().await;
    rust.note("sends /name and /goal", true);

    let said = async {
        while let Some(event) = messages.next().await {
            if format!("{event:?}").contains("/name Lapsang") {
                return matches!(event, MessageEvent::Message(_));
            }
        }
        false
    };
    assert_eq!(timeout(PATIENCE, said).await, Ok(true));
    let history = world.actor.chat_history(black).await;
    let history = history.expect("it has a transcript");
    assert!(format!("{history:?}").contains("/name Lapsang"));
    rust.note("follows a transcript", true);

    world.actor.reset_session(green).await.expect("it resets");
    world.settle().await;
    rust.note("resets", true);

    world.delete(white).await;
    rust.note("deletes", true);
    let here = (&*world.gateway.url(), OpenClaw::TOKEN);
    let cli = Cli::new();
    cli.call(here, "sessions.delete", &json!({ "key": mint }))
        .await;
    world.settle().await;

    let evicted = [
        (green, EvictionReason::Reset, false),
        (white, EvictionReason::Deleted, false),
        (mint, EvictionReason::Deleted, false),
    ];
    world.assert_evicted(&marks, &evicted);
    world.note("follows what others change");
    for follower in &world.followers {
        let deletes = follower.relay.seen().deletes;
        let deletes: Vec<_> = deletes.iter().map(Option::as_deref).collect();
        assert_eq!(deletes, [Some(white), None, Some(mint), None]);
    }
    world.note("tells of a delete in two frames once");
    world.end(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bursts_end_equal_and_are_no_bursts_of_lists() {
    let mut world = World::new(windows()).await;
    for key in KEYS {
        world.create(key, key).await;
    }
    world.settle().await;
    let marks = world.marks();
    let told = |world: &World| -> Vec<_> {
        let seen = world.followers.iter().map(|follower| follower.relay.seen());
        seen.map(|seen| seen.keyed.get(KEYS[0]).copied().unwrap_or(0))
            .collect()
    };
    let before = told(&world);
    let names: Vec<_> = (0..10).map(|n| format!("Tea {n}")).collect();
    join_all(names.iter().map(|name| world.label(KEYS[0], name))).await;
    world
        .until(&marks, |told| told.shows(KEYS[0], "Tea 9"))
        .await;
    world.settle().await;
    for (before, after) in before.iter().zip(told(&world)) {
        let events = after - before;
        assert!((1..names.len()).contains(&events), "{events} events");
    }
    world.note("ends equal after bursts, of which it hears little");

    world
        .patch(KEYS[1], |params| {
            params.patch.category = Patch::Set("work".to_owned())
        })
        .await;
    world.settle().await;
    let before: Vec<_> = world
        .followers
        .iter()
        .map(|follower| follower.relay.seen())
        .collect();
    let actor = world.actor.clone();
    let marks = world.marks();
    // It sends fewer of these events than there are changes; at least this many are to come.
    let enough = 20
        + world
            .followers
            .iter()
            .map(|follower| follower.relay.seen().broad)
            .max()
            .unwrap_or(0);
    let mut names = (0..2_000).map(|n| format!("group {n}"));
    while world
        .followers
        .iter()
        .any(|follower| follower.relay.seen().broad < enough)
    {
        let name = names.next().expect("it tells of changes");
        let params = GroupsPutParams {
            names: vec!["work".to_owned(), name],
            section_order: None,
        };
        let put = actor.call::<GroupsPut>(&params).await;
        put.expect("it takes groups");
    }
    let params = GroupsRenameParams {
        name: "work".to_owned(),
        to: "play".to_owned(),
    };
    actor
        .call::<GroupsRename>(&params)
        .await
        .expect("it renames groups");
    // Nothing but a list can tell of the session's new group.
    world.settle().await;
    for ((follower, before), mark) in world.followers.iter().zip(before).zip(marks) {
        let row = follower.copies[0]
            .iter()
            .find(|row| row.key.as_str() == KEYS[1]);
        assert_eq!(row.and_then(|row| row.category.as_deref()), Some("play"));
        for told in follower.since(mark, 0).filter(|told| told.is_found()) {
            assert!(
                told.shows(KEYS[1], KEYS[1]),
                "nothing else differs: {told:?}"
            );
        }
        let lists = follower.relay.seen().lists - before.lists;
        assert!((1..=12).contains(&lists), "{lists} lists");
    }
    world.note("ends equal after events without a key");
    world.end(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_shows_at_once_and_never_flickers() {
    let mut world = World::new([]).await;
    let [own, taken, ..] = KEYS;
    world.create(own, "Before").await;
    world.create(taken, "Taken").await;
    world.settle().await;

    for index in 0..world.followers.len() {
        let label = format!("After {index}");
        let follower = &mut world.followers[index];
        let mark = follower.mark();
        assert_eq!(follower.rename(own, &label).await, None);
        let confirmed = |told: &Told| told.shows(own, &label) && !told.is_pending();
        follower.until(mark, 0, confirmed).await;
        world.settle().await;
        let follower = &world.followers[index];
        assert_eq!(follower.labels(mark, own), [label.as_str()]);
    }
    world.note("renames");

    let last = format!("After {}", world.followers.len() - 1);
    for index in 0..world.followers.len() {
        world.settle().await;
        let follower = &mut world.followers[index];
        let mark = follower.mark();
        let refusal = follower.rename(own, "Taken").await;
        let refusal = refusal.expect("it is refused");
        assert!(refusal.contains("label already in use"), "{refusal}");
        let restored = |told: &Told| told.shows(own, &last);
        let refused = |told: &Told| told.shows(own, "Taken");
        follower.until(mark, 0, refused).await;
        follower.until(mark, 0, restored).await;
        assert_eq!(follower.labels(mark, own), ["Taken", &last]);
    }
    world.settle().await;
    world.note("is told of refusals");
    let refused = ("sessions.patch", "label already in use: Taken");
    world.end(&[refused]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_found_by_comparing() {
    let mut world = World::new(windows()).await;
    for key in KEYS {
        world.create(key, key).await;
    }
    world.settle().await;
    let [black, green, mint, coffee, white] = KEYS;

    // A cut, while the gateway goes on.
    let marks = world.marks();
    world.cut();
    world.delete(black).await;
    world.label(green, "Sencha").await;
    world.delete(mint).await;
    world.create(mint, "another").await;
    world.actor.reset_session(coffee).await.expect("it resets");
    world.mend();
    world
        .until(&marks, |told| told.shows(green, "Sencha"))
        .await;
    world.settle().await;
    assert_inferred(&world, &marks, &[black, mint]);
    world.note("finds what it missed while it was cut off");

    // A restart.
    let marks = world.marks();
    world.gateway.stop().await;
    world.cut();
    world.gateway.start_again().await;
    world.replace_actor();
    world.delete(white).await;
    world.label(green, "Gyokuro").await;
    world.mend();
    world
        .until(&marks, |told| told.shows(green, "Gyokuro"))
        .await;
    world.settle().await;
    assert_inferred(&world, &marks, &[white]);

    // What happens after that is told again.
    let marks = world.marks();
    world.delete(green).await;
    world.settle().await;
    world.assert_evicted(&marks, &[(green, EvictionReason::Deleted, false)]);
    world.note("comes back after a restart");
    world.end(&[]).await;
}

/// Each follower was told that these sessions are gone, and of no other, and not why.
pub(crate) fn assert_inferred(world: &World, marks: &[usize], keys: &[&str]) {
    let evicted = keys
        .iter()
        .map(|&key| (key.into(), EvictionReason::Unknown, true));
    let mut evicted: Vec<Eviction> = evicted.collect();
    evicted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    for mut told in world.evictions(marks) {
        told.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(told, evicted);
    }
}
