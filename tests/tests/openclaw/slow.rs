//! OpenClaw's gateway drops events of lists for a connection to which more than 50 MiB wait to be sent. Any other event
//! ends that connection.

use serde_json::json;

use crate::conformance::script::Socket;
use crate::gateway::OpenClaw;
use crate::lists::assert_inferred;
use crate::world::World;

/// A row with a name of this length makes events of twice that.
const LARGE: usize = 1 << 20;
/// What the gateway keeps for a connection, and more than the system takes from it.
const TOO_MUCH: usize = (50 + 16) << 20;

const FILLERS: [&str; 2] = ["agent:main:filler", "agent:main:another-filler"];
const GONE: &str = "agent:main:gone";
const MADE_AGAIN: &str = "agent:main:made-again";
const RENAMED: &str = "agent:main:renamed";

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_was_too_slow_finds_what_the_gateway_dropped() {
    let mut world = World::new([]).await;
    let witness = Socket::connect(&world.gateway.url(), OpenClaw::TOKEN, &[]).await;
    let mut witness = witness.unwrap_or_else(|error| panic!("{error}"));
    for key in [GONE, MADE_AGAIN, RENAMED].into_iter().chain(FILLERS) {
        world.create(key, key).await;
    }
    for key in FILLERS {
        let servers = json!({"x".repeat(LARGE): true});
        let large = json!({"key": key, "toolOverrides": {"mcpServers": servers}});
        witness.call("sessions.patch", large).await;
    }
    world.settle().await;
    witness.call("sessions.subscribe", json!({})).await;

    let marks = world.marks();
    let before: Vec<_> = world.followers.iter().map(|f| f.relay.seen()).collect();
    world.stall();
    let mut told = 0;
    for (turn, key) in FILLERS.into_iter().cycle().enumerate() {
        if told > TOO_MUCH {
            break;
        }
        let label = format!("Turn {turn}");
        world.label(key, &label).await;
        let event = witness
            .event("sessions.changed", |event| event["label"] == label)
            .await;
        told += event.to_string().len();
    }
    world.delete(GONE).await;
    world.delete(MADE_AGAIN).await;
    world.create(MADE_AGAIN, "another").await;
    world.label(RENAMED, "Renamed").await;
    witness
        .event("sessions.changed", |event| event["label"] == "Renamed")
        .await;
    world.go_on();

    world
        .until(&marks, |told| told.shows(RENAMED, "Renamed"))
        .await;
    world.settle().await;
    assert_inferred(&world, &marks, &[GONE, MADE_AGAIN]);
    for (follower, before) in world.followers.iter().zip(before) {
        let seen = follower.relay.seen();
        let (gaps, closed) = (seen.gaps, seen.connections - before.connections);
        assert!(gaps + closed > 0, "{} missed nothing", follower.name);
    }
    world.note("finds what it missed when it was too slow");
    world.end(&[]).await;
}
