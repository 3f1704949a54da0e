//! Live lists from the first answer to the last.

use serde_json::json;

use crate::script::{Script, drain, left, live, row, snapshot, upserted};

#[test]
fn a_snapshot_then_what_follows_it() {
    let mut script = live(5, &["a", "b"]);
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
    assert_eq!(
        script.at(6, 7, "socket.drain", &drain("a", "1", Some("2"))),
        ["list 1 evicted a@1 Reset told, next 2"]
    );
    assert_eq!(
        script.at(7, 8, "sessions.changed", &upserted("a", "2")),
        ["list 1 changed a@2"]
    );
    assert_eq!(
        script.at(8, 9, "socket.drain", &drain("b", "1", None)),
        ["list 1 evicted b@1 Deleted told, next -"]
    );
    assert_eq!(
        script.at(9, 10, "sessions.changed", &left("a")),
        ["list 1 left a"]
    );
    assert_eq!(script.at(10, 11, "sessions.changed", &left("a")), [""; 0]);
    let unheld = drain("a", "2", None);
    assert_eq!(script.at(11, 12, "socket.drain", &unheld), [""; 0]);
}

#[test]
fn what_is_hidden_or_unknown_moves_the_place_and_nothing_else() {
    let mut script = live(5, &[]);
    assert_eq!(script.at(5, 9, "tick", &json!({ "ts": 1 })), [""; 0]);
    assert_eq!(
        script.at(9, 10, "session.invented", &json!({ "sessionKey": "a" })),
        [""; 0]
    );
    let groups = json!({ "reason": "groups", "ts": 1 });
    assert_eq!(script.at(10, 11, "sessions.changed", &groups), [""; 0]);
    assert_eq!(script.at(11, 11, "tick", &json!({ "ts": 1 })), [""; 0]);
    assert_eq!(
        script.at(11, 12, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
}

#[test]
fn what_came_before_is_ignored() {
    let mut script = live(5, &["a"]);
    script.at(5, 6, "sessions.changed", &upserted("b", "1"));
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("b", "1")),
        [""; 0]
    );
    assert_eq!(
        script.at(3, 4, "socket.drain", &drain("a", "1", None)),
        [""; 0]
    );
    assert_eq!(
        script.at(6, 7, "sessions.changed", &upserted("c", "1")),
        ["list 1 changed c@1"]
    );
}

#[test]
fn refusals_end_a_subscription_unless_they_pass() {
    let mut script = Script::connected();
    script.subscribe(&json!({}));
    script.refuse(
        2,
        &json!({ "code": "UNAVAILABLE", "message": "busy", "retryAfterMs": 1_000 }),
    );
    let wait = script.pass_to_deadline();
    assert!((1_000..1_500).contains(&wait.as_millis()), "{wait:?}");
    assert_eq!(
        script.drain(),
        [r#"send 3 sessions.subscribe {"subscription":"1"}"#]
    );
    script.refuse(
        3,
        &json!({ "code": "FORBIDDEN", "message": "missing scope: operator.read" }),
    );
    assert_eq!(
        script.drain(),
        ["list 1 failed: refused: missing scope: operator.read (FORBIDDEN)"]
    );
    assert_eq!(script.reconnect(), [""; 0]);
}

#[test]
fn an_answer_that_cannot_be_read_ends_the_subscription() {
    let mut script = Script::connected();
    script.subscribe(&json!({}));
    script.answer(2, &json!({ "subscribed": true }));
    let lines = script.drain();
    assert_eq!(
        lines[0],
        r#"send 3 sessions.unsubscribe {"subscription":"1"}"#
    );
    assert!(
        lines[1].starts_with("list 1 failed: unreadable answer: missing field"),
        "{}",
        lines[1]
    );
}

#[test]
fn unsubscribing_is_told_to_the_gateway_and_late_frames_are_ignored() {
    let mut script = live(5, &[]);
    let list = sessionwire_client_core::SubscriptionId(1);
    script.client.unsubscribe(list, script.now());
    script.client.unsubscribe(list, script.now());
    assert_eq!(
        script.drain(),
        [r#"send 3 sessions.unsubscribe {"subscription":"1"}"#]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("a", "1")),
        [""; 0]
    );
    script.refuse(
        3,
        &json!({ "code": "INVALID_REQUEST", "message": "no such method" }),
    );
    assert_eq!(script.drain(), [""; 0]);
    assert_eq!(script.reconnect(), [""; 0]);
}

#[test]
fn subscriptions_of_one_client_stand_apart() {
    let mut script = live(5, &[]);
    assert_eq!(
        script.subscribe(&json!({})),
        [r#"send 3 sessions.subscribe {"subscription":"2"}"#]
    );
    script.answer(3, &snapshot("e", 7, &[row("a", "1")]));
    script.at(5, 6, "tick", &json!({ "ts": 1 }));
    assert_eq!(
        script.at(6, 7, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
}
