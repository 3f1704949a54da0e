//! Sends, transcripts and answers.

mod support;
mod talk;

use serde_json::{Value, json};
use support::{ADMIN, Gateway, READ};
use talk::{KEY, WRITE, history, outline, say};

#[tokio::test]
async fn a_first_message_makes_the_session() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    writer.ask("sessions.subscribe", json!({})).await;
    let params = json!({"sessionKey": KEY, "message": "/name Fresh", "idempotencyKey": "r"});
    writer.ask("chat.send", params).await;
    let events = writer.events().await;
    assert_eq!(
        outline(&events),
        [
            "session.message user",
            "session.message assistant",
            "sessions.changed create",
            "chat assistant",
        ]
    );
    assert_eq!(events[2]["payload"]["session"]["label"], "Fresh");
    assert_eq!(events[0]["payload"]["session"]["label"], "Fresh");
    assert_eq!(events[0]["payload"]["message"]["idempotencyKey"], "r:user");
    assert_eq!(events[1]["payload"]["message"]["idempotencyKey"], "r");
    assert_eq!(events[1]["payload"]["messageSeq"], 2);
}

#[tokio::test]
async fn a_repeated_key_sends_nothing_twice() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for (run, text) in [("plain", "hello"), ("command", "/reset")] {
        let params = json!({"sessionKey": KEY, "message": text, "idempotencyKey": run});
        let started = admin.ask("chat.send", params).await;
        assert_eq!(started, json!({"runId": run, "status": "started"}));
    }
    drop(admin);
    let gateway = gateway.restart(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin.ask("sessions.subscribe", json!({})).await;
    let params = json!({"key": KEY, "message": "/reset", "idempotencyKey": "command"});
    for method in ["sessions.send", "sessions.send"] {
        let repeated = admin.ask(method, params.clone()).await;
        assert_eq!(repeated, json!({"runId": "command", "status": "ok"}));
    }
    // A key that would make the same mark as another run's message is taken for a repetition.
    let params = json!({"key": KEY, "message": "hello", "idempotencyKey": "command:user"});
    assert_eq!(admin.ask("sessions.send", params).await["status"], "ok");
    assert!(admin.events().await.is_empty());
    assert_eq!(history(&mut admin).await.len(), 2);
}

#[tokio::test]
async fn text_can_be_kept_from_being_a_command() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let params = json!({
        "sessionKey": KEY, "message": "/name X", "idempotencyKey": "r",
        "suppressCommandInterpretation": true,
    });
    writer.ask("chat.send", params).await;
    let messages = history(&mut writer).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["content"], "/name X");
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert!(described["session"].get("label").is_none());
}

#[tokio::test]
async fn an_integration_answers_by_inject() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let missing = json!({"sessionKey": KEY, "message": "x"});
    assert_eq!(
        admin.refusal("chat.inject", missing).await,
        "session not found"
    );
    say(&mut admin, "hello").await;
    let mut follower = gateway.client(READ, &[]).await;
    follower
        .ask("sessions.messages.subscribe", json!({"key": "talk"}))
        .await;
    let params = json!({"sessionKey": KEY, "message": "hi yourself", "label": "note"});
    let injected = admin.ask("chat.inject", params).await;
    assert_eq!(injected["ok"], true);
    let id = injected["messageId"].as_str().expect("an id");
    let events = follower.events().await;
    assert_eq!(
        outline(&events),
        ["session.message assistant", "chat assistant"]
    );
    let (message, chat) = (&events[0]["payload"], &events[1]["payload"]);
    assert_eq!(message["messageId"], id);
    assert_eq!(
        message["message"]["content"][0]["text"],
        "[note]\n\nhi yourself"
    );
    assert_eq!(message["message"]["stopReason"], "stop");
    assert_eq!(chat["runId"], format!("inject-{id}"));
    assert_eq!((&chat["seq"], &chat["state"]), (&json!(0), &json!("final")));

    let mut writer = gateway.client(WRITE, &[]).await;
    let params = json!({"sessionKey": KEY, "message": "x"});
    assert_eq!(
        writer.refusal("chat.inject", params).await,
        "missing scope: operator.admin"
    );
}

#[tokio::test]
async fn a_history_is_read_in_pages() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let none = writer.ask("chat.startup", json!({"sessionKey": KEY})).await;
    assert_eq!(none["sessionKey"], KEY);
    assert!(none.get("sessionId").is_none());
    assert_eq!(none["messages"], json!([]));
    assert_eq!(none["sessionInfo"]["key"], KEY);
    assert_eq!(none["sessionInfo"]["updatedAt"], Value::Null);
    for text in ["one", "two", "three", "/think high"] {
        say(&mut writer, text).await;
    }
    let page = writer
        .ask(
            "chat.history",
            json!({"sessionKey": KEY, "limit": 2, "offset": 1}),
        )
        .await;
    let messages = page["messages"].as_array().expect("a list");
    let seqs: Vec<_> = messages
        .iter()
        .map(|m| m["__openclaw"]["seq"].clone())
        .collect();
    assert_eq!(seqs, [3, 4]);
    assert_eq!(
        (
            &page["hasMore"],
            &page["nextOffset"],
            &page["totalMessages"]
        ),
        (&json!(true), &json!(3), &json!(5))
    );
    let whole = writer
        .ask("chat.startup", json!({"sessionKey": "talk"}))
        .await;
    assert_eq!(whole["hasMore"], false);
    assert!(whole.get("nextOffset").is_none());
    assert_eq!(whole["thinkingLevel"], "high");
    assert_eq!(whole["pendingInputs"], json!({"items": [], "total": 0}));
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert_eq!(whole["sessionInfo"], described["session"]);
    assert_eq!(whole["sessionId"], described["session"]["sessionId"]);
    say(&mut writer, &"x".repeat(2000)).await;
    let short = writer
        .ask("chat.history", json!({"sessionKey": KEY, "maxBytes": 1024}))
        .await;
    assert_eq!(
        short["messages"].as_array().map(Vec::len),
        Some(1),
        "the newest is always there"
    );
    assert_eq!(
        (&short["hasMore"], &short["nextOffset"]),
        (&json!(true), &json!(1))
    );
}

#[tokio::test]
async fn a_session_can_begin_with_a_message() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let params = json!({"key": KEY, "message": "/name By create", "idempotencyKey": "first"});
    let created = writer.ask("sessions.create", params.clone()).await;
    assert_eq!(
        (&created["runStarted"], &created["runId"]),
        (&json!(true), &json!("first"))
    );
    assert_eq!(created["entry"]["label"], "By create");
    let again = writer.ask("sessions.create", params).await;
    assert_eq!(
        (&again["runStarted"], &again["runId"]),
        (&json!(false), &json!("first"))
    );
    assert_eq!(history(&mut writer).await.len(), 2);
    let created = writer
        .ask("sessions.create", json!({"task": "do it"}))
        .await;
    assert_eq!(created["runStarted"], true);
    let bare = writer.ask("sessions.create", json!({"message": " "})).await;
    assert_eq!(bare["runStarted"], false);
    assert!(bare.get("runId").is_none());
}

#[tokio::test]
async fn sends_that_make_no_sense_are_refused() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    say(&mut writer, "hello").await;
    let target = "session mutation target is unavailable";
    for (method, params, sentence) in [
        ("chat.send", json!({}), target),
        ("chat.send", json!("x"), target),
        (
            "chat.send",
            json!({"sessionKey": 5, "message": "x"}),
            target,
        ),
        (
            "sessions.send",
            json!({"key": "  ", "message": "x"}),
            target,
        ),
        (
            "chat.send",
            json!({"sessionKey": "agent:main:", "message": "x", "idempotencyKey": "r"}),
            "malformed session key \"agent:main:\"",
        ),
        (
            "chat.send",
            json!({"sessionKey": "agent:work:x", "message": "x", "idempotencyKey": "r"}),
            "Agent \"work\" no longer exists in configuration",
        ),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": "  ", "idempotencyKey": "r"}),
            "message or attachment required",
        ),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": "x", "idempotencyKey": "r", "attachments": [{"type": "image"}]}),
            "attachments are not supported by this gateway",
        ),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": "x", "idempotencyKey": "r", "sessionId": "another"}),
            "Session agent:main:talk changed before send. Retry.",
        ),
        (
            "sessions.send",
            json!({"key": KEY, "message": ""}),
            "message or attachment required",
        ),
        (
            "sessions.send",
            json!({"key": "agent:main:missing", "message": "hi"}),
            "session not found: agent:main:missing",
        ),
        ("sessions.abort", json!({}), "key required"),
        (
            "sessions.abort",
            json!({"key": "agent:main:"}),
            "malformed session key \"agent:main:\"",
        ),
        (
            "chat.abort",
            json!({"sessionKey": "agent:main:"}),
            "malformed session key \"agent:main:\"",
        ),
    ] {
        let refusal = writer.refusal(method, params.clone()).await;
        assert_eq!(refusal, sentence, "{method} {params}");
    }
    for (method, params) in [
        ("chat.send", json!({"sessionKey": KEY, "message": "x"})),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": 5, "idempotencyKey": "r"}),
        ),
        ("chat.history", json!({})),
        ("sessions.goal.update", json!({"sessionKey": KEY})),
    ] {
        let refusal = writer.refusal(method, params.clone()).await;
        assert!(
            refusal.starts_with(&format!("invalid {method} params: ")),
            "{refusal}"
        );
    }
    let error = writer
        .request("chat.send", json!({}))
        .await
        .expect_err("there is no target");
    assert_eq!(
        error["details"],
        json!({"code": "SESSION_MUTATION_TARGET_REQUIRED", "method": "chat.send"})
    );
    let mut reader = gateway.client(READ, &[]).await;
    assert_eq!(
        reader.refusal("chat.send", json!({})).await,
        "missing scope: operator.write"
    );
    assert_eq!(
        history(&mut writer).await.len(),
        1,
        "none of it left a trace"
    );
}

#[tokio::test]
async fn there_is_never_a_run_to_abort() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let none = json!({"ok": true, "abortedRunId": null, "status": "no-active-run"});
    for params in [json!({"key": "agent:main:nokey"}), json!({"runId": "none"})] {
        assert_eq!(writer.ask("sessions.abort", params).await, none);
    }
    assert_eq!(
        writer.ask("chat.abort", json!({"sessionKey": KEY})).await,
        json!({"ok": true, "aborted": false, "runIds": []})
    );
}
