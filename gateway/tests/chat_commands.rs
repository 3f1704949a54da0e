//! Chat commands, and what every list is told of them.

mod support;
mod talk;

use serde_json::{Value, json};
use support::{ADMIN, CURSORS, Gateway, READ, whole};
use talk::{KEY, WRITE, say, subscribe_with_cursors};

#[tokio::test]
async fn a_name_given_in_chat_is_told_like_one_given_by_patch() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    assert_eq!(say(&mut writer, "hello there").await, None);
    let mut plain = gateway.client(READ, &[]).await;
    plain.ask("sessions.subscribe", json!({})).await;
    let mut cursors = gateway.client(READ, CURSORS).await;
    subscribe_with_cursors(&mut cursors).await;

    let mut shapes = Vec::new();
    for label in ["By patch", "By command"] {
        let reason = match label {
            "By patch" => {
                writer
                    .ask("sessions.patch", json!({"key": KEY, "label": label}))
                    .await;
                "patch"
            }
            _ => {
                let reply = say(&mut writer, &format!("/name {label}")).await;
                assert_eq!(reply, Some(format!("✅ Session renamed to “{label}”.")));
                "command-metadata"
            }
        };
        let events = plain.events().await;
        let told = events
            .iter()
            .find(|event| event["event"] == "sessions.changed")
            .expect("a plain subscriber is told");
        assert_eq!(told["payload"]["reason"], reason);
        assert_eq!(told["payload"]["label"], label);
        let row = &told["payload"]["session"];

        let events = cursors.events().await;
        let told = events
            .iter()
            .find(|event| event["event"] == "sessions.changed")
            .expect("a subscriber with cursors is told");
        assert_eq!(
            (
                &told["subscription"],
                &told["payload"]["session"]["key"],
                &told["payload"]["reason"]
            ),
            (&json!("s"), &json!(KEY), &json!(reason))
        );
        assert!(told["prev"].as_u64() < told["cursor"].as_u64());
        assert_eq!(
            &whole(&told["payload"]["session"]),
            row,
            "both are told one row"
        );

        let kept = lasting(row);
        for field in ["label", "displayName", "derivedTitle"] {
            assert_eq!(kept[field], label);
        }
        shapes.push(
            kept.as_object()
                .expect("a row")
                .keys()
                .cloned()
                .collect::<Vec<_>>(),
        );
        let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
        assert_eq!(&described["session"], row);
    }
    assert_eq!(shapes[0], shapes[1], "both ways tell the same shape");
}

#[tokio::test]
async fn a_name_in_use_is_refused_in_words_and_changes_nothing() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    writer
        .ask(
            "sessions.create",
            json!({"key": "agent:main:other", "label": "Taken"}),
        )
        .await;
    writer.ask("sessions.subscribe", json!({})).await;
    assert_eq!(
        say(&mut writer, "/name Taken").await.as_deref(),
        Some("Couldn't rename the session: label already in use: Taken")
    );
    let long = "🦞".repeat(257);
    assert_eq!(
        say(&mut writer, &format!("/name {long}")).await.as_deref(),
        Some("Couldn't rename the session: invalid label: too long (max 512)")
    );
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert_eq!(described["session"]["label"], Value::Null);
}

#[tokio::test]
async fn a_goal_lives_in_every_list() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    say(&mut writer, "hello").await;
    let mut watcher = gateway.client(READ, CURSORS).await;
    subscribe_with_cursors(&mut watcher).await;
    let mut plain = gateway.client(READ, &[]).await;
    plain.ask("sessions.subscribe", json!({})).await;
    for (command, reply, objective, status) in [
        (
            "/goal start Ship it",
            "Goal started: Ship it",
            "Ship it",
            "active",
        ),
        (
            "/goal pause lunch",
            "Goal paused: Ship it",
            "Ship it",
            "paused",
        ),
        (
            "/goal edit Ship it well",
            "Goal updated: Ship it well",
            "Ship it well",
            "paused",
        ),
        (
            "/goal resume",
            "Goal resumed: Ship it well",
            "Ship it well",
            "active",
        ),
        (
            "/goal block",
            "Goal blocked: Ship it well",
            "Ship it well",
            "blocked",
        ),
        (
            "/goal done",
            "Goal complete: Ship it well\nTokens used: 0",
            "Ship it well",
            "complete",
        ),
    ] {
        assert_eq!(say(&mut writer, command).await.as_deref(), Some(reply));
        let event = watcher.next_event("sessions.changed").await;
        let payload = &event["payload"];
        assert_eq!(payload["reason"], "command-metadata", "{command}");
        let goal = &payload["session"]["goal"];
        assert_eq!(
            (&goal["objective"], &goal["status"]),
            (&json!(objective), &json!(status))
        );
    }
    plain.events().await;
    assert_eq!(
        say(&mut writer, "/goal clear").await.as_deref(),
        Some("Goal cleared.")
    );
    let events = plain.events().await;
    let told = events
        .iter()
        .find(|event| event["event"] == "sessions.changed")
        .expect("the clear is told");
    assert_eq!(told["payload"]["goal"], Value::Null);
    assert!(told["payload"].get("goal").is_some(), "as a tombstone");
    assert!(told["payload"]["session"].get("goal").is_none());
    assert_eq!(
        say(&mut writer, "/goal clear").await.as_deref(),
        Some("No goal to clear.")
    );
    let events = plain.events().await;
    let told = events
        .iter()
        .find(|event| event["event"] == "sessions.changed")
        .expect("the message is told");
    assert_eq!(told["payload"]["reason"], "send");
}

#[tokio::test]
async fn options_are_told_with_reason_patch() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    say(&mut admin, "hello").await;
    admin.ask("sessions.subscribe", json!({})).await;
    for (command, field, value) in [
        ("/think high", "thinkingLevel", json!("high")),
        ("/verbose full", "verboseLevel", json!("full")),
        ("/usage tokens", "responseUsage", json!("tokens")),
        ("/model openai/gpt-6", "model", json!("gpt-6")),
        ("/think default", "thinkingLevel", Value::Null),
    ] {
        let params = json!({"sessionKey": KEY, "message": command, "idempotencyKey": command});
        admin.ask("chat.send", params).await;
        let events = admin.events().await;
        let told = events
            .iter()
            .find(|event| event["event"] == "sessions.changed")
            .expect("a change is told");
        assert_eq!(told["payload"]["reason"], "patch", "{command}");
        assert_eq!(told["payload"][field], value, "{command}");
        assert_eq!(told["payload"]["session"][field], value, "{command}");
    }
}

/// A row without what every message changes.
fn lasting(row: &Value) -> Value {
    let mut row = row.clone();
    let fields = row.as_object_mut().expect("a row is an object");
    for field in ["updatedAt", "lastInteractionAt", "lastMessagePreview"] {
        assert!(fields.remove(field).is_some(), "{field} is told");
    }
    row
}
