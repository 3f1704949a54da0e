//! Rows that say what they should not.

use std::sync::Arc;

use serde_json::{Value, json};
use sessionwire_client_core::{Event, Output, Row, SessionEvent};

use crate::script::{Script, changed, row, snapshot};

#[test]
fn a_row_is_listed_as_far_as_it_can_be_read() {
    let mut script = Script::connected();
    script.subscribe(&json!({}));
    let rows = [json!({ "key": 5 }), odd("b"), json!(null), row("a", "1")];
    script.answer(2, &snapshot("e", 5, &rows));
    let told = listed(&mut script);
    are_a_and_the_odd_b(&told);
    assert_eq!(
        told.map(|row| row.frame),
        [0, 0],
        "other rows stand at their places in the frame"
    );

    let mut later = odd("b");
    later["updatedAt"] = "later".into();
    assert_eq!(
        script.at(5, 6, "sessions.changed", &changed(&later)),
        ["list 1 changed b@1"]
    );
}

#[test]
fn so_it_is_at_a_gateway_without_cursors() {
    let mut script = Script::greeted(&json!({}));
    script.subscribe(&json!({ "agentId": "x" }));
    script.answer(2, &json!({ "subscribed": true }));
    let rows = [
        json!({ "key": 5 }),
        row("agent:x:a", "1"),
        odd("agent:x:b"),
        odd("agent:y:c"),
    ];
    script.answer(3, &json!({ "sessions": rows }));
    let told = listed(&mut script);
    let keys = told.iter().map(|row| row.head.key.as_str());
    assert_eq!(keys.collect::<Vec<_>>(), ["agent:x:b", "agent:x:a"]);
}

/// Not a field of it but three is what it should be.
fn odd(key: &str) -> Value {
    json!({
        "key": key, "lifecycleRevision": "1", "kind": [], "sessionId": 4, "updatedAt": 2.5, "pinnedAt": "yes", "label": 7,
        "archived": "no", "goal": "none", "origin": [], "createdActor": { "type": 1 }, "derivedTitle": "all right",
    })
}

fn listed(script: &mut Script) -> [Arc<Row>; 2] {
    let output = script.client.poll_output();
    let Some(Output::Event(Event::Sessions {
        event: SessionEvent::Snapshot { rows, .. },
        ..
    })) = output
    else {
        panic!("a snapshot is due, not {output:?}");
    };
    rows.try_into().expect("two rows")
}

fn are_a_and_the_odd_b([b, a]: &[Arc<Row>; 2]) {
    assert_eq!((a.head.key.as_str(), b.head.key.as_str()), ("a", "b"));
    assert_eq!(b.head.updated_at, Some(2));
    assert_eq!((b.head.pinned_at, b.head.label.as_deref()), (None, None));
    let json: Value = serde_json::from_str(b.json().get()).expect("JSON");
    assert_eq!(json, odd("b"), "it is shown as it is");
    let read = b.decode().expect("it has a key");
    assert_eq!(read.lifecycle_revision.as_deref(), Some("1"));
    assert_eq!(read.derived_title.as_deref(), Some("all right"));
    assert!(read.session_id.is_none() && !read.archived && read.goal.is_none());
}
