use serde_json::{Value, json};
use sessionwire::protocol::EvictionReason;
use sessionwire::protocol::sessions::{SessionsListParams, SortBy};
use sessionwire::{Error, MessageEvent, SessionEvent, Sessions};

use crate::gateway::{Gateway, Peer, hello, row, soon};

#[tokio::test]
async fn a_list_is_live_and_goes_on_after_a_reconnect() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let mut sessions = client.sessions();
    let (id, params) = peer.asked("sessions.subscribe").await;
    assert_eq!(params["since"], Value::Null);
    let subscription = &params["subscription"];
    peer.answer(
        &id,
        &snapshot(subscription, 5, &[row("a", "A", 1), row("b", "B", 2)]),
    )
    .await;
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Snapshot { rows, cursor }) if rows.len() == 2 && cursor.as_ref().is_some_and(|cursor| cursor.offset == 5)
    ));
    assert_eq!(labels(&sessions), ["B", "A"]);

    let mut pinned = row("a", "A2", 3);
    pinned["pinned"] = true.into();
    peer.at((subscription, 5, 6), "sessions.changed", &upserted(&pinned))
        .await;
    let Some(SessionEvent::Changed {
        row: changed,
        pending: false,
        reason,
        ts,
    }) = soon(sessions.next()).await
    else {
        panic!("a change is due");
    };
    assert_eq!(changed.label.as_deref(), Some("A2"));
    assert_eq!(reason.as_ref().map(|reason| reason.as_str()), Some("patch"));
    assert_eq!(ts, Some(1));
    assert_eq!(labels(&sessions), ["A2", "B"]);

    drop(peer);
    let mut peer = gateway.greet(&hello()).await;
    let (id, params) = peer.asked("sessions.subscribe").await;
    assert_eq!(params["since"], json!({ "epoch": "e", "offset": 6 }));
    let cursor = &params["since"];
    peer.answer(
        &id,
        &json!({ "subscribed": true, "resumed": true, "cursor": cursor }),
    )
    .await;
    peer.at((subscription, 6, 7), "socket.drain", &drain("b"))
        .await;
    let Some(SessionEvent::Evicted(evicted)) = soon(sessions.next()).await else {
        panic!("an eviction is due");
    };
    assert_eq!(
        (evicted.key.as_str(), evicted.reason),
        ("b", EvictionReason::Deleted)
    );
    assert!(!evicted.inferred);
    assert_eq!(labels(&sessions), ["A2"]);

    let left = json!({ "sessionKey": "a", "change": "left" });
    peer.at((subscription, 7, 8), "sessions.changed", &left)
        .await;
    assert_eq!(
        soon(sessions.next()).await,
        Some(SessionEvent::Left { key: "a".into() })
    );
    assert!(sessions.list().is_empty());

    drop(sessions);
    let (_, params) = peer.asked("sessions.unsubscribe").await;
    assert_eq!(params, json!({ "subscription": subscription }));
}

#[tokio::test]
async fn who_does_not_take_events_finds_the_newest() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let mut sessions = client.sessions();
    let (id, params) = peer.asked("sessions.subscribe").await;
    let subscription = &params["subscription"];
    peer.answer(&id, &snapshot(subscription, 0, &[])).await;
    for offset in 0..100 {
        let row = row("a", &offset.to_string(), offset);
        peer.at(
            (subscription, offset, offset + 1),
            "sessions.changed",
            &upserted(&row),
        )
        .await;
    }
    // The answer to a request stands behind the events.
    let history = tokio::spawn(async move { client.chat_history("a").await });
    let (id, _) = peer.asked("chat.history").await;
    peer.answer(&id, &json!({ "sessionKey": "a", "messages": [] }))
        .await;
    soon(history).await.unwrap().unwrap();

    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Snapshot { .. })
    ));
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Changed { .. })
    ));
    assert_eq!(labels(&sessions), ["99"]);
}

#[tokio::test]
async fn a_window_is_ordered_as_asked_and_grows() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let mut sessions = client.sessions_with(&SessionsListParams {
        sort_by: Some(SortBy::Label),
        limit: Some(2),
        ..SessionsListParams::default()
    });
    let (id, params) = peer.asked("sessions.subscribe").await;
    assert_eq!(
        (&params["sortBy"], &params["limit"]),
        (&json!("label"), &json!(2))
    );
    let subscription = &params["subscription"];
    let rows = [row("a", "A", 1), row("b", "B", 2)];
    peer.answer(&id, &snapshot(subscription, 5, &rows)).await;
    soon(sessions.next()).await.expect("a snapshot");
    assert_eq!(labels(&sessions), ["A", "B"]);

    let left = json!({ "sessionKey": "b", "change": "left" });
    peer.at((subscription, 5, 5), "sessions.changed", &left)
        .await;
    let first = upserted(&row("c", "0", 3));
    peer.at((subscription, 5, 6), "sessions.changed", &first)
        .await;
    assert_eq!(
        soon(sessions.next()).await,
        Some(SessionEvent::Left { key: "b".into() })
    );
    soon(sessions.next()).await.expect("a change");
    assert_eq!(labels(&sessions), ["0", "A"]);

    sessions.load_more(1);
    let (id, params) = peer.asked("sessions.subscribe").await;
    assert_eq!(params["limit"], 3);
    assert_eq!(params["since"], json!({ "epoch": "e", "offset": 6 }));
    let rows = [row("c", "0", 3), row("a", "A", 1), row("b", "B", 2)];
    peer.answer(&id, &snapshot(subscription, 6, &rows)).await;
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Snapshot { rows, .. }) if rows.len() == 3
    ));
    assert_eq!(labels(&sessions), ["0", "A", "B"]);
}

#[tokio::test]
async fn a_rename_shows_before_it_is_answered() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let mut sessions = client.sessions();
    let (id, params) = peer.asked("sessions.subscribe").await;
    let subscription = &params["subscription"];
    peer.answer(&id, &snapshot(subscription, 5, &[row("a", "A", 1)]))
        .await;
    soon(sessions.next()).await.expect("a snapshot");

    let renaming = client.clone();
    let rename = tokio::spawn(async move { renaming.rename("a", Some("New")).await });
    let (id, params) = peer.asked("sessions.patch").await;
    assert_eq!(params, json!({ "key": "a", "label": "New" }));
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Changed { row, pending: true, .. }) if row.label.as_deref() == Some("New")
    ));
    assert_eq!(labels(&sessions), ["New"]);

    let taken = json!({ "code": "INVALID_REQUEST", "message": "label already in use: New" });
    peer.refuse(&id, &taken).await;
    assert!(matches!(
        soon(rename).await.expect("it does not panic"),
        Err(Error::Refused(_))
    ));
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Changed { pending: false, .. })
    ));
    assert_eq!(labels(&sessions), ["A"]);
}

#[tokio::test]
async fn a_list_is_live_at_a_gateway_without_cursors() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&json!({})).await;
    let mut sessions = client.sessions();
    let (id, params) = peer.asked("sessions.subscribe").await;
    assert_eq!(params, json!({}));
    peer.answer(&id, &json!({ "subscribed": true })).await;
    let (id, _) = peer.asked("sessions.list").await;
    let list = json!({ "sessions": [row("a", "A", 1), row("b", "B", 2)] });
    peer.answer(&id, &list).await;
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Snapshot { rows, cursor: None }) if rows.len() == 2
    ));
    let deleted = json!({ "sessionKey": "a", "sessionId": "s", "reason": "delete", "ts": 3 });
    peer.event("sessions.changed", &deleted).await;
    assert!(matches!(
        soon(sessions.next()).await,
        Some(SessionEvent::Evicted(evicted)) if evicted.reason == EvictionReason::Deleted
    ));
    assert_eq!(labels(&sessions), ["B"]);
}

#[tokio::test]
async fn a_list_that_cannot_be_kept_ends_with_the_reason() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let mut sessions = client.sessions_with(&SessionsListParams {
        offset: Some(5),
        ..SessionsListParams::default()
    });
    assert_eq!(
        soon(sessions.next()).await,
        Some(SessionEvent::Failed(Error::NotLive("offset")))
    );
    assert_eq!(soon(sessions.next()).await, None);

    let mut messages = client.messages("a b");
    let (id, _) = peer.asked("sessions.messages.subscribe").await;
    peer.refuse(
        &id,
        &json!({ "code": "INVALID_REQUEST", "message": "malformed" }),
    )
    .await;
    assert!(matches!(
        soon(messages.next()).await,
        Some(MessageEvent::Failed(Error::Refused(_)))
    ));
    assert_eq!(soon(messages.next()).await, None);
}

#[tokio::test]
async fn messages_say_what_is_missing() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let mut messages = client.messages("a");
    subscribe_messages(&mut peer).await;
    let message = json!({ "role": "user", "content": "hi", "timestamp": 1 });
    peer.event(
        "session.message",
        &json!({ "sessionKey": "agent:main:a", "message": message }),
    )
    .await;
    let Some(MessageEvent::Message(message)) = soon(messages.next()).await else {
        panic!("a message is due");
    };
    assert_eq!(message.message.text(), "hi");
    let chat = json!({ "runId": "r", "sessionKey": "agent:main:a", "state": "invented" });
    peer.event("chat", &chat).await;
    assert!(
        matches!(soon(messages.next()).await, Some(MessageEvent::Chat(chat)) if chat.run_id == "r")
    );
    peer.event("socket.drain", &drain("agent:main:a")).await;
    assert!(matches!(
        soon(messages.next()).await,
        Some(MessageEvent::Evicted(_))
    ));

    drop(peer);
    let mut peer = gateway.greet(&hello()).await;
    subscribe_messages(&mut peer).await;
    assert_eq!(soon(messages.next()).await, Some(MessageEvent::Missed));
    peer.event(
        "session.message",
        &json!({ "sessionKey": "agent:main:a", "message": 7 }),
    )
    .await;
    assert_eq!(soon(messages.next()).await, Some(MessageEvent::Missed));

    drop(messages);
    let (_, params) = peer.asked("sessions.messages.unsubscribe").await;
    assert_eq!(params, json!({ "key": "agent:main:a" }));
}

async fn subscribe_messages(peer: &mut Peer) {
    let (id, params) = peer.asked("sessions.messages.subscribe").await;
    assert_eq!(params, json!({ "key": "a" }));
    peer.answer(&id, &json!({ "subscribed": true, "key": "agent:main:a" }))
        .await;
}

fn snapshot(subscription: &Value, offset: u64, rows: &[Value]) -> Value {
    json!({
        "subscribed": true, "subscription": subscription, "resumed": false,
        "cursor": { "epoch": "e", "offset": offset }, "list": { "sessions": rows },
    })
}

fn upserted(row: &Value) -> Value {
    json!({
        "reason": "patch", "ts": 1, "session": row,
    })
}

fn drain(key: &str) -> Value {
    json!({
        "sessionKey": key, "sessionId": "s", "lifecycleRevision": "1", "reason": "deleted", "ts": 1,
    })
}

fn labels(sessions: &Sessions) -> Vec<String> {
    let rows = sessions.list().iter();
    rows.map(|row| row.label.clone().unwrap_or_default())
        .collect()
}
