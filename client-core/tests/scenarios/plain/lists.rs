//! When the list is asked for, and what is made of it.

use std::time::Duration;

use serde_json::json;

use super::{LIST, listed, mirrored, row};
use crate::script::Script;

#[test]
fn one_subscription_and_one_list_serve_all_lists() {
    let mut script = Script::greeted(&json!({}));
    assert_eq!(
        script.subscribe(&json!({})),
        [
            "send 2 sessions.subscribe {}".to_owned(),
            format!("send 3 {LIST}"),
        ]
    );
    assert_eq!(script.subscribe(&json!({ "limit": 1 })), [""; 0]);
    script.answer(2, &json!({ "subscribed": true }));
    script.answer(3, &listed(&[row("a", 2), row("b", 1)]));
    assert_eq!(
        script.drain(),
        [
            "list 1 snapshot a@- b@- at no place",
            "list 2 snapshot a@- at no place",
        ]
    );
    assert_eq!(
        script.subscribe(&json!({ "sortBy": "label" })),
        ["list 3 snapshot a@- b@- at no place"]
    );
}

#[test]
fn a_burst_of_broad_events_has_one_list_in_flight_and_one_pending() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    for _ in 0..50 {
        assert_eq!(
            script.changed(&json!({ "reason": "groups", "ts": 1 })),
            [""; 0]
        );
    }
    let wait = script.pass_to_deadline();
    assert!(wait < Duration::from_millis(500), "{wait:?}");
    assert_eq!(script.drain(), [format!("send 4 {LIST}")]);
    for _ in 0..50 {
        script.changed(&json!({ "reason": "cleanup", "ts": 1 }));
    }
    script.answer(4, &listed(&[row("a", 1)]));
    assert_eq!(script.drain(), [""; 0]);
    assert_eq!(script.next_list(), 5);
    script.answer(5, &listed(&[row("a", 1)]));
    script.asks_for_nothing();
}

#[test]
fn a_skipped_number_asks_for_a_list() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    script.numbered(1);
    script.numbered(2);
    script.asks_for_nothing();
    script.numbered(4);
    let id = script.next_list();
    script.answer(id, &listed(&[]));
    assert_eq!(
        script.drain(),
        ["list 1 evicted a@- Unknown inferred, next -"]
    );
    script.numbered(5);
    script.asks_for_nothing();
}

#[test]
fn a_reconnect_lists_again_and_counts_anew() {
    let mut script = mirrored(&json!({}), &[row("a", 2), row("b", 1)]);
    script.numbered(1);
    assert_eq!(
        script.reconnect_to(&json!({})),
        [
            "send 5 sessions.subscribe {}".to_owned(),
            format!("send 6 {LIST}"),
        ]
    );
    script.numbered(1);
    assert_eq!(
        script.changed(&json!({ "sessionKey": "b", "session": row("b", 9) })),
        ["list 1 changed b@-"]
    );
    script.answer(6, &listed(&[row("b", 5)]));
    assert_eq!(
        script.drain(),
        ["list 1 evicted a@- Unknown inferred, next -"],
        "the list is older than the event"
    );
    script.answer(5, &json!({ "subscribed": true }));
    script.asks_for_nothing();
}

#[test]
fn events_that_overtake_the_first_list_are_laid_over_it() {
    let mut script = Script::greeted(&json!({}));
    script.subscribe(&json!({}));
    for event in [
        json!({ "sessionKey": "newer", "session": row("newer", 5) }),
        json!({ "sessionKey": "older", "session": row("older", 5) }),
        json!({ "sessionKey": "made", "session": row("made", 5) }),
        json!({ "sessionKey": "gone", "session": row("gone", 5) }),
        json!({ "sessionKey": "gone", "reason": "delete", "ts": 6 }),
        json!({ "sessionKey": "again", "reason": "delete", "ts": 6 }),
    ] {
        assert_eq!(script.changed(&event), [""; 0]);
    }
    script.answer(
        3,
        &listed(&[
            row("older", 8),
            row("again", 7),
            row("gone", 4),
            row("newer", 4),
        ]),
    );
    assert_eq!(
        script.drain(),
        ["list 1 snapshot older@- again@- made@- newer@- at no place"]
    );
}

#[test]
fn filters_orders_and_limits_are_applied_here() {
    let work = |key: &str, updated_at: u64| {
        let mut row = row(key, updated_at);
        row["category"] = "work".into();
        row
    };
    let rows = [work("a", 9), row("x", 8), work("b", 7), work("c", 6)];
    let mut script = mirrored(&json!({ "group": "work", "limit": 2 }), &rows);
    let told = script.changed(&json!({ "sessionKey": "c", "session": work("c", 10) }));
    assert_eq!(told, ["list 1 left b", "list 1 changed c@-"]);
    let told = script.changed(&json!({ "sessionKey": "a", "session": row("a", 11) }));
    assert_eq!(told, ["list 1 left a", "list 1 changed b@-"]);
    let told = script.changed(&json!({ "sessionKey": "x", "session": row("x", 12) }));
    assert_eq!(told, [""; 0]);
    let told = script.changed(&json!({ "sessionKey": "a", "reason": "delete", "ts": 13 }));
    assert_eq!(told, [""; 0], "it is not in the list");
    let mut archived = work("c", 14);
    archived["archived"] = true.into();
    let told = script.changed(&json!({ "sessionKey": "c", "session": archived }));
    assert_eq!(told, ["list 1 left c"]);
    script.changed(&json!({ "sessionKey": "d", "session": work("d", 1) }));
    script.changed(&json!({ "sessionKey": "e", "session": work("e", 0) }));
    script.load_more(1);
    assert_eq!(script.drain(), ["list 1 snapshot b@- d@- e@- at no place"]);
}

#[test]
fn what_is_refused_for_good_ends_the_lists_and_what_passes_is_asked_again() {
    let mut script = Script::greeted(&json!({}));
    script.subscribe(&json!({}));
    script.subscribe(&json!({ "limit": 1 }));
    script.refuse(
        3,
        &json!({ "code": "UNAVAILABLE", "message": "overloaded" }),
    );
    assert_eq!(script.next_list(), 4);
    assert_eq!(
        script.pass(Duration::from_secs(30))[0],
        "send 5 sessions.subscribe {}"
    );
    script.refuse(
        5,
        &json!({ "code": "FORBIDDEN", "message": "missing scope: operator.read" }),
    );
    assert_eq!(
        script.drain(),
        [
            "list 1 failed: refused: missing scope: operator.read (FORBIDDEN)",
            "list 2 failed: refused: missing scope: operator.read (FORBIDDEN)",
        ]
    );
}

#[test]
fn unsubscribing_is_not_told() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    let list = sessionwire_client_core::SubscriptionId(1);
    script.client.unsubscribe(list, script.now());
    script.changed(&json!({ "reason": "groups", "ts": 1 }));
    assert_eq!(script.drain(), [""; 0]);
    script.asks_for_nothing();
    assert_eq!(script.subscribe(&json!({})), [format!("send 4 {LIST}")]);
    script.answer(4, &listed(&[row("b", 1)]));
    assert_eq!(script.drain(), ["list 2 snapshot b@- at no place"]);
}

#[test]
fn a_gateway_that_loses_its_cursors_is_listed_and_compared() {
    let mut script = crate::script::live(5, &["a", "b"]);
    script.reconnect_to(&json!({}));
    let mut same = row("b", 1);
    same["sessionId"] = "s".into();
    script.answer(5, &listed(&[same]));
    assert_eq!(
        script.drain(),
        [
            "list 1 evicted a@1 Unknown inferred, next -",
            "list 1 changed b@-",
        ]
    );
    assert_eq!(
        script.reconnect(),
        [r#"send 7 sessions.subscribe {"subscription":"1"}"#]
    );
}
