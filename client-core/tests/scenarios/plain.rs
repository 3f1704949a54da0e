//! Lists at a gateway that speaks nothing but protocol 4, as OpenClaw's does.

use std::time::Duration;

use serde_json::{Value, json};

use crate::script::Script;

const LIST: &str = r#"sessions.list {"limit":100000,"archived":"all","includeGlobal":true,"includeUnknown":true,"includeDerivedTitles":true,"includeLastMessage":true}"#;

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
fn keyed_events_apply_in_place() {
    let mut script = mirrored(&json!({}), &[row("a", 2), row("b", 1)]);
    assert_eq!(
        script.changed(&json!({ "sessionKey": "b", "reason": "patch", "session": row("b", 3) })),
        ["list 1 changed b@-"]
    );
    assert_eq!(
        script.changed(&json!({ "sessionKey": "b", "phase": "end", "session": row("b", 3) })),
        [""; 0],
        "nothing differs"
    );
    let mut later = row("b", 3);
    later["snapshotAt"] = 99.into();
    assert_eq!(
        script.changed(&json!({ "sessionKey": "b", "session": later })),
        [""; 0],
        "when a row was made is no change of it"
    );
    assert_eq!(
        script.changed(
            &json!({ "sessionKey": "agent:x:cron:1", "session": row("agent:x:cron:1", 9) })
        ),
        [""; 0],
        "lists do not show what timed jobs do"
    );
}

#[test]
fn what_lists_leave_unsaid_stays_as_events_told_it() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    let mut told = row("a", 2);
    told["activitySummary"] = json!({ "state": "stale" });
    assert_eq!(
        script.changed(&json!({ "sessionKey": "a", "reason": "patch", "session": told })),
        ["list 1 changed a@-"]
    );
    script.changed(&json!({ "reason": "groups", "ts": 1 }));
    let id = script.next_list();
    script.answer(id, &listed(&[row("a", 2)]));
    assert_eq!(script.drain(), [""; 0], "the list says nothing else");
}

#[test]
fn a_reset_that_a_list_has_shown_is_not_told_again() {
    let mut script = mirrored(&json!({}), &[row("a", 2)]);
    let mut late = row("a", 2);
    late["activitySummary"] = json!({ "state": "stale" });
    assert_eq!(
        script.changed(&json!({ "sessionKey": "a", "reason": "reset", "session": late })),
        ["list 1 changed a@-"]
    );
}

#[test]
fn a_reset_is_told_though_another_event_has_shown_its_row() {
    let mut script = mirrored(&json!({}), &[row("a", 2)]);
    for at in [3, 5] {
        assert_eq!(
            script
                .changed(&json!({ "sessionKey": "a", "reason": "patch", "session": row("a", at) })),
            ["list 1 changed a@-"]
        );
        assert_eq!(
            script
                .changed(&json!({ "sessionKey": "a", "reason": "reset", "session": row("a", at) })),
            ["list 1 evicted a@- Reset told, next -"]
        );
    }
}

#[test]
fn flattened_rows_are_laid_over_what_is_held() {
    let mut old = row("a", 1);
    old["label"] = "Old".into();
    old["icon"] = "x".into();
    let mut script = mirrored(&json!({}), &[old]);
    script.event(
        "sessions.changed",
        &json!({
            "sessionKey": "a", "reason": "patch", "ts": 5, "ancestorSessions": [],
            "updatedAt": 5, "label": null, "category": "work", "archivedAt": null,
        }),
    );
    assert_eq!(
        script.row_changed(),
        json!({
            "key": "a", "kind": "direct", "sessionId": "s-a", "icon": "x", "category": "work",
            "updatedAt": 5,
        })
    );
    script.event(
        "sessions.changed",
        &json!({ "sessionKey": "b", "reason": "create", "ts": 6, "updatedAt": 6, "kind": "direct" }),
    );
    assert_eq!(
        script.row_changed(),
        json!({ "key": "b", "kind": "direct", "updatedAt": 6 })
    );
    assert_eq!(
        script.changed(&json!({ "sessionKey": "c", "updatedAt": 7, "label": "C" })),
        [""; 0]
    );
    assert_eq!(
        script.next_list(),
        4,
        "of an unknown session that is too little"
    );
}

#[test]
fn a_deletion_is_told_once_though_it_comes_twice() {
    let mut script = mirrored(&json!({}), &[row("a", 2), row("b", 1)]);
    assert_eq!(
        script.changed(
            &json!({ "sessionKey": "a", "sessionId": "s-a", "reason": "delete", "ts": 5 })
        ),
        ["list 1 evicted a@- Deleted told, next -"]
    );
    script.changed(&json!({ "reason": "delete", "ts": 5 }));
    script.asks_for_nothing();
    script.changed(&json!({ "reason": "delete", "ts": 6 }));
    let id = script.next_list();
    script.answer(id, &listed(&[row("b", 1)]));
    assert_eq!(script.drain(), [""; 0]);
    assert_eq!(
        script.changed(&json!({ "sessionKey": "a", "reason": "delete", "ts": 7 })),
        [""; 0]
    );
}

#[test]
fn a_reset_evicts_the_old_generation_first() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    for (reason, name, updated_at) in [
        ("reset", "Reset", 2),
        ("reset", "Reset", 3),
        ("new", "New", 4),
    ] {
        assert_eq!(
            script.changed(&json!({
                "sessionKey": "a", "reason": reason, "session": row("a", updated_at),
            })),
            [
                format!("list 1 evicted a@- {name} told, next -"),
                "list 1 changed a@-".to_owned(),
            ]
        );
    }
    assert_eq!(
        script.changed(&json!({ "sessionKey": "b", "reason": "reset", "session": row("b", 5) })),
        ["list 1 changed b@-"],
        "it was made by that"
    );
    let mut other = row("a", 6);
    other["sessionId"] = "another".into();
    assert_eq!(
        script.changed(&json!({ "sessionKey": "a", "reason": "update", "session": other })),
        [
            "list 1 evicted a@- Unknown inferred, next -",
            "list 1 changed a@-",
        ]
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
fn what_a_list_brings_to_light_is_inferred() {
    let mut script = mirrored(
        &json!({}),
        &[row("gone", 4), row("other", 3), row("same", 2)],
    );
    script.changed(&json!({ "reason": "cleanup", "ts": 1 }));
    let id = script.next_list();
    let mut other = row("other", 3);
    other["sessionId"] = "another".into();
    script.answer(id, &listed(&[row("new", 9), other, row("same", 2)]));
    assert_eq!(
        script.drain(),
        [
            "list 1 evicted gone@- Unknown inferred, next -",
            "list 1 evicted other@- Unknown inferred, next -",
            "list 1 changed new@-",
            "list 1 changed other@-",
        ]
    );
}

#[test]
fn a_list_that_ends_early_proves_no_eviction() {
    let mut script = mirrored(&json!({}), &[row("a", 2), row("b", 1)]);
    script.changed(&json!({ "reason": "groups", "ts": 1 }));
    let id = script.next_list();
    let mut page = listed(&[row("a", 2)]);
    page["hasMore"] = true.into();
    script.answer(id, &page);
    assert_eq!(script.drain(), ["list 1 left b"]);
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
fn a_rename_is_proved_by_the_row() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    let rename = script.rename("a", Some("New"));
    assert_eq!(script.drain()[1], "list 1 changed a@-?New");
    script.answer(rename, &json!({ "ok": true }));
    let lines = script.drain();
    let proof =
        r#"sessions.describe {"key":"a","includeDerivedTitles":true,"includeLastMessage":true}"#;
    assert_eq!(
        lines[0],
        format!("send 5 {proof}"),
        "events may come later here"
    );
    let mut renamed = row("a", 2);
    renamed["label"] = "New".into();
    script.answer(5, &json!({ "session": renamed }));
    assert_eq!(script.drain(), ["list 1 changed a@-=New"]);
    let told = script.changed(&json!({ "sessionKey": "a", "session": renamed }));
    assert_eq!(told, [""; 0]);

    let rename = script.rename("a", Some("Newer"));
    script.drain();
    renamed["label"] = "Newer".into();
    let told = script.changed(&json!({ "sessionKey": "a", "session": renamed }));
    assert_eq!(told, ["list 1 changed a@-=Newer"]);
    script.answer(rename, &json!({ "ok": true }));
    assert_eq!(script.drain().len(), 1, "only the response");
}

#[test]
fn who_follows_messages_is_told_of_each_eviction_once() {
    let mut script = mirrored(&json!({}), &[row("a", 1)]);
    script.subscribe(&json!({}));
    script.client.subscribe_messages("a", script.now());
    script.drain();
    for updated_at in [2, 3] {
        let told = script.changed(&json!({
            "sessionKey": "a", "reason": "reset", "session": row("a", updated_at),
        }));
        let to_messages = told.iter().filter(|line| line.starts_with("messages"));
        assert_eq!(to_messages.count(), 1, "{told:?}");
    }
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

impl Script {
    fn changed(&mut self, payload: &Value) -> Vec<String> {
        self.event("sessions.changed", payload);
        self.drain()
    }

    /// An event that means nothing, with its number.
    fn numbered(&mut self, seq: u64) {
        self.frame(&json!({ "type": "event", "event": "heartbeat", "payload": {}, "seq": seq }));
    }

    /// Nothing is sent for as long as a list might wait.
    fn asks_for_nothing(&mut self) {
        assert_eq!(self.pass(Duration::from_secs(10)), [""; 0]);
    }

    /// Passes the time until the next list is asked for; returns the request's id.
    fn next_list(&mut self) -> u64 {
        assert_eq!(self.drain(), [""; 0]);
        self.pass_to_deadline();
        self.last_request("sessions.list")
    }
}

/// A client whose subscription 1, with these params, has been given a snapshot of these rows.
fn mirrored(params: &Value, rows: &[Value]) -> Script {
    let mut script = Script::greeted(&json!({}));
    script.subscribe(params);
    script.answer(2, &json!({ "subscribed": true }));
    script.answer(3, &listed(rows));
    assert!(script.drain()[0].starts_with("list 1 snapshot"));
    script
}

fn listed(rows: &[Value]) -> Value {
    json!({ "ts": 1, "count": rows.len(), "hasMore": false, "sessions": rows })
}

/// A row as OpenClaw's gateway sends it: without a generation.
fn row(key: &str, updated_at: u64) -> Value {
    json!({ "key": key, "kind": "direct", "sessionId": format!("s-{key}"), "updatedAt": updated_at })
}
