use std::time::Duration;

use serde_json::json;

use crate::script::{Script, drain, left, live, resumed, row, snapshot, upserted};

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
fn the_frames_of_a_step_apply_together_when_the_last_one_comes() {
    let mut script = live(5, &["a", "b"]);
    let gone = drain("a", "1", None);
    assert_eq!(script.at(5, 5, "socket.drain", &gone), [""; 0]);
    assert_eq!(script.at(5, 5, "socket.drain", &gone), [""; 0]);
    assert_eq!(
        script.at(5, 5, "sessions.changed", &upserted("c", "1")),
        [""; 0]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("d", "1")),
        [
            "list 1 evicted a@1 Deleted told, next -",
            "list 1 changed c@1",
            "list 1 changed d@1",
        ]
    );
    assert_eq!(script.at(5, 5, "socket.drain", &gone), [""; 0]);
    assert_eq!(
        script.at(6, 6, "sessions.changed", &left("d")),
        [""; 0],
        "a catch-up may end with what does not concern the list"
    );
    assert_eq!(
        script.at(6, 9, "tick", &json!({ "ts": 1 })),
        ["list 1 left d"]
    );
}

#[test]
fn a_cut_between_the_frames_of_a_step_loses_and_doubles_nothing() {
    for resumes in [true, false] {
        let mut script = live(5, &["a", "b"]);
        script.at(5, 5, "socket.drain", &drain("a", "1", Some("2")));
        script.at(5, 5, "socket.drain", &drain("b", "1", None));
        assert_eq!(
            script.reconnect(),
            [r#"send 4 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":5}}"#]
        );
        if resumes {
            script.answer(4, &resumed("e", 5));
            assert_eq!(
                script.at(5, 5, "socket.drain", &drain("a", "1", Some("2"))),
                [""; 0]
            );
            assert_eq!(
                script.at(5, 5, "socket.drain", &drain("b", "1", None)),
                [""; 0]
            );
            script.put(5, 6, "sessions.changed", &upserted("a", "2"));
        } else {
            let mut answer = snapshot("e", 6, &[row("a", "2")]);
            answer["evicted"] = json!([drain("a", "1", Some("2")), drain("b", "1", None)]);
            script.answer(4, &answer);
        }
        let lines = script.drain();
        assert_eq!(
            lines[..2],
            [
                "list 1 evicted a@1 Reset told, next 2",
                "list 1 evicted b@1 Deleted told, next -",
            ]
        );
        let last = if resumes {
            "changed a@2"
        } else {
            "snapshot a@2 at e:6"
        };
        assert_eq!(lines[2..], [format!("list 1 {last}")]);
    }
}

#[test]
fn a_gap_or_another_asking_drops_what_a_step_began_with() {
    let mut script = live(5, &["a", "b"]);
    script.at(5, 5, "sessions.changed", &left("a"));
    script.at(6, 7, "tick", &json!({ "ts": 1 }));
    script.answer(3, &resumed("e", 5));
    assert_eq!(
        script.at(5, 6, "sessions.changed", &left("b")),
        ["list 1 left b"]
    );
}

#[test]
fn a_step_that_lacks_a_part_is_asked_for_again() {
    let mut script = live(5, &["a", "b"]);
    script.numbered_at(1, 5, 5, "sessions.changed", &left("a"));
    assert_eq!(
        script.numbered_at(3, 5, 6, "sessions.changed", &upserted("c", "1")),
        [r#"send 3 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":5}}"#],
        "number 2 is missing"
    );
}

#[test]
fn a_frame_that_comes_twice_counts_once() {
    let mut script = live(5, &["a", "b"]);
    script.numbered_at(1, 5, 5, "socket.drain", &drain("a", "1", Some("2")));
    script.numbered_at(1, 5, 5, "socket.drain", &drain("a", "1", Some("2")));
    assert_eq!(
        script.numbered_at(2, 5, 6, "sessions.changed", &upserted("a", "2")),
        [
            "list 1 evicted a@1 Reset told, next 2",
            "list 1 changed a@2"
        ]
    );
    assert_eq!(
        script.numbered_at(2, 5, 6, "sessions.changed", &upserted("a", "2")),
        [""; 0]
    );
}

#[test]
fn a_step_that_begins_anew_because_it_was_asked_for_twice_is_told_once() {
    let mut script = live(5, &["a"]);
    script.reconnect();
    script.answer(4, &resumed("e", 5));
    let step = [
        ("socket.drain", drain("a", "1", Some("2"))),
        ("sessions.changed", upserted("a", "2")),
        ("socket.drain", drain("a", "2", None)),
    ];
    for (event, payload) in &step[..2] {
        assert_eq!(script.at(5, 5, event, payload), [""; 0]);
    }
    script.answer(4, &resumed("e", 5));
    for (event, payload) in &step {
        assert_eq!(script.at(5, 5, event, payload), [""; 0]);
    }
    assert_eq!(
        script.at(5, 9, "tick", &json!({ "ts": 1 })),
        [
            "list 1 evicted a@1 Reset told, next 2",
            "list 1 changed a@2",
            "list 1 evicted a@2 Deleted told, next -",
        ]
    );
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
