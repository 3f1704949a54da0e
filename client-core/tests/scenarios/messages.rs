use std::time::Duration;

use serde_json::{Value, json};
use sessionwire_client_core::SubscriptionId;
use sessionwire_protocol::sessions::SessionsListParams;

use crate::script::{Script, drain, row, snapshot};

#[test]
fn messages_of_the_canonical_key_reach_its_subscribers() {
    let mut script = Script::greeted(&json!({}));
    let one = script.client.subscribe_messages("beta", script.now());
    assert_eq!(
        script.drain(),
        [r#"send 2 sessions.messages.subscribe {"key":"beta"}"#]
    );
    subscribed(&mut script, 2, "agent:main:beta");
    let two = script.client.subscribe_messages("beta", script.now());
    assert_eq!(script.drain(), [""; 0], "the key is subscribed once");

    script.event(
        "session.message",
        &json!({ "sessionKey": "agent:main:beta", "n": 1 }),
    );
    script.event("chat", &json!({ "sessionKey": "agent:main:beta", "n": 2 }));
    script.event("chat", &json!({ "sessionKey": "agent:main:other", "n": 3 }));
    assert_eq!(
        script.drain(),
        [
            r#"messages 1 message {"n":1,"sessionKey":"agent:main:beta"}"#,
            r#"messages 2 message {"n":1,"sessionKey":"agent:main:beta"}"#,
            r#"messages 1 chat {"n":2,"sessionKey":"agent:main:beta"}"#,
            r#"messages 2 chat {"n":2,"sessionKey":"agent:main:beta"}"#,
        ]
    );

    script.client.unsubscribe(one, script.now());
    assert_eq!(script.drain(), [""; 0]);
    script.client.unsubscribe(two, script.now());
    assert_eq!(
        script.drain(),
        [r#"send 3 sessions.messages.unsubscribe {"key":"agent:main:beta"}"#]
    );
    script.event("chat", &json!({ "sessionKey": "agent:main:beta", "n": 4 }));
    assert_eq!(script.drain(), [""; 0]);
}

#[test]
fn messages_are_subscribed_again_after_a_reconnect() {
    let mut script = Script::connected();
    let one = script.client.subscribe_messages("a", script.now());
    script.client.subscribe_messages("b", script.now());
    script.drain();
    script.client.unsubscribe(one, script.now());
    assert_eq!(
        script.reconnect(),
        [r#"send 5 sessions.messages.subscribe {"key":"b"}"#]
    );
}

#[test]
fn two_spellings_of_one_key_end_with_the_last_subscriber() {
    let mut script = Script::connected();
    let long = script
        .client
        .subscribe_messages("agent:main:beta", script.now());
    subscribed(&mut script, 2, "agent:main:beta");
    let short = script.client.subscribe_messages("beta", script.now());
    script.drain();
    script.client.unsubscribe(long, script.now());
    assert_eq!(
        script.drain(),
        [""; 0],
        "the other spelling may mean the same key"
    );
    subscribed(&mut script, 3, "agent:main:beta");
    assert_eq!(script.drain(), [""; 0]);
    script.client.unsubscribe(short, script.now());
    assert_eq!(
        script.drain(),
        [r#"send 4 sessions.messages.unsubscribe {"key":"agent:main:beta"}"#]
    );
}

#[test]
fn a_subscription_that_ends_before_its_answer_ends_at_the_gateway_too() {
    let mut script = Script::connected();
    let one = script.client.subscribe_messages("beta", script.now());
    script.client.unsubscribe(one, script.now());
    assert_eq!(
        script.drain(),
        [r#"send 2 sessions.messages.subscribe {"key":"beta"}"#]
    );
    subscribed(&mut script, 2, "agent:main:beta");
    assert_eq!(
        script.drain(),
        [r#"send 3 sessions.messages.unsubscribe {"key":"agent:main:beta"}"#]
    );
}

#[test]
fn an_eviction_is_told_once_to_each_subscriber_of_the_messages() {
    let mut script = Script::connected();
    script
        .client
        .subscribe_sessions(SessionsListParams::default(), script.now());
    script
        .client
        .subscribe_sessions(SessionsListParams::default(), script.now());
    script.client.subscribe_messages("a", script.now());
    script.answer(2, &snapshot("e", 5, &[row("a", "1")]));
    script.answer(3, &snapshot("e", 5, &[row("a", "1")]));
    subscribed(&mut script, 4, "a");
    script.drain();

    assert_eq!(
        script.at(5, 6, "socket.drain", &drain("a", "1", Some("2"))),
        [
            "list 1 evicted a@1 Reset told, next 2",
            "messages 3 evicted a@1 Reset told, next 2"
        ]
    );
    script.frame(&json!({
        "type": "event", "event": "socket.drain", "payload": drain("a", "1", Some("2")),
        "subscription": "2", "prev": 5, "cursor": 6,
    }));
    script.event("socket.drain", &drain("a", "1", Some("2")));
    assert_eq!(script.drain(), ["list 2 evicted a@1 Reset told, next 2"]);
    script.event("socket.drain", &drain("a", "2", None));
    assert_eq!(
        script.drain(),
        ["messages 3 evicted a@2 Deleted told, next -"]
    );
}

#[test]
fn evictions_that_two_lists_catch_up_with_are_told_once_to_the_subscribers_of_the_messages() {
    let mut script = Script::connected();
    for _ in 0..2 {
        script
            .client
            .subscribe_sessions(SessionsListParams::default(), script.now());
    }
    script.client.subscribe_messages("a", script.now());
    script.answer(2, &snapshot("e", 0, &[row("a", "0")]));
    script.answer(3, &snapshot("e", 0, &[row("a", "0")]));
    subscribed(&mut script, 4, "a");
    script.drain();

    let resets = 0..100;
    for list in ["1", "2"] {
        for reset in resets.clone() {
            let (own, next) = (reset.to_string(), (reset + 1).to_string());
            script.frame(&json!({
                "type": "event", "event": "socket.drain", "payload": drain("a", &own, Some(&next)),
                "subscription": list, "prev": reset, "cursor": reset + 1,
            }));
        }
    }
    let told = script.drain();
    let messages = told.iter().filter(|line| line.starts_with("messages 3"));
    assert_eq!(messages.count(), resets.len());
}

#[test]
fn an_eviction_found_by_a_snapshot_reaches_the_subscribers_of_the_messages() {
    let mut script = Script::connected();
    script.client.subscribe_messages("a", script.now());
    script
        .client
        .subscribe_sessions(SessionsListParams::default(), script.now());
    subscribed(&mut script, 2, "a");
    script.answer(3, &snapshot("e", 5, &[row("a", "1")]));
    script.drain();
    script.reconnect();
    script.answer(5, &snapshot("f", 5, &[row("a", "2")]));
    assert_eq!(
        script.drain(),
        [
            "list 2 evicted a@1 Unknown inferred, next 2",
            "messages 1 evicted a@1 Unknown inferred, next 2",
            "list 2 snapshot a@2 at f:5",
        ]
    );
}

#[test]
fn refusals_end_a_subscription_unless_they_pass() {
    let mut script = Script::connected();
    script.client.subscribe_messages("a", script.now());
    script.drain();
    script.refuse(2, &json!({ "code": "UNAVAILABLE", "message": "busy" }));
    assert!(script.pass_to_deadline() < Duration::from_millis(500));
    assert_eq!(
        script.drain(),
        [r#"send 3 sessions.messages.subscribe {"key":"a"}"#]
    );
    assert_eq!(
        script.pass(Duration::from_secs(30)),
        [r#"send 4 sessions.messages.subscribe {"key":"a"}"#],
        "a lost answer is asked for again"
    );
    script.refuse(
        4,
        &json!({ "code": "INVALID_REQUEST", "message": "malformed session key" }),
    );
    assert_eq!(
        script.drain(),
        ["messages 1 failed: refused: malformed session key (INVALID_REQUEST)"]
    );
    script.client.unsubscribe(SubscriptionId(1), script.now());
    assert_eq!(script.drain(), [""; 0]);
}

fn subscribed(script: &mut Script, id: u64, key: &str) {
    let answer: Value = json!({ "subscribed": true, "key": key });
    script.answer(id, &answer);
}
