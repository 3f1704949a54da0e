//! The frames of a step apply together.

use serde_json::json;

use crate::script::{drain, left, live, resumed, row, snapshot, upserted};

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
