//! `/reset` and `/new`, and what everybody who holds the session is told of them.

mod support;
mod talk;

use serde_json::json;
use support::{ADMIN, CURSORS, Gateway, READ};
use talk::{KEY, WRITE, history, outline, say, subscribe_with_cursors};

#[tokio::test]
async fn without_admin_a_reset_is_refused_in_words() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    say(&mut writer, "hello").await;
    writer.ask("sessions.subscribe", json!({})).await;
    for command in ["/reset", "/new"] {
        let reply = say(&mut writer, command).await.expect("a reply");
        assert!(
            reply.starts_with("⚠️ You are not authorized to reset this session. Gateway resets require operator.admin"),
            "{reply}"
        );
    }
    let events = writer.events().await;
    assert!(events.iter().all(|event| event["event"] != "socket.drain"));
    assert_eq!(history(&mut writer).await.len(), 5);
}

#[tokio::test]
async fn a_reset_in_chat_is_told_to_lists_and_to_message_subscribers() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    say(&mut admin, "hello").await;
    say(&mut admin, "/goal start Ship it").await;
    let before = admin.ask("sessions.describe", json!({"key": KEY})).await["session"].clone();

    let mut plain = gateway.client(READ, &[]).await;
    plain.ask("sessions.subscribe", json!({})).await;
    let mut cursors = gateway.client(READ, CURSORS).await;
    subscribe_with_cursors(&mut cursors).await;
    let mut follower = gateway.client(READ, &[]).await;
    follower
        .ask("sessions.messages.subscribe", json!({"key": KEY}))
        .await;

    let mut revision = before["lifecycleRevision"].clone();
    for (command, reason, reply) in [
        ("/reset", "reset", "✅ Session reset."),
        ("/new", "new", "✅ New session started."),
    ] {
        assert_eq!(say(&mut admin, command).await.as_deref(), Some(reply));
        let drain_outline = format!("socket.drain {reason}");
        let changed_outline = format!("sessions.changed {reason}");
        let events = plain.events().await;
        assert_eq!(
            outline(&events),
            [
                drain_outline.as_str(),
                "session.message user",
                "session.message assistant",
                changed_outline.as_str(),
                "chat assistant",
            ]
        );
        let drain = events[0]["payload"].clone();
        assert_eq!(drain["sessionKey"], KEY);
        assert_eq!(drain["sessionId"], before["sessionId"]);
        assert_eq!(drain["lifecycleRevision"], revision);
        assert_eq!(
            events[1]["payload"]["messageSeq"], 1,
            "of the next generation"
        );
        let row = &events[3]["payload"]["session"];
        assert_eq!(row["lifecycleRevision"], drain["nextLifecycleRevision"]);
        assert_ne!(row["lifecycleRevision"], drain["lifecycleRevision"]);
        assert!(row.get("goal").is_none(), "a reset clears the goal");

        let events = cursors.events().await;
        let listed: Vec<_> = events
            .iter()
            .filter(|event| event["subscription"] == "s")
            .cloned()
            .collect();
        assert_eq!(
            outline(&listed),
            [drain_outline.as_str(), changed_outline.as_str()]
        );
        assert_eq!(listed[0]["payload"], drain);
        assert_eq!(listed[1]["prev"], listed[0]["cursor"]);

        let events = follower.events().await;
        assert_eq!(
            outline(&events),
            [
                drain_outline.as_str(),
                "session.message user",
                "session.message assistant",
                "chat assistant",
            ]
        );
        assert_eq!(events[0]["payload"], drain);
        revision = drain["nextLifecycleRevision"].clone();

        let texts: Vec<_> = history(&mut admin)
            .await
            .into_iter()
            .map(|m| m["role"].clone())
            .collect();
        assert_eq!(texts, ["user", "assistant"], "the old transcript is gone");
    }

    say(&mut admin, "and on it goes").await;
    let events = follower.events().await;
    assert_eq!(outline(&events), ["session.message user", "chat final"]);
    assert_eq!(events[0]["payload"]["messageSeq"], 3);
}

#[tokio::test]
async fn what_follows_a_reset_is_the_first_message() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    say(&mut admin, "hello").await;
    assert_eq!(say(&mut admin, "/new fix the build").await, None);
    let messages = history(&mut admin).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["content"], "fix the build");
    let described = admin.ask("sessions.describe", json!({"key": KEY})).await;
    assert_eq!(described["session"]["derivedTitle"], "fix the build");
    assert!(say(&mut admin, "/reset soft").await.is_some());
    assert_eq!(
        history(&mut admin).await.len(),
        3,
        "a soft reset keeps the messages"
    );
}

#[tokio::test]
async fn a_reset_of_a_session_that_was_not_there_evicts_nothing() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin.ask("sessions.subscribe", json!({})).await;
    let params = json!({"sessionKey": KEY, "message": "/reset", "idempotencyKey": "r"});
    admin.ask("chat.send", params).await;
    assert_eq!(
        outline(&admin.events().await),
        [
            "session.message user",
            "session.message assistant",
            "sessions.changed create",
            "chat assistant",
        ]
    );
}

#[tokio::test]
async fn an_eviction_is_told_before_messages_of_the_next_generation() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway
        .client(ADMIN, &["session-cursor", "session-scoped-events"])
        .await;
    for (method, params) in [
        ("sessions.create", json!({"key": "a"})),
        ("sessions.subscribe", json!({"subscription": "s"})),
        ("sessions.messages.subscribe", json!({"key": "a"})),
        (
            "sessions.send",
            json!({"key": "a", "message": "/new go on"}),
        ),
    ] {
        client.request(method, params).await.expect("it is allowed");
    }
    let events = client.events_so_far().await;
    let names: Vec<_> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "socket.drain",
            "sessions.changed",
            "session.message",
            "chat"
        ]
    );
}
