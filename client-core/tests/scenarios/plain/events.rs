//! Rows as events show them.

use serde_json::json;

use super::{listed, mirrored, row};

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
        ["list 1 changed agent:x:cron:1@-"]
    );
    let run = "agent:x:cron:1:run:2";
    assert_eq!(
        script.changed(&json!({ "sessionKey": run, "session": row(run, 9) })),
        [""; 0],
        "lists do not show single runs of timed jobs"
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
