//! What is told of a change, and when.

use serde_json::json;

use crate::subscribed;
use crate::support::{ADMIN, Gateway, READ};

#[tokio::test]
async fn evictions_drain_lists_and_followed_messages() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.subscriber(READ).await;
    let mut follower = gateway.client(READ, &[]).await;
    let followed = follower
        .request("sessions.messages.subscribe", json!({"key": "A"}))
        .await
        .expect("it is allowed");
    assert_eq!(followed, json!({"subscribed": true, "key": "agent:main:a"}));
    let (mut cursors, _) = subscribed(&gateway).await;
    let made = admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    let reset = admin
        .request("sessions.reset", json!({"key": "a", "reason": "new"}))
        .await
        .expect("it is reset");
    assert_eq!(
        reset["entry"]["sessionId"], made["sessionId"],
        "a reset keeps the session id"
    );
    admin
        .request("sessions.delete", json!({"key": "a"}))
        .await
        .expect("it is deleted");
    let mut drains = Vec::new();
    for client in [&mut plain, &mut follower, &mut cursors] {
        let told = [
            client.next_event("socket.drain").await,
            client.next_event("socket.drain").await,
        ];
        drains.push(told.map(|event| event["payload"].clone()));
    }
    assert!(drains.iter().all(|told| *told == drains[0]), "{drains:?}");
    let [new, deleted] = &drains[0];
    assert_eq!(
        (&new["reason"], &deleted["reason"]),
        (&json!("new"), &json!("deleted"))
    );
    for drain in [new, deleted] {
        assert_eq!(drain["sessionId"], made["sessionId"]);
        assert_eq!(
            (&drain["sessionKey"], &drain["agentId"]),
            (&json!("agent:main:a"), &json!("main"))
        );
    }
    assert_eq!(new["lifecycleRevision"], made["entry"]["lifecycleRevision"]);
    assert_eq!(
        new["nextLifecycleRevision"],
        reset["entry"]["lifecycleRevision"]
    );
    assert_eq!(
        deleted["lifecycleRevision"],
        reset["entry"]["lifecycleRevision"]
    );
    assert!(deleted.get("nextLifecycleRevision").is_none());
}

#[tokio::test]
async fn a_caller_is_told_of_its_change_before_the_answer() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.subscriber(ADMIN).await;
    let id = client.begin("sessions.patch", json!({"key": "a"})).await;
    assert_eq!(client.frame().await["event"], "sessions.changed");
    assert_eq!(client.frame().await["id"], id);
}

#[tokio::test]
async fn changes_are_made_in_the_order_in_which_they_are_asked_for() {
    let gateway = Gateway::start(&[]).await;
    let (mut client, mut offset) = subscribed(&gateway).await;
    for count in 0..100 {
        client
            .begin(
                "sessions.patch",
                json!({"key": "a", "label": count.to_string()}),
            )
            .await;
    }
    for count in 0..100 {
        let event = client.next_event("sessions.changed").await;
        assert_eq!(event["payload"]["session"]["label"], count.to_string());
        assert_eq!(event["prev"], offset);
        offset = event["cursor"].as_u64().expect("an offset");
    }
}

#[tokio::test]
async fn reading_a_session_keeps_its_place_in_the_list() {
    let gateway = Gateway::start(&[]).await;
    let (mut client, _) = subscribed(&gateway).await;
    let mut updated = Vec::new();
    for patch in [json!({"unread": true}), json!({"unread": false})] {
        let mut params = json!({"key": "a"});
        params
            .as_object_mut()
            .expect("an object")
            .extend(patch.as_object().expect("an object").clone());
        client
            .request("sessions.patch", params)
            .await
            .expect("it is changed");
        let event = client.next_event("sessions.changed").await;
        updated.push(event["payload"]["session"]["updatedAt"].clone());
    }
    assert_eq!(updated[0], updated[1]);
}
