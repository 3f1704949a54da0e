use std::time::Duration;

use serde_json::json;
use sessionwire_client_core::Status;
use sessionwire_protocol::Scope;
use sessionwire_protocol::sessions::SessionsListParams;

use crate::script::Script;

#[test]
fn the_handshake_waits_for_the_challenge_and_sends_what_plain_gateways_take() {
    let mut script = Script::with(|config| config.auth.token = Some("t".to_owned()));
    script.client.connect(script.now());
    assert_eq!(script.drain(), ["connecting 1", "open"]);
    script.client.transport_opened(script.now());
    script.event("tick", &json!({ "ts": 1 }));
    assert_eq!(script.drain(), [""; 0]);

    script.event(
        "connect.challenge",
        &json!({ "nonce": "n", "ts": 1, "capabilities": [] }),
    );
    script.event("connect.challenge", &json!({ "nonce": "n", "ts": 1 }));
    assert_eq!(
        script.drain(),
        [concat!(
            r#"send 1 connect {"minProtocol":4,"maxProtocol":4,"client":{"id":"gateway-client","version":"1","#,
            r#""platform":"test","mode":"backend"},"role":"operator","#,
            r#""scopes":["operator.read","operator.write","operator.admin"],"#,
            r#""caps":["session-cursor","session-scoped-events"],"auth":{"token":"t"}}"#
        )]
    );
    script.answer(
        1,
        &json!({
            "type": "hello-ok", "protocol": 4, "server": { "version": "9", "connId": "c", "more": 1 },
            "features": { "methods": ["x"], "events": [], "capabilities": ["a", "session-cursor"] },
            "auth": { "role": "operator", "scopes": ["operator.read"] },
        }),
    );
    assert_eq!(script.drain(), ["connected"]);
    let Status::Connected {
        server,
        scopes,
        capabilities,
    } = script.client.status()
    else {
        panic!("not connected");
    };
    assert_eq!(
        (server.version.as_str(), server.conn_id.as_str()),
        ("9", "c")
    );
    assert!(scopes.allow(&Scope::READ) && !scopes.allow(&Scope::WRITE));
    assert_eq!(capabilities.as_ref(), ["a", "session-cursor"]);
}

#[test]
fn a_greeting_may_be_empty_and_says_no_token_when_there_is_none() {
    let mut script = Script::new();
    script.client.connect(script.now());
    script.client.transport_opened(script.now());
    script.event("connect.challenge", &json!({}));
    let lines = script.drain();
    assert!(!lines[2].contains("auth"), "{}", lines[2]);
    script.frame(&json!({ "type": "res", "id": "1", "ok": true }));
    assert_eq!(script.drain(), ["connected"]);
}

#[test]
fn refusals_that_cannot_change_are_not_tried_again() {
    for (code, details) in [
        ("INVALID_REQUEST", Some("AUTH_TOKEN_MISMATCH")),
        ("INVALID_REQUEST", Some("PROTOCOL_MISMATCH")),
        ("INVALID_REQUEST", Some("CONTROL_UI_ORIGIN_NOT_ALLOWED")),
        ("INVALID_REQUEST", None),
        ("NOT_PAIRED", Some("PAIRING_REQUIRED")),
        ("NEW_CODE", Some("AUTH_NEW_REASON")),
    ] {
        let mut script = Script::new();
        script.client.connect(script.now());
        let held = script.request("health", &json!({}));
        script.client.transport_opened(script.now());
        script.event("connect.challenge", &json!({ "nonce": "n", "ts": 1 }));
        let asked = script.last_request("connect");
        let details = details.map(|code| json!({ "code": code }));
        script.refuse(
            asked,
            &json!({ "code": code, "message": "no", "details": details }),
        );
        let lines = script.drain();
        assert_eq!(lines[0], "close 1000 connect was refused");
        assert!(
            lines[1].starts_with("disconnected, stop: refused: no"),
            "{}",
            lines[1]
        );
        assert!(lines[2].starts_with(&format!("response {held} failed: refused")));
        assert_eq!(script.client.poll_timeout(), None);

        let late = script.request("health", &json!({}));
        assert_eq!(
            script.drain(),
            [format!("response {late} failed: not connected")]
        );
        script.client.connect(script.now());
        assert_eq!(script.drain(), ["connecting 1", "open"]);
    }
}

#[test]
fn refusals_that_pass_are_tried_again_no_earlier_than_asked() {
    for error in [
        json!({ "code": "UNAVAILABLE", "message": "starting", "retryAfterMs": 5_000 }),
        json!({
            "code": "INVALID_REQUEST", "message": "locked out", "retryAfterMs": 5_000,
            "details": { "code": "AUTH_RATE_LIMITED" },
        }),
    ] {
        let mut script = Script::new();
        script.client.connect(script.now());
        script.client.transport_opened(script.now());
        script.event("connect.challenge", &json!({ "nonce": "n", "ts": 1 }));
        let asked = script.last_request("connect");
        script.refuse(asked, &error);
        assert!(script.drain()[1].starts_with("disconnected, retry: refused"));
        let wait = script.pass_to_deadline();
        assert!((5_000..5_500).contains(&wait.as_millis()), "{wait:?}");
        assert_eq!(script.drain(), ["connecting 2", "open"]);
    }
}

#[test]
fn waits_grow_to_the_cap_and_begin_anew_after_a_connection_that_stood() {
    let mut script = Script::with(|config| config.seed = 3);
    script.client.connect(script.now());
    let mut ceiling = 500;
    for attempt in 1..=12 {
        assert_eq!(
            script.drain(),
            [format!("connecting {attempt}"), "open".to_owned()]
        );
        script.client.transport_closed(None, script.now());
        assert_eq!(
            script.drain(),
            ["disconnected, retry: the connection was lost"]
        );
        let wait = script.pass_to_deadline();
        assert!(
            wait < Duration::from_millis(ceiling),
            "{wait:?} of {ceiling}"
        );
        ceiling = (ceiling * 2).min(30_000);
    }
    let lost = [
        "connected",
        "disconnected, retry: the gateway closed the connection: service restart (1012)",
    ];
    script.open_and_greet(&json!({}));
    script.close(1012, "service restart");
    assert_eq!(script.drain(), lost);
    script.pass_to_deadline();
    assert_eq!(
        script.drain(),
        ["connecting 14", "open"],
        "greeting is not enough"
    );
    script.open_and_greet(&json!({}));
    assert_eq!(script.pass(Duration::from_secs(10)), lost[..1]);
    script.close(1012, "service restart");
    assert_eq!(script.drain(), lost[1..]);
    assert!(script.pass_to_deadline() < Duration::from_millis(500));
    assert_eq!(script.drain(), ["connecting 2", "open"]);
}

#[test]
fn asking_to_connect_ends_the_wait() {
    let mut script = Script::new();
    script.client.connect(script.now());
    script.drain();
    let cause = "nobody listens".to_owned();
    script.client.transport_failed(cause.clone(), script.now());
    assert_eq!(
        script.drain(),
        ["disconnected, retry: cannot connect: nobody listens"]
    );
    script.client.transport_failed(cause, script.now());
    assert_eq!(script.drain(), [""; 0]);
    script.client.connect(script.now());
    assert_eq!(script.drain(), ["connecting 2", "open"]);
    script.client.connect(script.now());
    assert_eq!(script.drain(), [""; 0]);
}

#[test]
fn revoked_credentials_are_not_tried_again() {
    let mut script = Script::connected();
    script.close(4001, "");
    assert_eq!(
        script.drain(),
        ["disconnected, stop: the gateway revoked the access: code 4001"]
    );
    assert_eq!(script.client.poll_timeout(), None);
}

#[test]
fn a_peer_that_is_no_gateway_is_told_from_one_that_is_silent() {
    let told = "unreadable answer: ";
    let noises: [&[&str]; 4] = [
        &["null"],
        &[r#"{"type":"event"}"#],
        &[r#"{"type":"event","event":"connect.challenge","payload":{"nonce":1}}"#],
        &[
            r#"{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}"#,
            r#"{"type":"res","id":"1"}"#,
        ],
    ];
    for (noise, ends) in noises.iter().zip([true, false].into_iter().cycle()) {
        let mut script = Script::new();
        script.client.connect(script.now());
        script.client.transport_opened(script.now());
        for text in *noise {
            script.client.frame_received(text, script.now());
        }
        script.drain();
        match ends {
            true => script.close(1008, "what is that"),
            false => drop(script.pass_to_deadline()),
        }
        let lines = script.drain();
        let last = lines.last().expect("it is told");
        assert!(
            last.starts_with(&format!("disconnected, retry: {told}")),
            "{noise:?}: {last}"
        );
    }
}

#[test]
fn garbage_ends_the_connection_before_and_after_the_greeting() {
    let ends = |mut script: Script, text: &str| {
        script.drain();
        script.client.frame_received(text, script.now());
        let lines = script.drain();
        assert_eq!(lines[0], "close 1000 unreadable frame", "{text}");
        assert!(
            lines[1].starts_with("disconnected, retry: unreadable answer: not a frame"),
            "{lines:?}"
        );
    };
    for text in ["", "<html>", "}{", r#"{"type":"event""#] {
        let mut greeting = Script::new();
        greeting.client.connect(greeting.now());
        greeting.client.transport_opened(greeting.now());
        ends(greeting, text);
        ends(Script::connected(), text);
    }
}

#[test]
fn a_greeting_in_another_protocol_ends_the_attempts() {
    let mut script = Script::new();
    script.client.connect(script.now());
    script.drain();
    script.open_and_greet(&json!({ "protocol": 5 }));
    assert_eq!(
        script.drain(),
        [
            "close 1000 another protocol",
            "disconnected, stop: unreadable answer: it speaks protocol 5"
        ]
    );
    assert_eq!(script.client.poll_timeout(), None);
}

#[test]
fn a_greeting_that_cannot_be_read_is_told() {
    for hello in [json!("welcome"), json!({ "features": 1 })] {
        let mut script = Script::new();
        script.client.connect(script.now());
        script.drain();
        script.open_and_greet(&hello);
        let lines = script.drain();
        assert_eq!(lines[0], "close 1000 unreadable greeting");
        assert!(lines[1].starts_with("disconnected, retry: unreadable answer"));
    }
}

#[test]
fn an_attempt_that_takes_too_long_is_called_off() {
    let mut script = Script::new();
    script.client.connect(script.now());
    script.drain();
    assert_eq!(script.pass(Duration::from_millis(14_999)), [""; 0]);
    script.client.transport_opened(script.now());
    assert_eq!(
        script.pass(Duration::from_millis(1)),
        [
            "close 4000 connect timeout",
            "disconnected, retry: no answer in time"
        ]
    );
}

#[test]
fn silence_of_two_ticks_ends_the_connection_and_any_frame_breaks_it() {
    let mut script = Script::greeted(&json!({ "policy": { "tickIntervalMs": 1_000 } }));
    assert_eq!(script.pass(Duration::from_millis(1_999)), [""; 0]);
    script
        .client
        .frame_received(r#"{"type":"of a later version"}"#, script.now());
    assert_eq!(script.pass(Duration::from_millis(1_999)), [""; 0]);
    assert_eq!(
        script.pass(Duration::from_millis(1)),
        [
            "close 4000 tick timeout",
            "disconnected, retry: no answer in time"
        ]
    );
}

#[test]
fn closing_is_final() {
    let mut script = Script::connected();
    script
        .client
        .subscribe_sessions(SessionsListParams::default(), script.now());
    script.client.subscribe_messages("a", script.now());
    let request = script.request("health", &json!({}));
    script.drain();
    script.client.close();
    script.client.close();
    assert_eq!(
        script.drain(),
        [
            "close 1000 closed by the client".to_owned(),
            "disconnected, stop: the client is closed".to_owned(),
            format!("response {request} failed: the client is closed"),
        ]
    );
    script.client.connect(script.now());
    script
        .client
        .subscribe_sessions(SessionsListParams::default(), script.now());
    script.client.subscribe_messages("a", script.now());
    let late = script.request("health", &json!({}));
    assert_eq!(
        script.drain(),
        [
            "list 3 failed: the client is closed".to_owned(),
            "messages 4 failed: the client is closed".to_owned(),
            format!("response {late} failed: the client is closed"),
        ]
    );
    assert_eq!(script.client.poll_timeout(), None);
}
