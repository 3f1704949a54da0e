//! Sessions are listed, read, made, changed and deleted.

use serde_json::{Value, json};

use crate::SESSIONS;
use crate::support::{ADMIN, CURSORS, Client, Gateway, READ};

#[tokio::test]
async fn the_query_has_the_params_of_the_list() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "b", "c"] {
        let params = json!({"key": key, "label": format!("Label {key}")});
        admin
            .request("sessions.create", params)
            .await
            .expect("made");
    }
    let keys = |list: &Value| {
        let rows = list["sessions"].as_array().expect("there are rows");
        rows.iter()
            .map(|row| row["key"].as_str().expect("a key").to_owned())
            .collect::<Vec<_>>()
    };
    let page = gateway
        .http("GET", "/v1/chat/sessions?limit=2&offset=1", None)
        .await
        .json();
    assert_eq!(keys(&page).len(), 2);
    assert_eq!(
        (&page["totalCount"], &page["hasMore"]),
        (&json!(3), &json!(false))
    );
    let found = gateway
        .http(
            "GET",
            "/v1/chat/sessions?search=label%20B&archived=all",
            None,
        )
        .await
        .json();
    assert_eq!(keys(&found), ["agent:main:b"]);
    let none = gateway
        .http("GET", "/v1/chat/sessions?archived=true", None)
        .await
        .json();
    assert_eq!(keys(&none), [""; 0]);
    let refused = gateway
        .http("GET", "/v1/chat/sessions?limit=many", None)
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"]["type"], "invalid_request");
}

#[tokio::test]
async fn a_session_is_read_by_key_or_id_until_it_is_gone() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let made = admin
        .request("sessions.create", json!({"key": "agent:main:a b:c/d"}))
        .await
        .expect("it is made");
    let id = made["sessionId"].as_str().expect("it has an id").to_owned();
    let described = admin
        .request("sessions.describe", json!({"key": "agent:main:a b:c/d"}))
        .await
        .expect("it is there");
    let paths = [
        "/v1/chat/sessions/agent:main:a%20b:c%2Fd".to_owned(),
        "/v1/chat/sessions/agent%3Amain%3AA%20B%3Ac%2fd".to_owned(),
        "/v1/chat/sessions/a%20b:c%2Fd".to_owned(),
        format!("{SESSIONS}/{id}"),
    ];
    for path in &paths {
        let answer = gateway.http("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.json(), described["session"]);
    }
    let never = gateway.http("GET", "/v1/chat/sessions/never", None).await;
    assert_eq!(never.status, 404);
    let body =
        json!({"ok": false, "error": {"type": "not_found", "message": "No session found: never"}});
    assert_eq!(never.json(), body);
    let malformed = gateway
        .http("GET", "/v1/chat/sessions/agent::x", None)
        .await;
    assert_eq!(malformed.status, 400);
    let garbled = gateway.http("GET", "/v1/chat/sessions/%ff", None).await;
    assert_eq!(
        (garbled.status, &garbled.json()["ok"]),
        (400, &json!(false))
    );

    admin
        .request("sessions.delete", json!({"key": "agent:main:a b:c/d"}))
        .await
        .expect("it is deleted");
    for path in &paths {
        let gone = gateway.http("GET", path, None).await;
        assert_eq!(gone.status, 410, "{path}");
        let error = &gone.json()["error"];
        assert_eq!(
            (&error["type"], &error["reason"]),
            (&json!("evicted"), &json!("deleted"))
        );
    }
    for (method, body) in [("PATCH", Some("{\"label\":\"x\"}")), ("DELETE", None)] {
        let gone = gateway.http(method, &paths[0], body).await;
        assert_eq!(gone.status, 410, "{method} makes no session anew");
    }
    admin
        .request("sessions.create", json!({"key": "agent:main:a b:c/d"}))
        .await
        .expect("it is made anew");
    assert_eq!(gateway.http("GET", &paths[0], None).await.status, 200);
    assert_eq!(gateway.http("GET", &paths[3], None).await.status, 410);
}

#[tokio::test]
async fn a_patch_by_http_is_told_as_one_by_a_socket() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.subscriber(READ).await;
    let mut lean = gateway.client(READ, CURSORS).await;
    lean.request("sessions.subscribe", json!({"subscription": "s"}))
        .await
        .expect("it is allowed");
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    for client in [&mut plain, &mut lean] {
        client.next_event("sessions.changed").await;
    }

    let patch = r#"{"label":"By HTTP","pinned":true,"category":"Group"}"#;
    let answer = gateway
        .http("PATCH", "/v1/chat/sessions/agent:main:a", Some(patch))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["entry"]["label"], "By HTTP");
    let by_http = [changed(&mut plain).await, changed(&mut lean).await];
    admin
        .request(
            "sessions.patch",
            json!({"key": "a", "label": "By socket", "pinned": true, "category": "Group"}),
        )
        .await
        .expect("it is patched");
    let by_socket = [changed(&mut plain).await, changed(&mut lean).await];
    for (http, socket) in by_http.into_iter().zip(by_socket) {
        assert_eq!(http["reason"], "patch");
        assert_eq!(http["session"]["label"], "By HTTP");
        assert_eq!(without_time_and_label(http), without_time_and_label(socket));
    }
}

#[tokio::test]
async fn a_delete_by_http_drains_subscribers() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let made = admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    let mut list = gateway.subscriber(READ).await;
    let mut messages = gateway.client(READ, &[]).await;
    messages
        .request("sessions.messages.subscribe", json!({"key": "a"}))
        .await
        .expect("it is allowed");

    let answer = gateway
        .http("DELETE", "/v1/chat/sessions/agent:main:a", None)
        .await;
    assert_eq!(
        (answer.status, &answer.json()["deleted"]),
        (200, &json!(true))
    );
    for client in [&mut list, &mut messages] {
        let drain = client.next_event("socket.drain").await;
        let payload = &drain["payload"];
        assert_eq!(payload["reason"], "deleted");
        assert_eq!(payload["sessionKey"], "agent:main:a");
        assert_eq!(payload["sessionId"], made["sessionId"]);
    }
    let gone = gateway
        .http("GET", "/v1/chat/sessions/agent:main:a", None)
        .await;
    assert_eq!(
        (gone.status, &gone.json()["error"]["reason"]),
        (410, &json!("deleted"))
    );
}

#[tokio::test]
async fn sessions_are_made_and_written_to() {
    let gateway = Gateway::start(&[]).await;
    let mut follower = gateway.client(READ, &[]).await;
    let follow = json!({"key": "hook"});
    follower
        .request("sessions.messages.subscribe", follow)
        .await
        .expect("it is allowed");
    let body = r#"{"key": "hook", "label": "Hook"}"#;
    let made = gateway.http("POST", SESSIONS, Some(body)).await;
    assert_eq!(
        (made.status, &made.json()["key"]),
        (200, &json!("agent:main:hook"))
    );
    let messages = format!("{SESSIONS}/agent:main:hook/messages");
    let body = r#"{"message": "/name Renamed", "idempotencyKey": "k1"}"#;
    for status in ["started", "ok"] {
        let sent = gateway.http("POST", &messages, Some(body)).await;
        assert_eq!(sent.json(), json!({"runId": "k1", "status": status}));
    }
    let said = follower.next_event("session.message").await;
    assert_eq!(said["payload"]["message"]["content"], "/name Renamed");
    let row = gateway.http("GET", &format!("{SESSIONS}/hook"), None).await;
    assert_eq!(row.json()["label"], "Renamed");
    let nowhere = format!("{SESSIONS}/nowhere/messages");
    assert_eq!(gateway.http("POST", &nowhere, Some(body)).await.status, 404);
    let taken = gateway
        .http("POST", SESSIONS, Some(r#"{"label": "Renamed"}"#))
        .await;
    assert_eq!(taken.status, 400);
    assert_eq!(
        taken.json()["error"]["message"],
        "label already in use: Renamed"
    );
}

async fn changed(client: &mut Client) -> Value {
    loop {
        let mut event = client.next_event("sessions.changed").await;
        let payload = event["payload"].take();
        if payload["session"].is_object() {
            return payload;
        }
    }
}

fn without_time_and_label(mut payload: Value) -> Value {
    fn clear(fields: &mut Value) {
        for name in ["ts", "updatedAt", "label", "displayName", "derivedTitle"] {
            if let Some(field) = fields.get_mut(name) {
                *field = json!("(compared as present)");
            }
        }
    }
    clear(&mut payload);
    clear(&mut payload["session"]);
    payload
}
