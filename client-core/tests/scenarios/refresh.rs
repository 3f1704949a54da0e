//! Looking at one session at a gateway without places, so that lists show what was done to it.

use serde_json::{Value, json};

use crate::script::Script;

#[test]
fn what_is_found_is_told_before_the_answer() {
    let mut script = mirrored(&[row("a", 1), row("b", 1)]);
    let id = script.refresh("a");
    assert_eq!(
        script.drain(),
        [format!(
            r#"send {id} sessions.describe {{"key":"a","includeDerivedTitles":true,"includeLastMessage":true}}"#
        )]
    );
    script.answer(id, &json!({ "session": row("a", 2) }));
    let told = script.drain();
    assert_eq!(told[0], "list 1 changed a@-");
    assert!(told[1].starts_with(&format!("response {id} ")), "{told:?}");

    let id = script.refresh("b");
    script.drain();
    script.answer(id, &json!({ "session": null }));
    let told = script.drain();
    assert_eq!(told[0], "list 1 evicted b@- Deleted told, next -");
    assert!(told[1].starts_with(&format!("response {id} ")), "{told:?}");
    script.event(
        "sessions.changed",
        &json!({ "sessionKey": "b", "reason": "delete", "ts": 3 }),
    );
    assert_eq!(script.drain(), [""; 0], "that was told");
}

#[test]
fn a_gateway_with_places_has_told_already() {
    let mut script = crate::script::live(5, &["a"]);
    let id = script.refresh("a");
    script.drain();
    script.answer(id, &json!({ "session": null }));
    let told = script.drain();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn it_settles_once_whatever_happens() {
    let mut script = mirrored(&[row("a", 1)]);
    let id = script.refresh("a");
    script.drain();
    script.close(1006, "");
    let told = script.drain();
    let settled = |told: &&String| told.starts_with(&format!("response {id} "));
    assert_eq!(told.iter().filter(settled).count(), 1, "{told:?}");
    let id = script.refresh("a");
    let told = script.drain();
    assert_eq!(told.len(), 1, "there is no connection: {told:?} {id}");
}

impl Script {
    fn refresh(&mut self, key: &str) -> u64 {
        let now = self.now();
        self.client.refresh(&key.into(), now).0
    }
}

/// A client whose list has been given a snapshot of these rows.
fn mirrored(rows: &[Value]) -> Script {
    let mut script = Script::greeted(&json!({}));
    script.subscribe(&json!({}));
    script.answer(2, &json!({ "subscribed": true }));
    script.answer(3, &json!({ "hasMore": false, "sessions": rows }));
    assert_eq!(script.drain().len(), 1);
    script
}

fn row(key: &str, updated_at: u64) -> Value {
    json!({ "key": key, "kind": "direct", "sessionId": format!("s-{key}"), "updatedAt": updated_at })
}
