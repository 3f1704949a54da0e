//! What was missed is asked for, from the own place.

use std::time::Duration;

use serde_json::json;

use crate::script::{Script, drain, live, resumed, row, snapshot, upserted};

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
    let mut script = without_ticks();
    script.subscribe(&json!({}));
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
fn a_list_that_takes_long_is_waited_for_longer_when_it_is_asked_for_again() {
    let mut script = without_ticks();
    script.subscribe(&json!({}));
    let waits = [30, 60, 120].map(|seconds| {
        let wait = script.pass_to_deadline();
        assert_eq!(wait, Duration::from_secs(seconds));
        script.last_request("sessions.subscribe")
    });
    script.pass(Duration::from_secs(200));
    script.answer(waits[2], &snapshot("e", 2, &[]));
    assert_eq!(script.drain(), ["list 1 snapshot  at e:2"]);
}

#[test]
fn without_any_patience_lists_are_not_asked_for_without_a_pause() {
    let mut script = Script::with(|config| config.request_timeout = Duration::ZERO);
    script.client.connect(script.now());
    script.open_and_greet(&json!({ "features": { "capabilities": ["session-cursor"] } }));
    script.subscribe(&json!({}));
    assert!(script.pass_to_deadline() > Duration::ZERO);
}

/// At a gateway that promises no ticks, so none can be missed.
fn without_ticks() -> Script {
    Script::greeted(&json!({
        "features": { "capabilities": ["session-cursor"] },
        "policy": { "tickIntervalMs": 0 },
    }))
}
