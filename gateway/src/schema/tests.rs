use serde_json::{Value, json};

use super::{check, check_frame, params};

/// Method, params and answer of malformed requests, recorded from a running OpenClaw 2026.9.6.
const REFUSED: &str = include_str!("../../tests/fixtures/params-refused.jsonl");

/// Method and params of requests that OpenClaw 2026.9.6 accepts: what its command line, terminal interface, Control UI
/// and reference client were seen to send, and for each method some with every field it has.
const ACCEPTED: &str = include_str!("../../tests/fixtures/params-accepted.jsonl");

#[test]
fn schema_refuses_in_the_recorded_words() {
    for line in REFUSED.lines() {
        let (method, params, message): (String, Value, String) =
            serde_json::from_str(line).unwrap();
        assert_eq!(check(&method, &params), Err(message), "{method} {params}");
    }
}

#[test]
fn schema_accepts_what_real_clients_send() {
    for line in ACCEPTED.lines() {
        let (method, params): (String, Value) = serde_json::from_str(line).unwrap();
        assert_eq!(check(&method, &params), Ok(()), "{method} {params}");
    }
}

#[test]
fn schema_knows_every_method_of_the_samples() {
    for line in ACCEPTED.lines() {
        let (method, _): (String, Value) = serde_json::from_str(line).unwrap();
        assert!(params(&method).is_some(), "{method}");
    }
    assert!(params("sessions.unsubscribe").is_none());
    assert_eq!(check("sessions.unsubscribe", &json!("anything")), Ok(()));
}

#[test]
fn schema_lets_a_subscription_be_named_and_resumed() {
    let subscribe = |params| check("sessions.subscribe", &params);
    let since = json!({"epoch": "e1", "offset": 0});
    assert_eq!(
        subscribe(json!({"limit": 50, "since": since, "subscription": "picker"})),
        Ok(())
    );
    assert_eq!(
        subscribe(json!({"since": {"epoch": 1, "offset": -1, "seq": 2}})).unwrap_err(),
        "invalid sessions.subscribe params: at /since: unexpected property 'seq'; at /since/epoch: must be string; \
         at /since/offset: must be >= 0"
    );
    assert_eq!(
        subscribe(json!({"since": {}, "subscription": ""})).unwrap_err(),
        "invalid sessions.subscribe params: at /since: must have required property 'epoch'; \
         at /subscription: must not have fewer than 1 characters"
    );
    assert_eq!(
        subscribe(json!({"subscription": "s".repeat(129)})).unwrap_err(),
        "invalid sessions.subscribe params: at /subscription: must not have more than 128 characters"
    );
    assert_eq!(
        check("sessions.list", &json!({"since": since})).unwrap_err(),
        "invalid sessions.list params: at root: unexpected property 'since'"
    );
}

/// Recorded from OpenClaw 2026.9.6 like the fixture, with texts too long for it.
#[test]
fn schema_counts_characters_and_not_bytes() {
    let label = |label: String| {
        check(
            "sessions.patch",
            &json!({"key": "agent:main:main", "label": label}),
        )
    };
    assert_eq!(label("👨‍👩‍👧‍👦".repeat(512)), Ok(()));
    assert_eq!(label("e\u{301}".repeat(512)), Ok(()));
    assert_eq!(
        label("👨‍👩‍👧‍👦".repeat(513)).unwrap_err(),
        "invalid sessions.patch params: at /label: must not have more than 512 characters; at /label: must be null; \
         at /label: must match a schema in anyOf"
    );
    let query = json!({"query": "q".repeat(4097)});
    assert_eq!(
        check("sessions.search", &query).unwrap_err(),
        "invalid sessions.search params: at /query: must not have more than 4096 characters"
    );
}

/// Recorded from OpenClaw 2026.9.6: what it answered to these frames after the handshake.
#[test]
fn schema_refuses_frames_in_the_recorded_words() {
    let cases = [
        (json!([]), "must be object"),
        (json!("x"), "must be object"),
        (json!({}), "must have required property 'type'"),
        (json!({"type": "req"}), "must have required property 'id'"),
        (
            json!({"type": "req", "id": "f"}),
            "must have required property 'method'",
        ),
        (
            json!({"id": "f", "method": "health"}),
            "must have required property 'type'",
        ),
        (
            json!({"type": "bogus", "id": "f", "method": "health"}),
            "at /type: must be equal to constant",
        ),
        (
            json!({"type": "req", "id": 1, "method": "x"}),
            "at /id: must be string",
        ),
        (
            json!({"type": "req", "id": "", "method": "x"}),
            "at /id: must not have fewer than 1 characters",
        ),
        (
            json!({"type": "req", "id": "f", "method": ""}),
            "at /method: must not have fewer than 1 characters",
        ),
        (
            json!({"type": "req", "id": "f", "method": "health", "extra": 1}),
            "at root: unexpected property 'extra'",
        ),
        (
            json!({"type": "req", "id": "f", "method": "health", "expectedProfileId": ""}),
            "at /expectedProfileId: must not have fewer than 1 characters",
        ),
        (
            json!({"type": "req", "id": "f", "method": "health", "traceparent": 5, "more": 1, "other": 2}),
            "at root: unexpected property 'more'; at /traceparent: must be string",
        ),
        (
            json!({"type": "res", "id": "f", "ok": true}),
            "must have required property 'method'; at root: unexpected property 'ok'; \
             at /type: must be equal to constant",
        ),
        (
            json!({"type": "event", "event": "tick"}),
            "must have required property 'id'; at root: unexpected property 'event'; \
             at /type: must be equal to constant",
        ),
    ];
    for (frame, found) in cases {
        assert_eq!(
            check_frame(&frame),
            Err(format!("invalid request frame: {found}")),
            "{frame}"
        );
    }
    assert_eq!(
        check_frame(&json!({"type": "req", "id": "f", "method": "health", "traceparent": "00"})),
        Ok(())
    );
}
