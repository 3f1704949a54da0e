//! The real gateway and real clients in virtual time, with a network that loses, delays, repeats and cuts, clients
//! that stall, disks that fill up, and gateways that start anew.
//!
//! Each seed is one world. A world in which a promise is broken prints the line that builds it again;
//! `SEEDS=<first>..<last>` runs others than the usual ones, and `TRACE=1` prints every frame of a client.

#![expect(
    clippy::cast_possible_truncation,
    reason = "the numbers of a simulation are small"
)]

mod application;
mod client;
mod gateway;
mod link;
mod load;
mod place;
mod store;
mod storm;
mod subscriber;
mod trace;
mod view;
mod world;

use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use sessionwire_dice::seeds;

use world::World;

#[test]
fn every_promise_holds_in_every_world() {
    let seeds = seeds(0..300);
    let (next, broken) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let live = || {
        while !broken.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            if panic::catch_unwind(|| live_through(seed)).is_err() {
                broken.store(true, Ordering::Relaxed);
                eprintln!("SEED={seed} cargo test -p sessionwire-tests --test simulation");
            }
        }
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..workers {
            scope.spawn(live);
        }
    });
    assert!(!broken.into_inner(), "a promise is broken");
}

#[test]
fn a_seed_is_always_the_same_world() {
    for seed in 0..5 {
        assert_eq!(live_through(seed), live_through(seed), "seed {seed}");
    }
}

/// Returns a digest of all that anyone was told.
fn live_through(seed: u64) -> u64 {
    let mut world = World::new(seed);
    for _ in 0..2 {
        world.storm(8_000);
        world.calm();
        world.tell_all();
    }
    world.digest()
}
