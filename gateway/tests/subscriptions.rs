//! Who is told what, in which form and order.

mod support;

use serde_json::{Value, json};
use support::{ADMIN, CURSORS, Client, Gateway, READ};

#[tokio::test]
async fn who_may_not_read_is_told_nothing() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for scopes in [&[][..], &["operator.pairing"]] {
        let mut blind = gateway.client(scopes, &[]).await;
        for (method, params) in [
            ("sessions.subscribe", json!({})),
            ("sessions.list", json!({})),
            ("sessions.messages.subscribe", json!({"key": "main"})),
        ] {
            let error = blind
                .request(method, params)
                .await
                .expect_err("it is refused");
            assert_eq!(error["code"], "FORBIDDEN");
            assert_eq!(error["message"], "missing scope: operator.read");
            assert_eq!(
                error["details"],
                json!({"code": "MISSING_SCOPE", "missingScope": "operator.read", "requiredScopes": ["operator.read"]})
            );
        }
        admin
            .request("sessions.create", json!({"key": "a"}))
            .await
            .expect("it is made");
        admin
            .request("sessions.delete", json!({"key": "a"}))
            .await
            .expect("it is deleted");
        assert_eq!(blind.events_so_far().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn readers_may_not_write() {
    let gateway = Gateway::start(&[]).await;
    let mut reader = gateway.client(READ, &[]).await;
    for (method, params, scope) in [
        (
            "sessions.patch",
            json!({"key": "a", "label": "x"}),
            "operator.write",
        ),
        ("sessions.create", json!({}), "operator.write"),
        ("sessions.reset", json!({"key": "a"}), "operator.admin"),
        ("sessions.delete", json!({"key": "a"}), "operator.admin"),
        (
            "sessions.delete",
            json!({"key": "a", "archivedOnly": true}),
            "operator.write",
        ),
    ] {
        let error = reader
            .request(method, params)
            .await
            .expect_err("it is refused");
        assert_eq!(error["details"]["missingScope"], scope, "{method}");
    }
}

#[tokio::test]
async fn both_forms_carry_the_row_that_the_list_shows() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.client(READ, &[]).await;
    plain
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
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
    assert_eq!(lean["payload"]["session"], *row);
    assert_eq!(lean["payload"]["change"], "upserted");
    let keys: Vec<_> = lean["payload"]
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        ["agentId", "change", "reason", "session", "sessionKey", "ts"],
        "the row is told once"
    );
    let event = plain.next_event("sessions.changed").await;
    assert_eq!(event["payload"]["session"], *row);
    assert_eq!(
        (&event["payload"]["label"], &event["payload"]["category"]),
        (&json!("A"), &json!(null))
    );
    assert_eq!(event["payload"]["reason"], "patch");
}

#[tokio::test]
async fn a_subscription_begins_with_what_follows_it() {
    let gateway = Gateway::start(&["--journal-entries", "3"]).await;
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
async fn evictions_drain_lists_and_followed_messages() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.client(READ, &[]).await;
    plain
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
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
async fn plain_clients_get_the_frames_that_they_know() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
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
async fn a_caller_is_told_of_its_change_before_the_answer() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.client(ADMIN, &[]).await;
    client
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
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
        (&made["prev"], &made["payload"]["sessionKey"]),
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

/// An administrator's connection with the subscription `s`, and the offset where that begins.
async fn subscribed(gateway: &Gateway) -> (Client, u64) {
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let answer = client
        .request("sessions.subscribe", json!({"subscription": "s"}))
        .await
        .expect("it is allowed");
    let offset = answer["cursor"]["offset"].as_u64().expect("an offset");
    (client, offset)
}
