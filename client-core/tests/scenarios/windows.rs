use serde_json::{Value, json};

use crate::script::{
    Script, changed, drain, left, live, live_with, resumed, row, snapshot, upserted,
};

#[test]
fn params_choose_the_list_and_those_that_cannot_be_kept_live_are_refused() {
    let mut script = Script::connected();
    assert_eq!(
        script.subscribe(&json!({ "search": "x", "sortBy": "label", "limit": 2 })),
        [
            r#"send 2 sessions.subscribe {"subscription":"1","limit":2,"search":"x","sortBy":"label"}"#
        ]
    );
    assert_eq!(
        script.subscribe(&json!({ "offset": 2 })),
        ["list 2 failed: a live list takes no offset"]
    );
    assert_eq!(
        script.subscribe(&json!({ "activeMinutes": 2 })),
        ["list 3 failed: a live list takes no activeMinutes"]
    );
}

#[test]
fn what_is_pushed_out_leaves_and_what_fills_a_place_comes_in_one_step() {
    let mut script = live_with(&json!({ "limit": 2 }), 5, &["a", "b"]);
    script.put(5, 5, "sessions.changed", &left("b"));
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("c", "1")),
        ["list 1 left b", "list 1 changed c@1"]
    );
    script.put(6, 6, "socket.drain", &drain("c", "1", None));
    assert_eq!(
        script.at(6, 7, "sessions.changed", &changed(&row("b", "1"))),
        [
            "list 1 evicted c@1 Deleted told, next -",
            "list 1 changed b@1"
        ]
    );
}

#[test]
fn evictions_are_told_of_what_is_in_the_list() {
    let mut script = live_with(&json!({ "limit": 2 }), 5, &["a", "b"]);
    script.at(5, 6, "sessions.changed", &left("b"));
    for gone in [
        drain("b", "1", None),
        drain("c", "1", None),
        drain("a", "0", Some("1")),
    ] {
        assert_eq!(script.at(6, 6, "socket.drain", &gone), [""; 0]);
    }
    assert_eq!(
        script.at(6, 7, "socket.drain", &drain("a", "1", None)),
        ["list 1 evicted a@1 Deleted told, next -"]
    );
}

#[test]
fn a_snapshot_with_what_was_evicted_tells_leaving_from_evictions() {
    let mut script = live_with(
        &json!({ "limit": 4 }),
        5,
        &["left", "gone", "reset", "same"],
    );
    script.reconnect();
    let mut answer = snapshot("e", 9, &[row("reset", "3"), row("same", "1")]);
    answer["evicted"] = json!([
        drain("reset", "1", Some("2")),
        drain("never held", "1", None),
        drain("gone", "1", None),
        drain("reset", "2", Some("3")),
    ]);
    script.answer(4, &answer);
    assert_eq!(
        script.drain(),
        [
            "list 1 evicted reset@1 Reset told, next 2",
            "list 1 evicted gone@1 Deleted told, next -",
            "list 1 snapshot reset@3 same@1 at e:9",
        ]
    );
}

#[test]
fn an_eviction_that_was_told_before_the_cut_is_not_told_by_the_snapshot() {
    for evicted in [json!([drain("a", "1", Some("2"))]), Value::Null] {
        let mut script = live(5, &["a"]);
        script.at(5, 6, "socket.drain", &drain("a", "1", Some("2")));
        script.reconnect();
        let mut answer = snapshot("e", 9, &[row("a", "2")]);
        if !evicted.is_null() {
            answer["evicted"] = evicted;
        }
        script.answer(4, &answer);
        assert_eq!(script.drain(), ["list 1 snapshot a@2 at e:9"]);
        assert_eq!(
            script.at(9, 10, "socket.drain", &drain("a", "2", None)),
            ["list 1 evicted a@2 Deleted told, next -"]
        );
    }
}

#[test]
fn a_session_deleted_after_its_reset_was_told_leaves() {
    let mut script = live(5, &["a"]);
    script.at(5, 6, "socket.drain", &drain("a", "1", Some("2")));
    assert_eq!(
        script.at(6, 7, "socket.drain", &drain("a", "2", None)),
        ["list 1 left a"]
    );
}

#[test]
fn doubts_are_cleared_up_one_by_one() {
    let mut script = doubting(&["gone", "left", "reset", "same"]);
    assert_eq!(script.drain(), [describe(5, "gone")]);
    script.answer(5, &json!({ "session": null }));
    assert_eq!(
        script.drain(),
        [
            "list 1 evicted gone@1 Unknown inferred, next -",
            &describe(6, "left"),
        ]
    );
    script.answer(6, &json!({ "session": row("left", "1") }));
    assert_eq!(script.drain(), [describe(7, "reset")]);
    script.answer(7, &json!({ "session": row("reset", "2") }));
    assert_eq!(
        script.drain(),
        ["list 1 evicted reset@1 Unknown inferred, next 2"]
    );
    assert_eq!(
        script.at(9, 10, "sessions.changed", &upserted("left", "2")),
        ["list 1 changed left@2"]
    );
}

#[test]
fn doubts_survive_a_reconnect() {
    let mut script = doubting(&["gone", "same"]);
    script.drain();
    assert_eq!(
        script.reconnect(),
        [
            r#"send 7 sessions.subscribe {"subscription":"1","since":{"epoch":"f","offset":9},"limit":4}"#
        ]
    );
    script.answer(7, &resumed("f", 9));
    assert_eq!(script.drain(), [describe(8, "gone")]);
    script.refuse(8, &json!({ "code": "UNAVAILABLE", "message": "busy" }));
    script.pass_to_deadline();
    assert_eq!(script.drain(), [describe(9, "gone")]);
    script.answer(9, &json!({ "session": null }));
    assert_eq!(
        script.drain(),
        ["list 1 evicted gone@1 Unknown inferred, next -"]
    );
    assert_eq!(script.reconnect().len(), 1);
    script.answer(11, &resumed("f", 9));
    assert_eq!(script.drain(), [""; 0]);
}

#[test]
fn a_doubted_session_that_comes_back_clears_the_doubt() {
    let mut script = doubting(&["a", "b", "same"]);
    script.drain();
    assert_eq!(
        script.at(9, 10, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
    assert_eq!(
        script.at(10, 11, "sessions.changed", &upserted("b", "2")),
        [
            "list 1 evicted b@1 Unknown inferred, next 2",
            "list 1 changed b@2",
        ]
    );
    script.answer(5, &json!({ "session": null }));
    assert_eq!(script.drain(), [""; 0]);
}

#[test]
fn an_eviction_that_an_answer_told_is_not_told_by_the_events_again() {
    let mut script = doubting(&["a", "same"]);
    script.drain();
    script.answer(5, &json!({ "session": null }));
    assert_eq!(
        script.drain(),
        ["list 1 evicted a@1 Unknown inferred, next -"]
    );
    assert_eq!(
        script.at(9, 10, "sessions.changed", &upserted("a", "1")),
        ["list 1 changed a@1"]
    );
    assert_eq!(
        script.at(10, 11, "socket.drain", &drain("a", "1", None)),
        ["list 1 left a"]
    );
}

#[test]
fn load_more_shows_a_larger_window_and_loses_nothing_in_between() {
    let mut script = live_with(&json!({ "limit": 2 }), 5, &["a", "b"]);
    script.load_more(3);
    let larger =
        r#"{"subscription":"1","since":{"epoch":"e","offset":5},"snapshot":true,"limit":5}"#;
    assert_eq!(
        script.drain(),
        [format!("send 3 sessions.subscribe {larger}")]
    );
    assert_eq!(
        script.at(5, 6, "sessions.changed", &upserted("a", "1")),
        [""; 0],
        "the snapshot will show it"
    );
    let mut answer = snapshot("e", 7, &[row("a", "2"), row("c", "1")]);
    answer["evicted"] = json!([drain("b", "1", None), drain("a", "1", Some("2"))]);
    script.answer(3, &answer);
    assert_eq!(
        script.drain(),
        [
            "list 1 evicted b@1 Deleted told, next -",
            "list 1 evicted a@1 Reset told, next 2",
            "list 1 snapshot a@2 c@1 at e:7",
        ]
    );
    script.load_more(1);
    script.load_more(1);
    script.drain();
    script.answer(4, &snapshot("e", 7, &[row("c", "1")]));
    assert_eq!(
        script.drain(),
        [""; 0],
        "a further asking has taken its place"
    );
    script.answer(5, &snapshot("e", 8, &[row("a", "2"), row("c", "1")]));
    assert_eq!(script.drain(), ["list 1 snapshot a@2 c@1 at e:8"]);
}

#[test]
fn a_window_that_grew_without_a_connection_asks_for_a_snapshot() {
    let mut script = live_with(&json!({ "limit": 2 }), 5, &["a", "b"]);
    script.client.transport_closed(None, script.now());
    script.load_more(3);
    assert_eq!(
        script.reconnect(),
        [
            r#"send 4 sessions.subscribe {"subscription":"1","since":{"epoch":"e","offset":5},"snapshot":true,"limit":5}"#
        ]
    );
    script.answer(4, &resumed("e", 5));
    assert_eq!(
        script.drain(),
        [r#"send 5 sessions.subscribe {"subscription":"1","limit":5}"#],
        "the copy is of the smaller window"
    );
}

#[test]
fn a_list_without_a_limit_has_no_more() {
    let mut script = live(5, &["a"]);
    script.load_more(3);
    assert_eq!(script.drain(), [""; 0]);
}

/// A client whose list, when it came back to a gateway that knows nothing of its place, held only the session
/// `same` of these. It asks about the others.
fn doubting(keys: &[&str]) -> Script {
    let mut script = live_with(&json!({ "limit": 4 }), 5, keys);
    script.reconnect();
    script.answer(4, &snapshot("f", 9, &[row("same", "1")]));
    let lines = script.drain_first();
    assert_eq!(lines, "list 1 snapshot same@1 at f:9");
    script
}

fn describe(id: u64, key: &str) -> String {
    format!(
        r#"send {id} sessions.describe {{"key":"{key}","includeDerivedTitles":true,"includeLastMessage":true}}"#
    )
}
