//! Which device connects, and what comes of what gateways say to it.

use serde_json::{Value, json};
use sessionwire_client_core::Device;

use crate::script::Script;

const WHO: &str = r#"{"minProtocol":4,"maxProtocol":4,"client":{"id":"webchat","version":"1","platform":"Web ","mode":"webchat"},"role":"operator","scopes":["operator.read","operator.write","operator.admin"],"caps":["session-cursor","session-scoped-events"]"#;
const SCOPES: &str = "operator.read,operator.write,operator.admin";

/// A client with a device and perhaps a shared token.
fn script(token: Option<&str>) -> Script {
    let mut script = Script::with(|config| {
        config.client.id = "webchat".to_owned();
        config.client.mode = "webchat".to_owned();
        config.client.platform = "Web ".to_owned();
        config.auth.token = token.map(str::to_owned);
        config.has_device = true;
    });
    script.client.connect(script.now());
    script.drain();
    script
}

/// The transport is open, and a gateway like OpenClaw's challenges; returns what comes of it.
fn challenged(script: &mut Script, nonce: &str) -> Vec<String> {
    let payload = json!({ "nonce": nonce, "ts": 17, "capabilities": ["model-catalog-snapshot"] });
    challenged_with(script, &payload)
}

fn challenged_with(script: &mut Script, payload: &Value) -> Vec<String> {
    script.client.transport_opened(script.now());
    script.event("connect.challenge", payload);
    script.drain()
}

fn device(token: Option<&str>) -> Device {
    Device {
        id: "d".to_owned(),
        public_key: "key".to_owned(),
        token: token.map(str::to_owned),
    }
}

/// The driver knows the device, and signs; returns the `connect` that follows, after its id.
fn prove(script: &mut Script, token: Option<&str>, nonce: &str) -> String {
    script.client.identified(Ok(device(token)));
    let lines = script.drain();
    let statement = lines[0].strip_prefix("sign ").expect("it is to be signed");
    assert!(
        statement.ends_with(&format!("|{nonce}|web|")),
        "{statement}"
    );
    script.client.signed(statement, Ok("signature".to_owned()));
    script.drain().remove(0)
}

fn refusal(code: &str) -> Value {
    json!({ "code": "INVALID_REQUEST", "message": "no", "details": { "code": code } })
}

fn proof(nonce: &str) -> String {
    format!(
        r#""device":{{"id":"d","publicKey":"key","signature":"signature","signedAt":17,"nonce":"{nonce}"}}"#
    )
}

#[test]
fn a_device_is_proved_to_a_gateway_without_cursors_and_its_token_is_kept() {
    let mut script = script(Some("t"));
    assert_eq!(challenged(&mut script, "n"), ["identify"]);
    script.client.identified(Ok(device(None)));
    let statement = format!("v3|d|webchat|webchat|operator|{SCOPES}|17|t|n|web|");
    assert_eq!(script.drain(), [format!("sign {statement}")]);
    script.client.signed(&statement, Ok("signature".to_owned()));
    let asked = format!(
        r#"send 1 connect {WHO},"auth":{{"token":"t"}},{}}}"#,
        proof("n")
    );
    assert_eq!(script.drain(), [asked]);
    let hello = json!({ "auth": { "scopes": ["operator.read"], "deviceToken": "issued" } });
    script.answer(1, &hello);
    assert_eq!(script.drain(), ["keep issued", "connected"]);
}

#[test]
fn the_kept_token_is_shown_and_signed_instead_of_the_shared_one() {
    for shared in [None, Some("t")] {
        let mut script = script(shared);
        challenged(&mut script, "n");
        script.client.identified(Ok(device(Some("kept"))));
        let statement = format!("v3|d|webchat|webchat|operator|{SCOPES}|17|kept|n|web|");
        assert_eq!(script.drain(), [format!("sign {statement}")]);
        script.client.signed(&statement, Ok("signature".to_owned()));
        let asked = format!(
            r#"send 1 connect {WHO},"auth":{{"deviceToken":"kept"}},{}}}"#,
            proof("n")
        );
        assert_eq!(script.drain(), [asked]);
    }
}

#[test]
fn a_kept_token_that_is_refused_makes_room_for_the_shared_one_at_once() {
    for (code, forgotten) in [
        ("AUTH_DEVICE_TOKEN_MISMATCH", true),
        // It is good for less than is asked for; what is issued next takes its place.
        ("AUTH_SCOPE_MISMATCH", false),
    ] {
        let mut script = script(Some("t"));
        challenged(&mut script, "n");
        assert!(prove(&mut script, Some("kept"), "n").contains(r#""deviceToken":"kept""#));
        script.refuse(1, &refusal(code));
        let mut expected = vec!["close 1000 connect was refused", "connecting 2", "open"];
        if forgotten {
            expected.insert(0, "forget kept");
        }
        assert_eq!(script.drain(), expected);

        challenged(&mut script, "m");
        let asked = prove(&mut script, Some("kept"), "m");
        assert!(asked.contains(r#""auth":{"token":"t"}"#), "{asked}");
        script.answer(2, &json!({ "auth": { "deviceToken": "next" } }));
        assert_eq!(script.drain(), ["keep next", "connected"]);
    }
}

#[test]
fn a_kept_token_that_is_refused_ends_the_attempts_where_there_is_no_other() {
    let mut script = script(None);
    challenged(&mut script, "n");
    prove(&mut script, Some("kept"), "n");
    script.refuse(1, &refusal("AUTH_DEVICE_TOKEN_MISMATCH"));
    let looks_again = [
        "forget kept",
        "close 1000 connect was refused",
        "connecting 2",
        "open",
    ];
    assert_eq!(script.drain(), looks_again);
    challenged(&mut script, "m");
    script.client.identified(Ok(device(None)));
    assert_eq!(
        script.drain(),
        [
            "close 1000 there is no other token",
            "disconnected, stop: refused: no (INVALID_REQUEST)"
        ]
    );
    script.client.connect(script.now());
    script.drain();
    challenged(&mut script, "m");
    assert!(!prove(&mut script, Some("kept"), "m").contains("auth"));
}

#[test]
fn a_newer_token_that_another_program_kept_is_shown_once_the_older_is_refused() {
    let mut script = script(None);
    challenged(&mut script, "n");
    prove(&mut script, Some("older"), "n");
    script.refuse(1, &refusal("AUTH_DEVICE_TOKEN_MISMATCH"));
    script.drain();
    challenged(&mut script, "m");
    let asked = prove(&mut script, Some("newer"), "m");
    assert!(
        asked.contains(r#""auth":{"deviceToken":"newer"}"#),
        "{asked}"
    );
    script.refuse(2, &refusal("AUTH_DEVICE_TOKEN_MISMATCH"));
    assert_eq!(
        script.drain(),
        [
            "forget newer",
            "close 1000 connect was refused",
            "disconnected, stop: refused: no (INVALID_REQUEST)"
        ],
        "it looks again once"
    );
}

#[test]
fn a_gateway_with_cursors_is_shown_the_token_alone_until_it_asks_for_more() {
    let ours = json!({ "nonce": "n", "ts": 17, "capabilities": ["session-cursor"] });
    let mut script = script(Some("t"));
    let plain = format!(r#"send 1 connect {WHO},"auth":{{"token":"t"}}}}"#);
    assert_eq!(challenged_with(&mut script, &ours), [plain]);
    script.refuse(1, &refusal("DEVICE_IDENTITY_REQUIRED"));
    let again = ["close 1000 connect was refused", "connecting 2", "open"];
    assert_eq!(script.drain(), again);
    assert_eq!(challenged_with(&mut script, &ours), ["identify"]);
    assert!(prove(&mut script, None, "n").contains(&proof("n")));
    script.refuse(2, &refusal("DEVICE_IDENTITY_REQUIRED"));
    assert!(script.drain()[1].starts_with("disconnected, stop: refused"));
}

#[test]
fn without_a_secret_the_device_is_all_there_is_to_show() {
    let ours = json!({ "nonce": "n", "ts": 17, "capabilities": ["session-cursor"] });
    let mut script = script(None);
    assert_eq!(challenged_with(&mut script, &ours), ["identify"]);
}

#[test]
fn a_challenge_without_a_nonce_cannot_be_signed() {
    let mut script = script(Some("t"));
    let lines = challenged_with(&mut script, &json!({ "ts": 17 }));
    assert!(lines[0].starts_with("send 1 connect"), "{}", lines[0]);
}

#[test]
fn without_a_device_the_token_is_tried_and_a_gateway_that_insists_is_given_up() {
    for fails_to_sign in [false, true] {
        let mut script = script(Some("t"));
        let fail = |script: &mut Script| match fails_to_sign {
            false => script.client.identified(Err("no crypto".to_owned())),
            true => {
                script.client.identified(Ok(device(None)));
                let statement = script.drain()[0].replace("sign ", "");
                script
                    .client
                    .signed(&statement, Err("no crypto".to_owned()));
            }
        };
        challenged(&mut script, "n");
        fail(&mut script);
        let plain = format!(r#"send 1 connect {WHO},"auth":{{"token":"t"}}}}"#);
        assert_eq!(script.drain(), [plain]);
        script.refuse(1, &refusal("CONTROL_UI_DEVICE_IDENTITY_REQUIRED"));
        assert_eq!(
            script.drain(),
            [
                "close 1000 connect was refused",
                "disconnected, stop: the gateway asks for a device identity: no crypto"
            ]
        );
        assert_eq!(script.client.poll_timeout(), None);
    }
}

#[test]
fn without_a_device_a_greeting_that_grants_nothing_is_none() {
    for (scopes, expected) in [
        (
            json!([]),
            vec![
                "close 1000 no scopes without a device identity",
                "disconnected, stop: the gateway asks for a device identity: no crypto",
            ],
        ),
        (json!(["operator.read"]), vec!["connected"]),
    ] {
        let mut script = script(Some("t"));
        challenged(&mut script, "n");
        script.client.identified(Err("no crypto".to_owned()));
        script.answer(1, &json!({ "auth": { "scopes": scopes } }));
        script.drain_first();
        assert_eq!(script.drain(), expected);
    }
}

#[test]
fn a_gateway_with_cursors_that_asks_for_a_device_that_there_is_not_is_given_up() {
    let ours = json!({ "nonce": "n", "ts": 17, "capabilities": ["session-cursor"] });
    let mut script = script(Some("t"));
    challenged_with(&mut script, &ours);
    script.refuse(1, &refusal("DEVICE_IDENTITY_REQUIRED"));
    script.drain();
    challenged_with(&mut script, &ours);
    script.client.identified(Err("no crypto".to_owned()));
    assert_eq!(
        script.drain(),
        [
            "close 1000 there is no device identity",
            "disconnected, stop: the gateway asks for a device identity: no crypto"
        ]
    );
}

#[test]
fn what_comes_of_an_attempt_that_is_over_is_not_used() {
    let mut script = script(Some("t"));
    challenged(&mut script, "n");
    script.client.identified(Ok(device(None)));
    let stale = script.drain()[0].replace("sign ", "");
    script.client.transport_closed(None, script.now());
    script.client.signed(&stale, Ok("late".to_owned()));
    script.client.identified(Ok(device(None)));
    assert_eq!(
        script.drain(),
        ["disconnected, retry: the connection was lost"]
    );
    script.client.connect(script.now());
    script.drain();
    challenged(&mut script, "m");
    script.client.signed(&stale, Ok("late".to_owned()));
    script.client.identified(Ok(device(None)));
    script.drain();
    script.client.signed(&stale, Ok("late".to_owned()));
    assert_eq!(script.drain(), [""; 0]);
}

#[test]
fn a_device_that_does_not_answer_is_waited_for_no_longer_than_a_gateway() {
    let mut script = script(Some("t"));
    challenged(&mut script, "n");
    script.pass_to_deadline();
    assert_eq!(
        script.drain(),
        [
            "close 4000 connect timeout",
            "disconnected, retry: no answer in time"
        ]
    );
}

#[test]
fn a_gateway_says_whether_waiting_for_an_approval_is_of_use() {
    for (advice, retries) in [
        (json!({}), false),
        (json!({ "pauseReconnect": true, "retryable": true }), false),
        (json!({ "pauseReconnect": false }), true),
        (json!({ "recommendedNextStep": "wait_then_retry" }), true),
        (
            json!({ "recommendedNextStep": "update_auth_credentials" }),
            false,
        ),
    ] {
        let mut script = script(Some("t"));
        challenged(&mut script, "n");
        prove(&mut script, None, "n");
        let mut details = json!({ "code": "PAIRING_REQUIRED", "requestId": "r" });
        for (name, value) in advice.as_object().expect("an object") {
            details[name] = value.clone();
        }
        let error =
            json!({ "code": "NOT_PAIRED", "message": "pairing required", "details": details });
        script.refuse(1, &error);
        let then = if retries { "retry" } else { "stop" };
        let told = format!("disconnected, {then}: refused: pairing required (NOT_PAIRED)");
        assert_eq!(script.drain(), ["close 1000 connect was refused", &told]);
        assert_eq!(script.client.poll_timeout().is_some(), retries, "{advice}");
        script.client.connect(script.now());
        assert_eq!(script.drain().last().map(String::as_str), Some("open"));
    }
}
