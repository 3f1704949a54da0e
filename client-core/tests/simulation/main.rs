//! Clients, a model of a gateway, and a network that loses, delays, repeats and cuts, in virtual time.
//!
//! Each seed is one world. A world that breaks a promise prints the command that builds it again;
//! `SEEDS=<first>..<last>` runs others than the usual ones.

#![expect(
    clippy::cast_possible_truncation,
    reason = "the numbers of a simulation are small"
)]

mod client;
mod connection;
mod gateway;
mod journal;
mod link;
#[path = "../parsed/mod.rs"]
mod parsed;
mod state;
mod subscriber;
mod world;

use std::panic;

use sessionwire_dice::seeds;

#[test]
fn every_promise_holds_in_every_world() {
    for seed in seeds(0..200) {
        if let Err(broken) = panic::catch_unwind(|| live_through(seed)) {
            eprintln!("SEED={seed} cargo test -p sessionwire-client-core --test simulation");
            panic::resume_unwind(broken);
        }
    }
}

fn live_through(seed: u64) {
    let mut world = world::World::new(seed);
    for _ in 0..2 {
        world.storm(6_000);
        world.calm();
        world.tell_all();
    }
}
