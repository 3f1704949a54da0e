//! Who may not call, and what is wrong with a call.

use serde_json::json;

use crate::SESSIONS;
use crate::support::{ADMIN, Gateway, TOKEN};

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
