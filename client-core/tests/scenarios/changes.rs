//! A change that a driver has parsed is told as one that the client reads.

use serde_json::{Value, json};

use crate::parsed;
use crate::script::{Script, drain, left, live, row, upserted};

#[test]
fn parsed_changes_are_told_as_others_are() {
    let long = json!({ "reason": "patch", "session": row("c", "1") });
    let unread = json!({ "session": { "key": "d", "updatedAt": "soon" } });
    let mut frames = Vec::new();
    for (prev, cursor, event, payload) in [
        (4, 5, "sessions.changed", upserted("seen", "1")),
        (5, 6, "sessions.changed", upserted("a", "1")),
        (5, 6, "sessions.changed", upserted("a", "1")),
        (6, 6, "sessions.changed", upserted("b", "1")),
        (6, 8, "sessions.changed", long.clone()),
        (8, 9, "sessions.changed", upserted("a", "2")),
        (9, 10, "socket.drain", drain("b", "1", None)),
        (10, 11, "sessions.changed", left("c")),
        (11, 12, "sessions.changed", long.clone()),
        (12, 13, "sessions.changed", long),
        (13, 14, "sessions.changed", unread),
        (20, 21, "sessions.changed", upserted("gap", "1")),
    ] {
        frames.push(json!({
            "type": "event", "event": event, "payload": payload,
            "subscription": "1", "prev": prev, "cursor": cursor,
        }));
    }
    let elsewhere = json!({ "subscription": "17", "prev": 6 });
    let nowhere = json!({ "subscription": "no number", "prev": 6, "seq": 1 });
    for place in [elsewhere, nowhere] {
        let mut frame = frames[1].clone();
        frame
            .as_object_mut()
            .unwrap()
            .extend(place.as_object().unwrap().clone());
        frames.insert(2, frame);
    }
    let (mut reads, mut parses) = (live(5, &["a"]), live(5, &["a"]));
    let mut by_fields = 0;
    for frame in &frames {
        reads.frame(frame);
        let now = parses.now();
        by_fields += usize::from(parsed::receive(&mut parses.client, &frame.to_string(), now));
        assert_eq!(parses.drain(), reads.drain(), "{frame}");
        assert_eq!(parses.client.frames(), reads.client.frames());
    }
    assert_eq!(by_fields, frames.len() - 3);
}

#[test]
fn a_parsed_row_is_renamed_and_compared_as_others_are() {
    let mut script = live(5, &[]);
    let mut row = row("a", "1");
    row["label"] = "Old".into();
    row["nested"] = json!({ "session": { "key": "another" }, "payload": 1 });
    assert_eq!(change(&mut script, 5, &row), ["list 1 changed a@1=Old"]);
    assert_eq!(change(&mut script, 6, &row), [""; 0]);
    script.rename("a", Some("New"));
    assert!(script.drain_first().starts_with("send "));
    row["label"] = "New".into();
    row["displayName"] = "New".into();
    assert_eq!(script.row_changed(), row);
}

#[test]
fn a_parsed_change_before_the_greeting_is_nothing() {
    let mut script = Script::new();
    script.client.connect(script.now());
    script.client.transport_opened(script.now());
    script.drain();
    assert_eq!(change(&mut script, 5, &row("a", "1")), [""; 0]);
}

fn change(script: &mut Script, prev: u64, row: &Value) -> Vec<String> {
    let payload = json!({ "payload": 1, "session": row });
    let frame = json!({
        "payload": payload, "type": "event", "event": "sessions.changed", "subscription": "1", "prev": prev,
    });
    let now = script.now();
    assert!(parsed::receive(&mut script.client, &frame.to_string(), now));
    script.drain()
}
