//! Messages of an upstream's sessions.

use serde_json::json;

use super::stage;
use super::support::{ADMIN, CURSORS};

const A: &str = "agent:main:a";

#[tokio::test]
async fn messages_are_passed_on_to_those_who_follow_and_followed_once() {
    let (upstream, gateway) = stage(&[(A, json!({}))]).await;
    let mut followers = Vec::new();
    for _ in 0..3 {
        let mut client = gateway.client(ADMIN, CURSORS).await;
        let answer = client
            .request("sessions.messages.subscribe", json!({"key": "a"}))
            .await;
        assert_eq!(answer.expect("it subscribes")["key"], A);
        followers.push(client);
    }
    let mut other = gateway.client(ADMIN, CURSORS).await;
    upstream.until_asked("sessions.messages.subscribe", 1).await;
    let message = json!({"sessionKey": A, "message": {"role": "user", "content": "hi", "odd": {"x": 1}}, "further": [2]});
    let chat = json!({"sessionKey": A, "runId": "r", "seq": 1, "state": "delta", "deltaText": "h", "odd": true});
    upstream.tell("session.message", &message);
    upstream.tell("chat", &chat);
    for client in &mut followers {
        assert_eq!(
            client.next_event("session.message").await["payload"],
            message
        );
        assert_eq!(client.next_event("chat").await["payload"], chat);
    }
    assert!(other.events_so_far().await.is_empty());
    assert_eq!(upstream.asked("sessions.messages.subscribe").len(), 1);
    drop(followers);
    upstream
        .until_asked("sessions.messages.unsubscribe", 1)
        .await;
}

#[tokio::test]
async fn plain_clients_are_told_of_the_runs_that_they_begin() {
    let (_upstream, gateway) = stage(&[(A, json!({}))]).await;
    let mut plain = gateway.client(ADMIN, &[]).await;
    let params = json!({"sessionKey": A, "message": "hi", "idempotencyKey": "r"});
    let sent = plain.request("chat.send", params).await;
    assert_eq!(sent.expect("it is sent")["status"], "started");
    let event = plain.next_event("chat").await;
    assert_eq!(
        (&event["payload"]["runId"], &event["payload"]["state"]),
        (&json!("r"), &json!("final"))
    );
}
