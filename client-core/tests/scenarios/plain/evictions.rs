//! Each eviction is told once, whatever brings it to light.

use serde_json::json;

use super::{listed, mirrored, row};

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
