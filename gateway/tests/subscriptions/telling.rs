//! Many are told at once: in order, each of everything, whatever the others do.

use serde_json::{Value, json};

use crate::support::{ADMIN, CURSORS, Client, Gateway, READ};

const ROUNDS: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn who_awaits_a_change_has_been_told_of_it_while_others_change_and_are_told() {
    let gateway = Gateway::start(&[]).await;
    let mut follower = subscriber(&gateway, READ).await;
    let mut others = Vec::new();
    for name in ["x", "y", "z"] {
        let mut client = subscriber(&gateway, ADMIN).await;
        others.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                rename_and_check(&mut client, name, round).await;
            }
        }));
    }
    let mut own = subscriber(&gateway, ADMIN).await;
    for round in 0..ROUNDS {
        rename_and_check(&mut own, "own", round).await;
    }
    for other in others {
        other.await.expect("it was told in order");
    }
    let mut place = 0;
    for _ in 0..4 * ROUNDS {
        let event = follower.next_event("sessions.changed").await;
        assert_eq!(event["prev"], place, "{event}");
        assert!(
            event.get("seq").is_none(),
            "its place says as much: {event}"
        );
        place = event["cursor"].as_u64().expect("a place");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_misses_nothing_and_keeps_nobody_waiting() {
    const MESSAGES: usize = 120;
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, CURSORS).await;
    let create = admin.request("sessions.create", json!({"key": "a"})).await;
    create.expect("it is made");
    let mut stuck = follower(&gateway).await;
    let mut reader = follower(&gateway).await;
    // More than the buffers of both ends take.
    let text = "x".repeat(120_000);
    for number in 0..MESSAGES {
        let message = format!("{number} {text}");
        let params = json!({"sessionKey": "a", "message": message});
        let added = admin.request("chat.inject", params).await;
        added.expect("it is added");
        assert_eq!(
            number_of(&reader.next_event("session.message").await),
            number
        );
    }
    for number in 0..MESSAGES {
        assert_eq!(
            number_of(&stuck.next_event("session.message").await),
            number
        );
        stuck.unread_events();
    }
}

async fn subscriber(gateway: &Gateway, scopes: &[&str]) -> Client {
    let mut client = gateway.client(scopes, CURSORS).await;
    let answer = client.request("sessions.subscribe", json!({"subscription": "s"}));
    answer.await.expect("it is allowed");
    client
}

async fn follower(gateway: &Gateway) -> Client {
    let mut client = gateway.client(READ, CURSORS).await;
    let answer = client.request("sessions.messages.subscribe", json!({"key": "a"}));
    answer.await.expect("it is allowed");
    client
}

/// Renames a session. The event has come before the answer.
async fn rename_and_check(client: &mut Client, name: &str, round: u64) {
    let (key, label) = (format!("agent:main:{name}"), format!("{name} {round}"));
    let patch = client.request("sessions.patch", json!({"key": key, "label": label}));
    patch.await.expect("it is renamed");
    let told = client.unread_events();
    let mut labels = told
        .iter()
        .map(|event| &event["payload"]["session"]["label"]);
    assert!(labels.any(|told| *told == label), "{label}: {told:?}");
}

fn number_of(event: &Value) -> usize {
    let text = event["payload"]["message"]["content"][0]["text"].as_str();
    let number = text.and_then(|text| text.split(' ').next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no number: {}", &event.to_string()[..200]))
}
