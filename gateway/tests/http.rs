//! The HTTP side of the port.

mod support;

use serde_json::{Value, json};
use sessionwire_gateway::http::router;
use support::http::request;
use support::{ADMIN, CURSORS, Client, Gateway, READ, TOKEN, store};
use tokio::net::TcpListener;

const SESSIONS: &str = "/v1/chat/sessions";

#[tokio::test]
async fn probes_answer_everybody() {
    let gateway = Gateway::start(&[]).await;
    for path in ["/health", "/healthz"] {
        let answer = gateway.raw("GET", path, &[], "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), json!({"ok": true, "status": "live"}));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for path in ["/ready", "/readyz"] {
        let answer = gateway.raw("GET", path, &[], "").await;
        assert_eq!(answer.status, 200);
        let report = answer.json();
        assert_eq!(
            (&report["ready"], &report["failing"]),
            (&json!(true), &json!([]))
        );
        assert!(report["uptimeMs"].is_u64());
    }
    assert_eq!(gateway.raw("HEAD", "/healthz", &[], "").await.status, 200);
    let refused = gateway.raw("POST", "/healthz", &[], "").await;
    assert_eq!(refused.status, 405);
    assert_eq!(refused.json()["error"]["type"], "method_not_allowed");
}

#[tokio::test]
async fn readiness_follows_the_store() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let path = gateway.data.path().join("sessions.sqlite");
    let meddler = rusqlite::Connection::open(path).expect("the file is there");
    let break_with = |statement: &str| {
        meddler
            .execute_batch(statement)
            .expect("the schema can be changed");
    };

    break_with("ALTER TABLE journal RENAME TO journal_away; ALTER TABLE meta RENAME TO meta_away");
    let error = admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect_err("it cannot be stored");
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("UNAVAILABLE"), &json!(true))
    );
    let answer = gateway.raw("GET", "/readyz", &[], "").await;
    assert_eq!(
        (answer.status, &answer.json()["failing"]),
        (503, &json!(["store"]))
    );
    assert_eq!(gateway.raw("GET", "/healthz", &[], "").await.status, 200);

    break_with("ALTER TABLE journal_away RENAME TO journal; ALTER TABLE meta_away RENAME TO meta");
    assert_eq!(gateway.raw("GET", "/readyz", &[], "").await.status, 200);
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is stored again");
}

#[tokio::test]
async fn sessions_are_for_holders_of_the_token() {
    let gateway = Gateway::start(&[]).await;
    let (right, wrong) = (format!("Bearer {TOKEN}"), "Bearer wrong".to_owned());
    let (basic, lower) = (format!("Basic {TOKEN}"), format!("bearer {TOKEN}"));
    let in_query = format!("{SESSIONS}?token={}", TOKEN.replace(' ', "%20"));
    for (path, authorization, status) in [
        (SESSIONS, Some(right.as_str()), 200),
        (SESSIONS, Some(lower.as_str()), 200),
        (SESSIONS, None, 401),
        (SESSIONS, Some(wrong.as_str()), 401),
        (SESSIONS, Some(basic.as_str()), 401),
        (SESSIONS, Some("Bearer"), 401),
        (in_query.as_str(), None, 401),
        ("/v1/chat/sessions/nobody", None, 401),
    ] {
        let headers: Vec<_> = authorization
            .map(|authorization| ("Authorization", authorization))
            .into_iter()
            .collect();
        let answer = gateway.raw("GET", path, &headers, "").await;
        assert_eq!(answer.status, status, "{path} {authorization:?}");
        if status == 401 {
            let body = json!({"error": {"message": "Unauthorized", "type": "unauthorized"}});
            assert_eq!(answer.json(), body);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
}

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
    let mut plain = gateway.client(READ, &[]).await;
    plain
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
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
    let mut list = gateway.client(READ, &[]).await;
    list.request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
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
async fn what_is_wrong_is_said_in_json() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "main"] {
        admin
            .request("sessions.create", json!({"key": key, "label": key}))
            .await
            .expect("it is made");
    }
    let a = "/v1/chat/sessions/a";
    let token = format!("Bearer {TOKEN}");
    let large = format!("{{\"label\":\"{}\"}}", "x".repeat(1 << 20));
    let json_type = "application/json; charset=utf-8";
    for (method, path, content_type, body, status, kind) in [
        ("PATCH", a, json_type, "{", 400, "invalid_request"),
        ("PATCH", a, json_type, "[]", 400, "invalid_request"),
        (
            "PATCH",
            a,
            json_type,
            "{\"key\":\"b\"}",
            400,
            "invalid_request",
        ),
        (
            "PATCH",
            a,
            json_type,
            "{\"label\":\"main\"}",
            400,
            "invalid_request",
        ),
        (
            "PATCH",
            a,
            json_type,
            "{\"label\":5}",
            400,
            "invalid_request",
        ),
        (
            "PATCH",
            a,
            "text/plain",
            "{}",
            415,
            "unsupported_media_type",
        ),
        ("PATCH", a, "", "{}", 415, "unsupported_media_type"),
        ("PATCH", a, json_type, &large, 413, "payload_too_large"),
        (
            "PATCH",
            a,
            json_type,
            "{\"icon\":\"x\",\"expectedSessionId\":\"other\"}",
            409,
            "session_changed",
        ),
        (
            "PATCH",
            "/v1/chat/sessions/no",
            json_type,
            "{}",
            404,
            "not_found",
        ),
        (
            "DELETE",
            "/v1/chat/sessions/main",
            "",
            "",
            400,
            "invalid_request",
        ),
        ("PUT", a, json_type, "{}", 405, "method_not_allowed"),
        ("PUT", SESSIONS, json_type, "{}", 405, "method_not_allowed"),
        ("GET", "/v1/chat", "", "", 404, "not_found"),
        ("GET", "/v1/models", "", "", 404, "not_found"),
        ("POST", "/anywhere", json_type, "{}", 404, "not_found"),
    ] {
        let mut headers = vec![("Authorization", token.as_str())];
        if !content_type.is_empty() {
            headers.push(("Content-Type", content_type));
        }
        let answer = gateway.raw(method, path, &headers, body).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(
            answer.status, status,
            "{method} {path} {shown}: {}",
            answer.body
        );
        assert_eq!(answer.json()["ok"], false);
        assert_eq!(
            answer.json()["error"]["type"],
            kind,
            "{method} {path} {shown}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let row = gateway.http("GET", a, None).await.json();
    assert_eq!(row["label"], "a", "nothing of it was done");
    let archive = gateway.http("PATCH", a, Some("{\"archived\":true}")).await;
    assert_eq!(archive.status, 200, "the path says which session is meant");
}

#[tokio::test]
async fn pages_that_may_open_a_socket_may_call() {
    let gateway = Gateway::start(&["--allow-origin", "https://picker.example"]).await;
    let token = format!("Bearer {TOKEN}");
    for (origin, allowed) in [
        ("https://picker.example", true),
        ("http://localhost:5173", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let headers = [("Authorization", token.as_str()), ("Origin", origin)];
        let answer = gateway.raw("GET", SESSIONS, &headers, "").await;
        assert_eq!(answer.status, if allowed { 200 } else { 403 }, "{origin}");
        let echoed = allowed.then_some(origin);
        assert_eq!(answer.header("access-control-allow-origin"), echoed);
        assert_eq!(answer.header("vary"), Some("Origin"));

        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "PATCH"),
        ];
        let preflight = gateway.raw("OPTIONS", SESSIONS, &headers, "").await;
        assert_eq!(
            preflight.status,
            if allowed { 204 } else { 403 },
            "{origin}"
        );
        assert_eq!(preflight.header("access-control-allow-origin"), echoed);
        let methods = preflight.header("access-control-allow-methods");
        assert_eq!(
            methods.is_some_and(|methods| methods.contains("PATCH")),
            allowed
        );
    }
    let headers = [("Origin", "https://picker.example")];
    let unauthorized = gateway.raw("GET", SESSIONS, &headers, "").await;
    assert_eq!(unauthorized.status, 401);
    assert!(unauthorized.header("access-control-allow-origin").is_some());
}

#[tokio::test]
async fn the_picker_is_served() {
    let www = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [
        ("index.html", "<title>Picker</title>"),
        ("picker-ABCDEF12.js", "1"),
        ("sessionwire.wasm", "\0asm"),
    ] {
        std::fs::write(www.path().join(name), text).expect("it is written");
    }
    let folder = www.path().display().to_string();
    let gateway = Gateway::start(&["--www", &folder]).await;
    for (path, status, content_type, caching) in [
        ("/", 200, "text/html", "no-cache"),
        ("/?x=1", 200, "text/html", "no-cache"),
        ("/index.html", 200, "text/html", "no-cache"),
        ("/picker-ABCDEF12.js", 200, "text/javascript", "immutable"),
        ("/sessionwire.wasm", 200, "application/wasm", "no-cache"),
        ("/nothing", 404, "text/plain", "no-store"),
        ("/../Cargo.toml", 404, "text/plain", "no-store"),
        ("/%2e%2e/token", 404, "text/plain", "no-store"),
    ] {
        let answer = gateway.raw("GET", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}");
        let header = |name| answer.header(name).unwrap_or_default();
        assert!(header("content-type").starts_with(content_type), "{path}");
        assert!(header("cache-control").contains(caching), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let policy = header("content-security-policy");
        assert!(policy.contains("'wasm-unsafe-eval'") && policy.contains("connect-src 'self';"));
    }
    let page = gateway.raw("GET", "/", &[], "").await;
    assert_eq!(page.body, "<title>Picker</title>");
    let modified = page.header("last-modified").expect("it has a time");
    let again = gateway
        .raw("GET", "/", &[("If-Modified-Since", modified)], "")
        .await;
    assert_eq!(again.status, 304);
    assert_eq!(gateway.raw("POST", "/", &[], "").await.status, 404);

    let without = Gateway::start(&[]).await;
    let answer = without.raw("GET", "/", &[], "").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("--www"));
}

#[tokio::test]
async fn sockets_open_wherever_no_route_is() {
    let gateway = Gateway::start(&[]).await;
    for path in ["", "/", "/ws", "/some/random/path?x=1", "/v1/elsewhere"] {
        let mut client = Client::open(&format!("{}{path}", gateway.url())).await;
        client.next_event("connect.challenge").await;
    }
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let owned = gateway.raw("GET", "/healthz", &upgrade, "").await;
    assert_eq!(owned.status, 200, "a route keeps its path");
    let other = [("Upgrade", "h2c")];
    let page = gateway.raw("GET", "/", &other, "").await;
    assert_eq!(page.status, 404, "another protocol is no socket");
}

#[tokio::test]
async fn an_address_has_only_so_many_sockets_in_their_handshake() {
    let gateway = Gateway::start(&[]).await;
    let mut waiting = Vec::new();
    for _ in 0..32 {
        let mut client = Client::open(&gateway.url()).await;
        client.next_event("connect.challenge").await;
        waiting.push(client);
    }
    let refused = tokio_tungstenite::connect_async(gateway.url()).await;
    let Err(tokio_tungstenite::tungstenite::Error::Http(answer)) = refused else {
        panic!("one too many is refused");
    };
    assert_eq!(answer.status(), 503);
    let mut first = waiting.pop().expect("there are some");
    first
        .request("connect", support::connect_params(READ, &[]))
        .await
        .expect("the handshake succeeds");
    gateway.client(READ, &[]).await;
}

#[tokio::test]
async fn figures_are_told_to_prometheus() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it is allowed");
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    gateway.http("DELETE", "/v1/chat/sessions/a", None).await;
    let unknown = admin.request("no.such.method", json!({})).await;
    unknown.expect_err("there is none");
    let mut refused = Client::open(&gateway.url()).await;
    refused.next_event("connect.challenge").await;
    refused.send("{}").await;
    refused.closed().await;

    let answer = gateway.raw("GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4")
    );
    for line in [
        "sessionwire_requests_total{method=\"sessions.create\",outcome=\"ok\"} 1",
        "sessionwire_requests_total{method=\"sessions.delete\",outcome=\"ok\"} 1",
        "sessionwire_requests_total{method=\"none\",outcome=\"refused\"} 1",
        "sessionwire_evictions_total{reason=\"deleted\"} 1",
        "sessionwire_entries_total 2",
        "sessionwire_commit_seconds_count 2",
        "sessionwire_connections 1",
        "sessionwire_sessions 0",
        "sessionwire_live_lists 0",
        "sessionwire_journal_entries 2",
        "sessionwire_store_writable 1",
        "sessionwire_store_failures_total 0",
        "# TYPE sessionwire_commit_seconds histogram",
        "# HELP sessionwire_sessions Sessions",
        "# TYPE sessionwire_journal_head gauge",
    ] {
        assert!(
            answer.body.lines().any(|found| found == line),
            "{line} is missing in\n{}",
            answer.body
        );
    }
    assert!(
        answer
            .body
            .contains("sessionwire_handshakes_refused_total{code=\"1008\"} 1")
    );

    let other = Gateway::start(&[]).await;
    let answer = other.raw("GET", "/metrics", &[], "").await;
    assert!(
        answer.body.contains("sessionwire_entries_total 0"),
        "each gateway counts for itself"
    );
}

#[tokio::test]
async fn figures_want_the_token_beyond_loopback() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let core = store::open(data.path(), &["--bind", "192.0.2.1:1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let serving = tokio::spawn(async move { axum::serve(listener, router(core)).await });
    assert_eq!(
        request(address, "GET", "/metrics", &[], "").await.status,
        401
    );
    let token = format!("Bearer {TOKEN}");
    let headers = [("Authorization", token.as_str())];
    assert_eq!(
        request(address, "GET", "/metrics", &headers, "")
            .await
            .status,
        200
    );
    assert_eq!(
        request(address, "GET", "/healthz", &[], "").await.status,
        200
    );
    serving.abort();
}

async fn changed(client: &mut Client) -> Value {
    loop {
        let mut event = client.next_event("sessions.changed").await;
        let payload = event["payload"].take();
        if payload["sessionKey"].is_string() {
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
