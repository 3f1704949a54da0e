use std::time::Duration;

use serde_json::json;

use crate::script::{Script, drain, resumed, row, snapshot, upserted};

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
    let left = json!({ "sessionKey": "a", "change": "left", "reason": "patch", "ts": 1 });
    assert_eq!(
        script.at(9, 10, "sessions.changed", &left),
        ["list 1 left a"]
    );
    assert_eq!(script.at(10, 11, "sessions.changed", &left), [""; 0]);
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
fn frames_of_one_entry_apply_until_the_last_one_moves_the_place() {
    let mut script = live(5, &["a", "b"]);
    let gone = drain("a", "1", None);
    assert_eq!(
        script.at(5, 5, "socket.drain", &gone),
        ["list 1 evicted a@1 Deleted told, next -"]
    );
    assert_eq!(script.at(5, 5, "socket.drain", &gone), [""; 0]);
    assert_eq!(
        script.at(5, 5, "sessions.changed", &upserted("c", "1")),
        ["list 1 changed c@1"]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("d", "1")),
        ["list 1 changed d@1"]
    );
    assert_eq!(script.at(5, 5, "socket.drain", &gone), [""; 0]);
}

#[test]
fn a_gap_is_asked_for_from_the_own_place() {
    let mut script = live(5, &[]);
    assert_eq!(
        script.at(6, 7, "sessions.changed", &upserted("b", "1")),
        [r#"send 3 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":5}}"#]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("a", "1")),
        [""; 0],
        "it belongs to the earlier asking"
    );
    script.answer(3, &resumed("e", 5));
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
    assert_eq!(
        script.at(6, 7, "sessions.changed", &upserted("b", "1")),
        ["list 1 changed b@1"]
    );
}

#[test]
fn a_tick_from_further_on_shows_a_gap() {
    let mut script = live(5, &[]);
    assert_eq!(
        script.at(9, 9, "tick", &json!({ "ts": 1 })),
        [r#"send 3 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":5}}"#]
    );
}

#[test]
fn gaps_that_lead_nowhere_are_asked_for_slower_and_slower() {
    let mut script = live(5, &[]);
    script.at(6, 7, "tick", &json!({ "ts": 1 }));
    script.answer(3, &resumed("e", 5));
    assert_eq!(script.at(6, 7, "tick", &json!({ "ts": 1 })), [""; 0]);
    assert!(script.pass_to_deadline() < Duration::from_millis(500));
    assert_eq!(
        script.drain(),
        [r#"send 4 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":5}}"#]
    );
}

#[test]
fn an_event_that_cannot_be_read_is_passed_over_by_a_snapshot() {
    for payload in [
        json!({ "sessionKey": "a", "change": "upserted" }),
        json!({ "sessionKey": "a", "change": "upserted", "session": { "no": "key" } }),
        json!({ "sessionKey": "a", "change": "invented", "session": row("a", "1") }),
        json!([]),
    ] {
        let mut script = live(5, &["a"]);
        assert_eq!(
            script.at(5, 6, "sessions.changed", &payload),
            [r#"send 3 sessions.subscribe {"subscription":"1"}"#]
        );
        script.answer(3, &snapshot("e", 6, &[row("a", "1")]));
        assert_eq!(script.drain(), ["list 1 snapshot a@1 at e:6"]);
    }
}

#[test]
fn a_reconnect_resumes() {
    let mut script = live(5, &["a"]);
    script.at(5, 6, "sessions.changed", &upserted("a", "1"));
    assert_eq!(
        script.reconnect(),
        [r#"send 4 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":6}}"#]
    );
    script.answer(4, &resumed("e", 6));
    assert_eq!(
        script.at(6, 7, "socket.drain", &drain("a", "1", None)),
        ["list 1 evicted a@1 Deleted told, next -"]
    );
}

#[test]
fn a_snapshot_after_a_reconnect_tells_what_went_in_between() {
    let mut script = live(5, &["gone", "told", "reset", "same"]);
    script.at(5, 6, "socket.drain", &drain("told", "1", Some("2")));
    script.reconnect();
    let rows = [
        row("new", "1"),
        row("reset", "7"),
        row("same", "1"),
        row("told", "2"),
    ];
    script.answer(4, &snapshot("f", 2, &rows));
    assert_eq!(
        script.drain(),
        [
            "list 1 evicted gone@1 Unknown inferred, next -",
            "list 1 evicted reset@1 Unknown inferred, next 7",
            "list 1 snapshot new@1 reset@7 same@1 told@2 at f:2",
        ]
    );
    assert_eq!(
        script.reconnect(),
        [r#"send 6 sessions.subscribe {"subscription":"1","since":{"epoch":"f","offset":2}}"#]
    );
    script.answer(6, &snapshot("g", 0, &rows));
    assert_eq!(
        script.drain(),
        ["list 1 snapshot new@1 reset@7 same@1 told@2 at g:0"]
    );
    assert_eq!(
        script.at(0, 1, "sessions.changed", &upserted("new", "1")),
        ["list 1 changed new@1"]
    );
}

#[test]
fn an_eviction_told_just_before_the_cut_is_not_told_again() {
    let mut script = live(5, &["a", "b"]);
    script.at(5, 5, "socket.drain", &drain("a", "1", Some("2")));
    script.at(5, 5, "socket.drain", &drain("b", "1", None));
    script.reconnect();
    script.answer(4, &resumed("e", 5));
    assert_eq!(
        script.at(5, 5, "socket.drain", &drain("a", "1", Some("2"))),
        [""; 0]
    );
    assert_eq!(
        script.at(5, 5, "socket.drain", &drain("b", "1", None)),
        [""; 0]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("a", "2")),
        ["list 1 changed a@2"]
    );
}

#[test]
fn an_answer_that_resumes_elsewhere_proves_nothing() {
    let mut script = live(5, &["a"]);
    script.reconnect();
    script.answer(4, &resumed("e", 8));
    assert_eq!(
        script.drain(),
        [r#"send 5 sessions.subscribe {"subscription":"1"}"#]
    );
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let mut script = Script::connected();
    script.client.subscribe_sessions(script.now());
    script.drain();
    assert_eq!(
        script.pass(Duration::from_secs(30)),
        [r#"send 3 sessions.subscribe {"subscription":"1"}"#]
    );
    script.answer(2, &snapshot("e", 1, &[]));
    assert_eq!(script.drain(), [""; 0], "the first asking is over");
    script.answer(3, &snapshot("e", 2, &[]));
    assert_eq!(script.drain(), ["list 1 snapshot  at e:2"]);
}

#[test]
fn refusals_end_a_subscription_unless_they_pass() {
    let mut script = Script::connected();
    script.client.subscribe_sessions(script.now());
    script.drain();
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
    script.client.subscribe_sessions(script.now());
    script.drain();
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
    script.client.subscribe_sessions(script.now());
    assert_eq!(
        script.drain(),
        [r#"send 3 sessions.subscribe {"subscription":"2"}"#]
    );
    script.answer(3, &snapshot("e", 7, &[row("a", "1")]));
    script.at(5, 6, "tick", &json!({ "ts": 1 }));
    assert_eq!(
        script.at(6, 7, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
}

#[test]
fn a_gateway_without_cursors_offers_no_list_and_is_asked_for_none() {
    let mut script = Script::greeted(&json!({}));
    script.client.subscribe_sessions(script.now());
    assert_eq!(
        script.drain(),
        ["list 1 failed: the gateway lacks session-cursor"]
    );
    let request = script.request("sessions.list", &json!({ "limit": 2 }));
    assert_eq!(
        script.drain(),
        [format!(r#"send {request} sessions.list {{"limit":2}}"#)]
    );
}

/// A client whose subscription 1 holds these sessions, in generation 1, at a place in epoch `e`.
fn live(offset: u64, keys: &[&str]) -> Script {
    let mut script = Script::connected();
    script.client.subscribe_sessions(script.now());
    assert_eq!(
        script.drain(),
        [r#"send 2 sessions.subscribe {"subscription":"1"}"#]
    );
    let rows: Vec<_> = keys.iter().map(|key| row(key, "1")).collect();
    script.answer(2, &snapshot("e", offset, &rows));
    assert!(script.drain()[0].starts_with("list 1 snapshot"));
    script
}
