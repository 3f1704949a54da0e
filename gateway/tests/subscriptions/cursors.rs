//! Where a subscription begins, goes on and ends.

use serde_json::{Value, json};

use crate::subscribed;
use crate::support::{ADMIN, CURSORS, Gateway, READ};

#[tokio::test]
async fn a_subscription_begins_with_what_follows_it() {
    // Too few to reach back before the subscriptions, and enough for all that comes after them.
    let gateway = Gateway::start(&["--journal-entries", "6"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let scoped = &["session-scoped-events"][..];
    let mut plain = gateway.client(READ, scoped).await;
    let mut cursors = gateway.client(READ, CURSORS).await;
    for _ in 0..3 {
        for (method, params) in [
            ("sessions.create", json!({"key": "a"})),
            (
                "chat.inject",
                json!({"sessionKey": "a", "message": "earlier"}),
            ),
            ("sessions.delete", json!({"key": "a"})),
        ] {
            admin.request(method, params).await.expect("it is done");
        }
    }
    for (client, method, params) in [
        (&mut plain, "sessions.subscribe", json!({})),
        (
            &mut cursors,
            "sessions.messages.subscribe",
            json!({"key": "a"}),
        ),
    ] {
        client.request(method, params).await.expect("it is allowed");
        let told = client.events_so_far().await.into_iter();
        let told: Vec<_> = told.filter(|event| event["event"] != "presence").collect();
        assert_eq!(told, Vec::<Value>::new(), "{method}");
    }
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    admin
        .request(
            "chat.inject",
            json!({"sessionKey": "a", "message": "later"}),
        )
        .await
        .expect("it is added");
    let event = cursors.next_event("session.message").await;
    assert_eq!(event["seq"], 1, "and nothing is left out");
    let event = plain.next_event("sessions.changed").await;
    assert_eq!(event["payload"]["reason"], "create");
}

#[tokio::test]
async fn a_subscription_begins_with_a_snapshot_and_resumes_from_a_cursor() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    let mut client = gateway.client(READ, CURSORS).await;
    let first = client
        .request("sessions.subscribe", json!({"subscription": "s"}))
        .await
        .expect("it is allowed");
    assert_eq!(first["resumed"], false);
    assert_eq!(first["list"]["sessions"][0]["key"], "agent:main:a");
    drop(client);
    admin
        .request("sessions.delete", json!({"key": "a"}))
        .await
        .expect("it is deleted");
    admin
        .request("sessions.create", json!({"key": "b"}))
        .await
        .expect("it is made");
    let mut client = gateway.client(READ, CURSORS).await;
    let resume = json!({"subscription": "s", "since": first["cursor"]});
    let resumed = client
        .request("sessions.subscribe", resume)
        .await
        .expect("it is allowed");
    assert_eq!(
        (&resumed["resumed"], resumed.get("list")),
        (&json!(true), None)
    );
    let drain = client.next_event("socket.drain").await;
    assert_eq!(
        (&drain["prev"], &drain["payload"]["reason"]),
        (&first["cursor"]["offset"], &json!("deleted"))
    );
    let made = client.next_event("sessions.changed").await;
    assert_eq!(
        (&made["prev"], &made["payload"]["session"]["key"]),
        (&drain["cursor"], &json!("agent:main:b"))
    );
    for since in [
        json!({"epoch": "another", "offset": first["cursor"]["offset"]}),
        json!({"epoch": first["cursor"]["epoch"], "offset": 1_000_000}),
    ] {
        let params = json!({"subscription": "s", "since": since});
        let answer = client
            .request("sessions.subscribe", params)
            .await
            .expect("it is allowed");
        assert_eq!(answer["resumed"], false, "{since}");
        assert_eq!(answer["list"]["sessions"][0]["key"], "agent:main:b");
    }
}

#[tokio::test]
async fn a_cursor_older_than_the_journal_gets_a_snapshot() {
    let gateway = Gateway::start(&["--journal-entries", "3"]).await;
    let (mut client, offset) = subscribed(&gateway).await;
    let epoch = client
        .request("sessions.subscribe", json!({"subscription": "t"}))
        .await
        .expect("it is allowed")["cursor"]["epoch"]
        .clone();
    for count in 0..5 {
        client
            .request("sessions.patch", json!({"key": format!("k{count}")}))
            .await
            .expect("it is changed");
    }
    let params = json!({"subscription": "u", "since": {"epoch": epoch, "offset": offset}});
    let answer = client
        .request("sessions.subscribe", params)
        .await
        .expect("it is allowed");
    assert_eq!(answer["resumed"], false);
    assert_eq!(answer["list"]["count"], 5);
}

#[tokio::test]
async fn a_subscription_can_be_ended() {
    let gateway = Gateway::start(&[]).await;
    let (mut client, _) = subscribed(&gateway).await;
    let ended = client
        .request("sessions.unsubscribe", json!({"subscription": "s"}))
        .await
        .expect("it is allowed");
    assert_eq!(ended, json!({"subscribed": false, "subscription": "s"}));
    client
        .request("sessions.patch", json!({"key": "a"}))
        .await
        .expect("it is changed");
    assert_eq!(client.events_so_far().await, Vec::<Value>::new());
    let error = client
        .request("sessions.unsubscribe", json!({"subscription": "s"}))
        .await
        .expect_err("it is over");
    assert_eq!(error["message"], "no subscription: s");
}
