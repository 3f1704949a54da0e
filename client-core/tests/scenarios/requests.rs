use std::time::Duration;

use serde_json::json;
use sessionwire_protocol::sessions::SessionsListParams;

use crate::script::Script;

#[test]
fn a_request_settles_once_with_what_the_gateway_says() {
    let mut script = Script::connected();
    let (a, b, c) = (
        script.request("x.a", &json!({ "n": 1 })),
        script.request("x.b", &json!({})),
        script.request("x.c", &json!({})),
    );
    assert_eq!(script.drain()[0], format!(r#"send {a} x.a {{"n":1}}"#));
    script.refuse(
        b,
        &json!({ "code": "FORBIDDEN", "message": "missing scope: operator.write" }),
    );
    script.answer(a, &json!({ "deep": [1] }));
    script.answer(a, &json!({ "deep": [2] }));
    script.frame(&json!({ "type": "res", "id": c.to_string(), "ok": true }));
    script.answer(4711, &json!({}));
    script.frame(&json!({ "type": "res", "id": "invalid", "ok": true }));
    assert_eq!(
        script.drain(),
        [
            format!("response {b} failed: refused: missing scope: operator.write (FORBIDDEN)"),
            format!(r#"response {a} {{"deep":[1]}}"#),
            format!("response {c} null"),
        ]
    );
}

#[test]
fn a_request_times_out_alone() {
    let mut script = Script::connected();
    let a = script.request("x.a", &json!({}));
    script.pass(Duration::from_secs(10));
    let b = script.request("x.b", &json!({}));
    script.drain();
    assert_eq!(
        script.pass(Duration::from_secs(20)),
        [format!("response {a} failed: no answer in time")]
    );
    script.answer(a, &json!({}));
    script.answer(b, &json!({}));
    assert_eq!(script.drain(), [format!("response {b} {{}}")]);
}

#[test]
fn a_lost_connection_interrupts_what_was_sent_and_refuses_what_comes_after() {
    let mut script = Script::connected();
    let sent = script.request("x.a", &json!({}));
    script.drain();
    script.client.transport_closed(None, script.now());
    let late = script.request("x.b", &json!({}));
    assert_eq!(
        script.drain(),
        [
            "disconnected, retry: the connection was lost".to_owned(),
            format!("response {sent} failed: the connection was lost"),
            format!("response {late} failed: not connected"),
        ]
    );
}

#[test]
fn requests_wait_for_the_first_greeting_behind_the_subscriptions() {
    let mut script = Script::new();
    let early = script.request("x.early", &json!({}));
    assert_eq!(
        script.drain(),
        [format!("response {early} failed: not connected")]
    );
    script.client.connect(script.now());
    let a = script.request("x.a", &json!({}));
    script.client.transport_closed(None, script.now());
    let b = script.request("x.b", &json!({}));
    script
        .client
        .subscribe_sessions(SessionsListParams::default(), script.now());
    script.client.connect(script.now());
    script.drain();
    script.open_and_greet(&json!({ "features": { "capabilities": ["session-cursor"] } }));
    assert_eq!(
        script.drain(),
        [
            "connected".to_owned(),
            r#"send 5 sessions.subscribe {"subscription":"1"}"#.to_owned(),
            format!("send {a} x.a {{}}"),
            format!("send {b} x.b {{}}"),
        ]
    );
}

#[test]
fn a_request_does_not_wait_for_a_greeting_beyond_its_deadline() {
    let mut script = Script::with(|config| config.request_timeout = Duration::from_secs(5));
    script.client.connect(script.now());
    let a = script.request("x.a", &json!({}));
    script.drain();
    assert_eq!(
        script.pass(Duration::from_secs(5)),
        [format!("response {a} failed: not connected")]
    );
    script.open_and_greet(&json!({}));
    assert_eq!(script.drain(), ["connected"]);
}
