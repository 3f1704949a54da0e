//! What the gateway says, for applications that want every word of it.

use serde_json::json;

use super::script::Script;

#[test]
fn every_event_is_told_as_it_came_after_what_lists_make_of_it() {
    let mut script = Script::with(|config| config.tells_frames = true);
    script.client.connect(script.now());
    script.open_and_greet(&json!({ "odd": [1] }));
    assert!(
        script
            .drain()
            .contains(&r#"frame hello {"odd":[1]}"#.to_owned())
    );
    let payload = json!({ "any": { "thing": [1.5, null] } });
    script.frame(&json!({ "type": "event", "event": "task", "payload": payload, "seq": 1 }));
    assert_eq!(
        script.drain(),
        [r#"frame task {"any":{"thing":[1.5,null]}}"#]
    );
    script.frame(&json!({ "type": "event", "event": "cron", "seq": 3 }));
    assert_eq!(script.drain(), ["frames are missing", "frame cron null"]);
    script.frame(&json!({ "type": "event", "event": "cron", "seq": 3 }));
    assert!(script.drain().is_empty(), "it came before");
}

#[test]
fn who_wants_them_asks_for_those_of_sessions_that_nobody_follows_too() {
    for (tells_frames, caps) in [
        (true, r#""caps":["session-cursor"]"#),
        (
            false,
            r#""caps":["session-cursor","session-scoped-events"]"#,
        ),
    ] {
        let mut script = Script::with(|config| config.tells_frames = tells_frames);
        script.client.connect(script.now());
        script.client.transport_opened(script.now());
        script.event("connect.challenge", &json!({ "nonce": "n", "ts": 1 }));
        let said = script.drain().join("\n");
        assert!(said.contains(caps), "{said}");
    }
}

#[test]
fn who_does_not_want_them_is_not_told() {
    let mut script = Script::connected();
    script.frame(&json!({ "type": "event", "event": "task", "payload": {}, "seq": 1 }));
    assert!(script.drain().is_empty());
}
