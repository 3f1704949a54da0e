use std::time::Duration;

use serde_json::{Value, json};
use sessionwire_client_core::SubscriptionId;

use crate::script::{Script, changed, drain, live, resumed, row, snapshot};

#[test]
fn a_rename_shows_at_once_and_is_confirmed_by_its_row() {
    let mut script = labelled();
    let rename = script.rename("a", Some("  New "));
    assert_eq!(
        script.drain(),
        [
            format!(r#"send {rename} sessions.patch {{"key":"a","label":"  New "}}"#),
            "list 1 changed a@1?New".to_owned(),
        ]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &label("a", "New")),
        ["list 1 changed a@1=New"]
    );
    script.answer(rename, &json!({ "ok": true }));
    assert_eq!(
        script.drain(),
        [format!(r#"response {rename} {{"ok":true}}"#)]
    );
    assert_eq!(
        script.at(6, 7, "sessions.changed", &label("a", "Other")),
        ["list 1 changed a@1=Other"]
    );
}

#[test]
fn only_what_is_held_is_shown() {
    let mut script = labelled();
    let rename = script.rename("b", Some("New"));
    assert_eq!(script.drain().len(), 1);
    script.answer(rename, &json!({ "ok": true }));
    assert_eq!(script.drain().len(), 1);
    let taken_away = script.rename("a", None);
    assert_eq!(script.drain()[1..], ["list 1 changed a@1?"]);
    script.answer(taken_away, &json!({ "ok": true }));
    assert_eq!(
        script.drain()[0],
        "list 1 changed a@1=Old",
        "the gateway tells first, and told nothing"
    );
}

#[test]
fn rows_that_come_meanwhile_keep_the_label() {
    let mut script = labelled();
    let rename = script.rename("a", Some("New"));
    script.drain();
    assert_eq!(
        script.at(5, 6, "sessions.changed", &label("a", "Of others")),
        ["list 1 changed a@1?New"]
    );
    script.answer(rename, &json!({ "ok": true }));
    assert_eq!(script.drain()[0], "list 1 changed a@1=Of others");
}

#[test]
fn a_refused_rename_is_rolled_back_to_what_is_true_by_then() {
    let mut script = labelled();
    let rename = script.rename("a", Some("New"));
    script.at(5, 6, "sessions.changed", &label("a", "Of others"));
    script.drain();
    script.refuse(
        rename,
        &json!({ "code": "INVALID_REQUEST", "message": "label already in use: New" }),
    );
    assert_eq!(
        script.drain(),
        [
            "list 1 changed a@1=Of others".to_owned(),
            format!(
                "response {rename} failed: refused: label already in use: New (INVALID_REQUEST)"
            ),
        ]
    );
}

#[test]
fn of_two_renames_the_last_one_shows() {
    for first_is_refused in [false, true] {
        let mut script = labelled();
        let one = script.rename("a", Some("One"));
        let two = script.rename("a", Some("Old"));
        let lines = script.drain();
        assert_eq!(lines[1], "list 1 changed a@1?One");
        assert_eq!(lines[3], "list 1 changed a@1=Old");
        if first_is_refused {
            script.refuse(one, &json!({ "code": "INVALID_REQUEST", "message": "no" }));
        } else {
            let told = script.at(5, 6, "sessions.changed", &label("a", "One"));
            assert_eq!(told, ["list 1 changed a@1?Old"]);
            script.answer(one, &json!({}));
        }
        assert_eq!(script.drain().len(), 1, "only the response");
        let mut old = label("a", "Old");
        old["session"]["updatedAt"] = 9.into();
        let told = script.at(
            if first_is_refused { 5 } else { 6 },
            7,
            "sessions.changed",
            &old,
        );
        assert_eq!(told, ["list 1 changed a@1=Old"]);
        script.answer(two, &json!({}));
        assert_eq!(script.drain().len(), 1, "only the response");
    }
}

#[test]
fn a_name_does_not_come_back_after_a_later_one_when_answers_overtake_each_other() {
    let mut script = labelled();
    let first = script.rename("a", Some("First"));
    let second = script.rename("a", Some("Second"));
    script.drain();
    script.at(5, 6, "sessions.changed", &label("a", "First"));
    script.at(6, 7, "sessions.changed", &label("a", "Second"));
    script.drain();
    script.answer(second, &json!({ "ok": true }));
    script.answer(first, &json!({ "ok": true }));
    let shown = script.drain();
    assert!(
        !shown.iter().any(|line| line.contains("First")),
        "{shown:?}"
    );
}

#[test]
fn when_the_last_of_two_is_refused_the_first_shows() {
    let mut script = labelled();
    script.rename("a", Some("One"));
    let two = script.rename("a", Some("Two"));
    script.drain();
    script.refuse(two, &json!({ "code": "INVALID_REQUEST", "message": "no" }));
    assert_eq!(script.drain()[0], "list 1 changed a@1?One");
}

#[test]
fn an_interrupted_rename_shows_until_the_list_is_in_step_again() {
    for carried_out in [true, false] {
        let mut script = labelled();
        let rename = script.rename("a", Some("New"));
        script.drain();
        script.client.transport_closed(None, script.now());
        assert!(script.drain().contains(&format!(
            "response {rename} failed: the connection was lost"
        )));
        script.reconnect();
        script.answer(5, &resumed("e", 5));
        assert_eq!(script.drain(), [proof(6)]);
        if carried_out {
            assert_eq!(
                script.at(5, 6, "sessions.changed", &label("a", "New")),
                ["list 1 changed a@1=New"]
            );
        }
        script.answer(6, &json!({ "session": null }));
        match carried_out {
            true => assert_eq!(script.drain(), [""; 0]),
            false => assert_eq!(script.drain(), ["list 1 changed a@1=Old"]),
        }
    }
}

#[test]
fn a_snapshot_keeps_the_label_of_an_interrupted_rename_until_it_is_proved() {
    let mut script = labelled();
    script.rename("a", Some("New"));
    script.drain();
    script.reconnect();
    script.answer(5, &snapshot("f", 1, &[with_label("a", "Old")]));
    assert_eq!(
        script.drain(),
        ["list 1 snapshot a@1?New at f:1".to_owned(), proof(6)]
    );
    script.reconnect();
    script.answer(8, &resumed("f", 1));
    assert_eq!(script.drain(), [proof(9)]);
    script.refuse(9, &json!({ "code": "UNAVAILABLE", "message": "busy" }));
    assert_eq!(script.drain(), ["list 1 changed a@1=Old"]);
}

#[test]
fn a_rename_without_an_answer_is_proved() {
    let mut script = labelled();
    script.rename("a", Some("New"));
    script.drain();
    let lines = script.pass(Duration::from_secs(30));
    assert_eq!(lines[1..], [proof(4)]);
    script.answer(4, &json!({ "session": null }));
    assert_eq!(script.drain(), ["list 1 changed a@1=Old"]);
}

#[test]
fn nothing_is_proved_without_a_connection() {
    let mut script = labelled();
    script.rename("a", Some("New"));
    script.client.unsubscribe(SubscriptionId(1), script.now());
    script.client.transport_closed(None, script.now());
    let lines = script.drain();
    assert!(
        !lines.iter().any(|line| line.contains("describe")),
        "{lines:?}"
    );
}

#[test]
fn a_rename_that_is_not_sent_shows_nothing() {
    let mut script = labelled();
    script.client.transport_closed(None, script.now());
    script.drain();
    let rename = script.rename("a", Some("New"));
    assert_eq!(
        script.drain(),
        [format!("response {rename} failed: not connected")]
    );
}

#[test]
fn a_rename_of_what_is_evicted_meanwhile_changes_nothing_more() {
    let mut script = labelled();
    let rename = script.rename("a", Some("New"));
    script.drain();
    assert_eq!(
        script.at(5, 6, "socket.drain", &drain("a", "1", None)),
        ["list 1 evicted a@1 Deleted told, next -"]
    );
    script.refuse(
        rename,
        &json!({ "code": "INVALID_REQUEST", "message": "no" }),
    );
    assert_eq!(script.drain().len(), 1, "only the response");
}

#[test]
fn an_answer_while_the_list_is_out_of_step_confirms_later() {
    let mut script = labelled();
    let rename = script.rename("a", Some("New"));
    script.drain();
    script.at(8, 9, "tick", &json!({ "ts": 1 }));
    script.answer(rename, &json!({ "ok": true }));
    assert_eq!(script.drain().len(), 1, "only the response");
    script.answer(4, &resumed("e", 5));
    assert_eq!(script.drain(), [proof(5)]);
    assert_eq!(
        script.at(5, 9, "sessions.changed", &label("a", "New")),
        ["list 1 changed a@1=New"]
    );
    script.answer(5, &json!({ "session": null }));
    assert_eq!(script.drain(), [""; 0]);
}

/// A client whose subscription 1 holds session `a` with the label `Old`, at place 5.
fn labelled() -> Script {
    let mut script = live(4, &["a"]);
    assert_eq!(
        script.at(4, 5, "sessions.changed", &label("a", "Old")),
        ["list 1 changed a@1=Old"]
    );
    script
}

fn label(key: &str, label: &str) -> Value {
    changed(&with_label(key, label))
}

fn with_label(key: &str, label: &str) -> Value {
    let mut row = row(key, "1");
    row["label"] = label.into();
    row
}

fn proof(id: u64) -> String {
    format!(
        r#"send {id} sessions.describe {{"key":"a","includeDerivedTitles":true,"includeLastMessage":true}}"#
    )
}
