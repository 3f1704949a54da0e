//! What an upstream tells beside its list.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{ADMIN, CURSORS, Client, READ};
use super::{Upstream, follower, front, stage, until_live};

const A: &str = "agent:main:a";
const B: &str = "agent:main:b";
/// Told after what a test looks for, to everybody.
const LAST: &str = "update.available";

/// The events of the upstream that a client is told up to the last one, by name and session.
async fn heard(client: &mut Client) -> Vec<(String, String)> {
    client.next_event(LAST).await;
    let events = client.unread_events();
    names(&events)
}

fn names(events: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // What this gateway says itself is not odd.
    let told = events
        .iter()
        .filter(|event| !event["payload"]["odd"].is_null());
    told.map(|event| {
        let payload = &event["payload"];
        (text(&event["event"]), text(&payload["sessionKey"]))
    })
    .collect()
}

fn tell_all(upstream: &Upstream) {
    for (event, key) in [
        ("agent", A),
        ("agent", B),
        ("session.tool", A),
        ("session.message", B),
        ("session.typing", A),
        ("session.typing", B),
        ("cron", ""),
        ("exec.approval.requested", A),
        ("terminal.data", ""),
        ("presence", ""),
        ("device.pair.requested", ""),
        ("tick", ""),
        ("not\"a name", ""),
        (LAST, ""),
    ] {
        let payload = match key {
            "" => json!({"odd": [1]}),
            key => json!({"sessionKey": key, "odd": [1]}),
        };
        upstream.tell(event, &payload);
    }
}

#[tokio::test]
async fn events_are_told_to_those_whom_the_upstream_would_tell() {
    let (upstream, gateway) = stage(&[(A, json!({})), (B, json!({}))]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let subscribed = admin.request("sessions.subscribe", json!({})).await;
    subscribed.expect("it subscribes");
    let mut reader = gateway.client(READ, &[]).await;
    let mut scoped = gateway.client(READ, &["session-scoped-events"]).await;
    for client in [&mut reader, &mut scoped] {
        let followed = client.request("sessions.messages.subscribe", json!({"key": A}));
        followed.await.expect("it follows");
    }
    let mut approver = gateway.client(&["operator.approvals"], &[]).await;
    let mut nobody = gateway.client(&[], &[]).await;
    tell_all(&upstream);
    let pair = |(event, key): &(&str, &str)| ((*event).to_owned(), (*key).to_owned());
    let expect = |told: &[(&str, &str)]| told.iter().map(pair).collect::<Vec<_>>();
    let by_all = [("agent", A), ("agent", B)];
    let of_list = [("session.tool", A), ("session.message", B)];
    let for_admins = [
        ("cron", ""),
        ("exec.approval.requested", A),
        ("terminal.data", ""),
    ];
    assert_eq!(
        heard(&mut admin).await,
        expect(&[&by_all[..], &of_list, &for_admins].concat())
    );
    let followed = [("session.tool", A), ("session.typing", A), ("cron", "")];
    assert_eq!(
        heard(&mut reader).await,
        expect(&[&by_all[..], &followed].concat())
    );
    assert_eq!(
        heard(&mut scoped).await,
        expect(&[&by_all[..1], &followed].concat())
    );
    assert_eq!(heard(&mut approver).await, expect(&for_admins[1..2]));
    assert_eq!(heard(&mut nobody).await, expect(&[]));
}

#[tokio::test]
async fn with_cursors_events_are_those_of_followed_sessions() {
    let (upstream, gateway) = stage(&[(A, json!({})), (B, json!({}))]).await;
    let (mut client, _) = follower(&gateway).await;
    let followed = client.request("sessions.messages.subscribe", json!({"key": A}));
    followed.await.expect("it follows");
    tell_all(&upstream);
    let told = json!({"sessionKey": A, "last": true});
    upstream.tell("task", &told);
    assert_eq!(client.next_event("task").await["payload"], told);
    let events = names(&client.unread_events());
    let events: Vec<_> = events.iter().map(|(event, _)| event.as_str()).collect();
    let expected = [
        "agent",
        "session.tool",
        "session.typing",
        "exec.approval.requested",
    ];
    assert_eq!(events, expected);
    let ended = client.request("sessions.messages.unsubscribe", json!({"key": A}));
    ended.await.expect("it ends that");
    tell_all(&upstream);
    assert!(client.events_so_far().await.is_empty());
}

#[tokio::test]
async fn nothing_is_left_out_of_the_sequence_until_the_upstream_was_away() {
    let (mut upstream, gateway) = stage(&[(A, json!({}))]).await;
    let mut client = gateway.client(READ, &[]).await;
    let mut live = gateway.client(ADMIN, CURSORS).await;
    let mut seq = 0;
    for _ in 0..500 {
        upstream.tell("agent", &json!({"sessionKey": A}));
        upstream.tell("terminal.data", &json!({}));
    }
    for _ in 0..500 {
        let event = client.next_event("agent").await;
        seq += 1 + client.unread_events().len() as u64;
        assert_eq!(event["seq"], seq);
    }
    upstream.go().await;
    until_live(&mut live, false).await;
    upstream.come_back().await;
    until_live(&mut live, true).await;
    upstream.tell("agent", &json!({"sessionKey": A}));
    let event = client.next_event("agent").await;
    let told = 1 + client.unread_events().len() as u64;
    let last = event["seq"].as_u64().expect("a number");
    assert_eq!(last, seq + told + 1, "one is left out");
}

#[tokio::test]
async fn an_eviction_is_told_before_what_the_next_generation_says() {
    let (upstream, gateway) = stage(&[(A, json!({}))]).await;
    let (mut cursors, _) = follower(&gateway).await;
    let mut plain = gateway.client(READ, &[]).await;
    for client in [&mut cursors, &mut plain] {
        let followed = client.request("sessions.messages.subscribe", json!({"key": A}));
        followed.await.expect("it follows");
    }
    for round in 0..50 {
        upstream.change(A, "reset", json!({"totalTokens": round}));
        upstream.tell("session.message", &json!({"sessionKey": A, "round": round}));
        for client in [&mut cursors, &mut plain] {
            let message = client.next_event("session.message").await;
            assert_eq!(message["payload"]["round"], round);
            let before = client.unread_events();
            let drains = before
                .iter()
                .filter(|event| event["event"] == "socket.drain");
            assert_eq!(drains.count(), 1, "{round}: {before:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_to_tell_messages_is_the_callers_and_costs_nobody_else_anything() {
    let (upstream, gateway) = stage(&[(A, json!({}))]).await;
    let follow = json!({"key": A});
    let mut client = gateway.client(READ, CURSORS).await;
    let refusal = json!({"code": "FORBIDDEN", "message": "not yours", "details": {"n": [1]}});
    upstream.refuse("sessions.messages.subscribe", refusal.clone());
    let answer = client.request("sessions.messages.subscribe", follow.clone());
    assert_eq!(answer.await, Err(refusal));
    upstream.tell("session.message", &json!({"sessionKey": A}));
    assert!(client.events_so_far().await.is_empty());

    let answer = client.request("sessions.messages.subscribe", follow).await;
    answer.expect("it is asked again");
    upstream.tell("session.message", &json!({"sessionKey": A}));
    client.next_event("session.message").await;
    assert_eq!(upstream.asked("sessions.messages.subscribe").len(), 2);
    drop(client);
    upstream
        .until_asked("sessions.messages.unsubscribe", 1)
        .await;
}

#[tokio::test]
async fn followed_sessions_are_followed_again_when_the_upstream_is_back() {
    let (mut upstream, gateway) = stage(&[(A, json!({}))]).await;
    let mut live = gateway.client(ADMIN, CURSORS).await;
    let mut client = gateway.client(READ, CURSORS).await;
    let follow = json!({"key": A});
    let answer = client.request("sessions.messages.subscribe", follow.clone());
    answer.await.expect("it follows");
    upstream.go().await;
    until_live(&mut live, false).await;
    let mut late = gateway.client(READ, CURSORS).await;
    let other = late.request("sessions.messages.subscribe", json!({"key": B}));
    other.await.expect("it follows as soon as it can");
    upstream.come_back().await;
    upstream.until_asked("sessions.messages.subscribe", 3).await;
    let asked: BTreeSet<_> = upstream.asked("sessions.messages.subscribe")[1..]
        .iter()
        .map(|params| params["key"].to_string())
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for (client, key) in [(&mut client, A), (&mut late, B)] {
        upstream.tell("session.message", &json!({"sessionKey": key}));
        client.next_event("session.message").await;
    }
}

#[tokio::test]
async fn a_greeting_names_what_can_be_asked_for_through_it() {
    let (_upstream, gateway) = stage(&[]).await;
    let client = gateway.client(READ, CURSORS).await;
    let features = &client.hello["features"];
    let has = |kind: &str, name: &str| {
        let names = features[kind].as_array().expect("names");
        names.iter().filter(|known| *known == name).count()
    };
    for (kind, name, times) in [
        ("methods", "plugin.echo", 1),
        ("methods", "chat.history", 1),
        ("methods", "sessions.list", 1),
        ("methods", "sessions.describe", 1),
        ("methods", "device.pair.list", 1),
        ("methods", "device.pair.setup", 0),
        ("methods", "chat.inject", 0),
        ("events", "agent", 1),
        ("events", "sessions.changed", 1),
        ("events", "socket.drain", 1),
        ("events", "device.pair.changed", 0),
        ("capabilities", "session-cursor", 1),
        ("capabilities", "session-goal-start-v1", 1),
        ("capabilities", "profile-binding-v1", 0),
    ] {
        assert_eq!(has(kind, name), times, "{kind} {name}");
    }
    let defaults = &client.hello["snapshot"]["sessionDefaults"];
    assert_eq!(defaults["modelConfigured"], false);
    assert_eq!(client.hello["policy"]["attachments"]["maxBytes"], 7);
    assert!(client.hello["policy"]["maxPayload"].is_u64());

    assert!(client.hello["snapshot"]["health"]["upstream"]["live"].is_boolean());

    let away = front("ws://127.0.0.1:1", &[]).await;
    let client = away.client(READ, CURSORS).await;
    let methods = client.hello["features"]["methods"].to_string();
    assert!(methods.contains("sessions.list"), "{methods}");
}
