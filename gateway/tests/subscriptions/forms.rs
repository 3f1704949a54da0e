//! The frames of plain protocol 4, and those with cursors.

use serde_json::json;

use crate::subscribed;
use crate::support::{ADMIN, Gateway, READ, whole};

#[tokio::test]
async fn both_forms_carry_the_row_that_the_list_shows() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.subscriber(READ).await;
    let (mut cursors, _) = subscribed(&gateway).await;
    admin
        .request(
            "sessions.patch",
            json!({"key": "a", "label": "A", "pinned": true}),
        )
        .await
        .expect("it is changed");
    let all = json!({"includeDerivedTitles": true, "includeLastMessage": true});
    let list = admin
        .request("sessions.list", all)
        .await
        .expect("it is listed");
    let row = &list["sessions"][0];
    let lean = cursors.next_event("sessions.changed").await;
    assert_eq!(whole(&lean["payload"]["session"]), *row);
    assert!(!lean.to_string().contains("false"), "{lean}");
    let keys: Vec<_> = lean["payload"]
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["reason", "session"], "nothing is told twice");
    let event = plain.next_event("sessions.changed").await;
    assert_eq!(event["payload"]["session"], *row);
    assert_eq!(
        (&event["payload"]["label"], &event["payload"]["category"]),
        (&json!("A"), &json!(null))
    );
    assert_eq!(event["payload"]["reason"], "patch");
}

#[tokio::test]
async fn plain_clients_get_the_frames_that_they_know() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.subscriber(ADMIN).await;
    let made = admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    admin
        .request("sessions.reset", json!({"key": "a"}))
        .await
        .expect("it is reset");
    admin
        .request("sessions.delete", json!({"key": "a"}))
        .await
        .expect("it is deleted");
    let again = admin
        .request("sessions.delete", json!({"key": "a"}))
        .await
        .expect("it answers");
    assert_eq!(again["deleted"], false);
    let events = admin.events_so_far().await;
    let changed: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "sessions.changed")
        .collect();
    let reasons: Vec<_> = changed
        .iter()
        .map(|event| event["payload"]["reason"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(reasons, ["create", "reset", "delete", "delete"]);
    assert_eq!(changed[2]["payload"]["sessionKey"], "agent:main:a");
    assert_eq!(changed[2]["payload"]["sessionId"], made["sessionId"]);
    assert!(
        changed[3]["payload"].get("sessionKey").is_none(),
        "the second frame speaks of the whole list"
    );
    let seqs: Vec<_> = events.iter().map(|event| event["seq"].as_u64()).collect();
    assert_eq!(
        seqs,
        (1..=events.len() as u64).map(Some).collect::<Vec<_>>(),
        "no number is left out"
    );
    assert!(events.iter().all(|event| event.get("cursor").is_none()));
}

#[tokio::test]
async fn presence_is_told_to_plain_readers() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.client(READ, &[]).await;
    let _other = gateway.client(READ, &[]).await;
    let presence = client.next_event("presence").await;
    assert_eq!(
        presence["payload"]["presence"].as_array().map(Vec::len),
        Some(3)
    );
    assert!(
        presence["stateVersion"]["presence"].as_u64() >= Some(2),
        "{presence}"
    );
}
