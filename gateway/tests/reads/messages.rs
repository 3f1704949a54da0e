//! Messages are read, previewed and searched.

use serde_json::{Value, json};
use sessionwire_protocol::{ErrorBody, SessionKey, TranscriptMessage};

use crate::asked;
use crate::support::{ADMIN, Gateway, READ, store};

#[tokio::test]
async fn messages_are_read_previewed_and_found() {
    let gateway = talked().await;
    let mut reader = gateway.client(READ, &[]).await;

    let got = asked(&mut reader, "sessions.get", json!({"key": "lab"})).await;
    let texts: Vec<_> = messages(&got)
        .iter()
        .map(|message| &message["content"])
        .collect();
    assert_eq!(texts[0], "hello there");
    assert_eq!(texts.len(), 3);
    assert_eq!(messages(&got)[2]["__openclaw"]["seq"], 3);
    let last = asked(
        &mut reader,
        "sessions.get",
        json!({"sessionKey": "lab", "limit": 1}),
    )
    .await;
    assert_eq!(messages(&last).len(), 1);
    assert_eq!(
        messages(&last)[0]["content"][0]["text"],
        "[note]\n\ninjected text"
    );
    let all = json!({"key": "lab", "limit": u64::MAX});
    let all = asked(&mut reader, "sessions.get", all).await;
    assert_eq!(all, got);
    let none = asked(&mut reader, "sessions.get", json!({"key": "missing"})).await;
    assert_eq!(none, json!({"messages": []}));
    let error = reader.request("sessions.get", json!({"key": "  "})).await;
    assert_eq!(error.expect_err("it is refused")["message"], "key required");

    let params = json!({"keys": ["agent:main:lab", "empty", "agent:main:nokey"]});
    let previews = asked(&mut reader, "sessions.preview", params).await;
    assert!(previews["ts"].is_u64());
    assert_eq!(
        previews["previews"],
        json!([
            {"key": "agent:main:lab", "status": "ok", "items": [
                {"role": "user", "text": "hello there"},
                {"role": "assistant", "text": "✅ Session renamed to “Via send”."},
                {"role": "assistant", "text": "[note]\n\ninjected text"},
            ]},
            {"key": "empty", "status": "empty", "items": []},
            {"key": "agent:main:nokey", "status": "missing", "items": []},
        ])
    );
    let params = json!({"keys": ["agent:main:lab"], "limit": 2, "maxChars": 20});
    let short = asked(&mut reader, "sessions.preview", params).await;
    assert_eq!(
        short["previews"][0]["items"],
        json!([
            {"role": "assistant", "text": "✅ Session renamed..."},
            {"role": "assistant", "text": "[note]\n\ninjected ..."},
        ])
    );

    let found = asked(&mut reader, "sessions.search", json!({"query": "injected"})).await;
    let hit = &found["results"][0];
    assert_eq!(hit["sessionKey"], "agent:main:lab");
    assert_eq!(hit["messageId"], messages(&got)[2]["__openclaw"]["id"]);
    assert_eq!(hit["timestamp"], messages(&got)[2]["timestamp"]);
    assert_eq!(
        (&hit["role"], &hit["snippet"]),
        (&json!("assistant"), &json!("[note]\n\ninjected text"))
    );
    assert!(hit["sessionId"].is_string() && hit["score"].is_f64());
    assert_eq!(found["truncated"], Value::Null);
    for (params, count) in [
        (json!({"query": "nothinghere"}), 0),
        (json!({"query": "hello", "limit": 1}), 1),
        (json!({"query": "hello"}), 2),
        (json!({"query": "hello", "sessionKeys": ["lab"]}), 1),
        (
            json!({"query": "hello", "sessionKeys": ["agent:main:empty"]}),
            0,
        ),
        (
            json!({"query": "hello", "scope": {"label": "The other"}}),
            1,
        ),
        (json!({"query": "\" OR ( NEAR -*"}), 0),
    ] {
        let found = asked(&mut reader, "sessions.search", params.clone()).await;
        assert_eq!(
            found["results"].as_array().map(Vec::len),
            Some(count),
            "{params}"
        );
    }
    let first = asked(
        &mut reader,
        "sessions.search",
        json!({"query": "hello", "limit": 1}),
    )
    .await;
    assert_eq!(first["truncated"], true);
    let blank = reader
        .request("sessions.search", json!({"query": "  "}))
        .await;
    assert_eq!(
        blank.expect_err("it is refused")["message"],
        "query must not be empty"
    );
    let params = json!({"query": "hello", "agentId": "main"});
    let error = reader.request("sessions.search", params).await;
    assert_eq!(
        error.expect_err("it is refused")["message"],
        "agentId requires sessionKeys"
    );
}

#[tokio::test]
async fn what_is_evicted_is_not_found_any_more() {
    let gateway = talked().await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    asked(&mut admin, "sessions.reset", json!({"key": "lab"})).await;
    asked(&mut admin, "sessions.delete", json!({"key": "other"})).await;
    let found = asked(&mut admin, "sessions.search", json!({"query": "hello"})).await;
    assert_eq!(found, json!({"results": []}));
    let previews = asked(
        &mut admin,
        "sessions.preview",
        json!({"keys": ["lab", "other"]}),
    )
    .await;
    let statuses: Vec<_> = previews["previews"]
        .as_array()
        .expect("there are previews")
        .iter()
        .map(|preview| preview["status"].as_str().expect("a status"))
        .collect();
    assert_eq!(statuses, ["empty", "missing"]);
}

/// A gateway in which there was talk.
async fn talked() -> Gateway {
    let data = tempfile::tempdir().expect("a temporary folder");
    let core = store::open(data.path(), &[]);
    let talking = core.sessions.commit(|transaction| {
        let (lab, other) = (key("lab"), key("other"));
        let now = transaction.now();
        for message in [
            TranscriptMessage::user("hello there", now),
            TranscriptMessage::assistant("✅ Session renamed to “Via send”.", now),
            TranscriptMessage::assistant("[note]\n\ninjected text", now),
        ] {
            transaction.append(&lab, message);
        }
        transaction.append(&other, TranscriptMessage::user("hello to you, too", now));
        let reason = sessionwire_protocol::ChangeReason::PATCH;
        transaction.relabel(&other, Some("The other"), reason.clone())?;
        transaction.update(&key("empty"), reason, |_| {});
        Ok::<_, ErrorBody>(())
    });
    talking.await.expect("it is stored");
    drop(core);
    Gateway::start_in(data, &[]).await
}

fn key(name: &str) -> SessionKey {
    SessionKey::from(format!("agent:main:{name}").as_str())
}

fn messages(answer: &Value) -> &Vec<Value> {
    answer["messages"].as_array().expect("there are messages")
}
