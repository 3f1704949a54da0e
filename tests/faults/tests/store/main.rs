//! A gateway whose disk is full, or fails to sync: it refuses changes and tells nobody of them, goes on serving
//! readers, and takes changes again once the disk does.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

mod change;
mod machine;
mod reader;
#[path = "../../../../gateway/tests/support/mod.rs"]
mod support;
mod watchers;

use machine::{Fault, Machine};
use serde_json::{Value, json};
use sessionwire_protocol::EvictionReason;
use support::Client;
use watchers::Watchers;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_and_tells_nothing() {
    outlive(Fault::Full).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_loses_and_tells_nothing() {
    outlive(Fault::Sync).await;
}

async fn outlive(fault: Fault) {
    let (machine, mut client, mut watchers) = at_work().await;
    let before = reader::everything(&machine, &mut client).await;
    let offset = watchers.offset();

    machine.fail(fault);
    for change in change::all("lost") {
        change.fail(&machine, &mut client).await;
        watchers.expect_silence().await;
    }
    assert!(!reader::claims_to_be_ready(&machine, &mut client).await);
    assert_eq!(reader::everything(&machine, &mut client).await, before);

    machine.repair(fault);
    for (place, change) in change::all("told").iter().enumerate() {
        change.succeed(&machine, &mut client).await;
        watchers.expect_told(change).await;
        assert!(
            place > 0 || watchers.offset() == offset + 1,
            "the refused changes have no offsets"
        );
    }
    assert!(reader::claims_to_be_ready(&machine, &mut client).await);
    watchers.expect_copy(&reader::list(&mut client).await).await;
    let (evictions, told) = watchers.history();
    assert_eq!(
        evictions,
        [
            (
                "agent:main:deleted-by-http".to_owned(),
                EvictionReason::Deleted
            ),
            ("agent:main:deleted".to_owned(), EvictionReason::Deleted),
            ("agent:main:kept".to_owned(), EvictionReason::Reset),
        ]
    );
    assert!(
        told.contains("told by command") && !told.contains("lost"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_refused_is_not_there_after_a_kill() {
    outlive_a_kill(Fault::Full).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_synced_is_not_there_after_a_kill() {
    outlive_a_kill(Fault::Sync).await;
}

async fn outlive_a_kill(fault: Fault) {
    let (mut machine, mut client, mut watchers) = at_work().await;
    let before = reader::everything(&machine, &mut client).await;
    for change in change::all("lost") {
        machine.fail(fault);
        change.fail(&machine, &mut client).await;
        machine.kill();
        machine.repair(fault);
        machine.start_again();
        client = machine.client(&[]).await;
        let now = reader::everything(&machine, &mut client).await;
        assert_eq!(now, before, "{change:?}");
        let missed = watchers.resume(&machine).await;
        assert_eq!(missed, Vec::<Value>::new(), "{change:?}");
    }
    client
        .request("sessions.patch", json!({"key": "kept", "label": "told"}))
        .await
        .expect("it is changed");
    watchers.expect_copy(&reader::list(&mut client).await).await;
    let (evictions, told) = watchers.history();
    assert_eq!(evictions, []);
    assert!(told.contains("told") && !told.contains("lost"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_read_from_the_start() {
    let (mut machine, mut client, mut watchers) = at_work().await;
    let before = reader::everything(&machine, &mut client).await;
    machine.kill();
    machine.fail(Fault::Full);
    machine.start_again();
    client = machine.client(&[]).await;
    assert!(!reader::claims_to_be_ready(&machine, &mut client).await);
    assert_eq!(reader::everything(&machine, &mut client).await, before);
    assert_eq!(watchers.resume(&machine).await, Vec::<Value>::new());

    machine.repair(Fault::Full);
    assert!(reader::claims_to_be_ready(&machine, &mut client).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_sync_is_not_told_from() {
    let (mut machine, mut client, _) = at_work().await;
    let before = reader::everything(&machine, &mut client).await;
    machine.kill();
    machine.fail(Fault::Sync);
    let told = machine.refusal_to_start();
    assert!(told.contains("cannot open the session store"), "{told}");

    machine.repair(Fault::Sync);
    machine.start_again();
    client = machine.client(&[]).await;
    assert_eq!(reader::everything(&machine, &mut client).await, before);
}

/// A gateway with some sessions, somebody who changes them, and those who are told.
async fn at_work() -> (Machine, Client, Watchers) {
    let machine = Machine::start();
    let mut client = machine.client(&[]).await;
    let mut watchers = Watchers::of(&machine).await;
    for change in change::groundwork() {
        change.succeed(&machine, &mut client).await;
        watchers.expect_told(&change).await;
    }
    watchers.expect_copy(&reader::list(&mut client).await).await;
    (machine, client, watchers)
}
