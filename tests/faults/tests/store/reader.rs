//! What can be read of a gateway, in every way.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sessionwire::SessionRow;

use crate::machine::Machine;
use crate::support::Client;

/// The list, with what every subscriber's rows have.
pub(crate) async fn list(client: &mut Client) -> BTreeMap<String, SessionRow> {
    let params = json!({"includeDerivedTitles": true, "includeLastMessage": true});
    let answer = client.request("sessions.list", params).await;
    let rows: Vec<SessionRow> =
        serde_json::from_value(answer.expect("it is listed")["sessions"].take())
            .expect("they are rows");
    rows.into_iter()
        .map(|row| (row.key.to_string(), row))
        .collect()
}

/// All that anybody can read of sessions, messages and groups.
pub(crate) async fn everything(machine: &Machine, client: &mut Client) -> Value {
    let mut read = json!({ "list": list(client).await });
    for (name, method, params, field) in [
        (
            "described",
            "sessions.describe",
            json!({"key": "kept"}),
            "session",
        ),
        (
            "history",
            "chat.history",
            json!({"sessionKey": "kept"}),
            "messages",
        ),
        ("groups", "sessions.groups.list", json!({}), "groups"),
        (
            "found",
            "sessions.search",
            json!({"query": "words"}),
            "results",
        ),
    ] {
        let answer = client.request(method, params).await;
        read[name] = answer.expect("it is read")[field].take();
        assert!(!read[name].is_null(), "{method} answers with {field}");
    }
    let answer = machine.http("GET", "/v1/chat/sessions", &Value::Null).await;
    assert_eq!(answer.status, 200);
    read["http"] = answer.json()["sessions"].take();
    for key in ["kept", "deleted", "deleted-by-http", "lost", "lost-by-http"] {
        let path = format!("/v1/chat/sessions/{key}");
        let answer = machine.http("GET", &path, &Value::Null).await;
        read["by http"][key] = json!([answer.status, answer.json()]);
    }
    read
}

/// Whether the gateway says that changes can be made, in all the places where it does; all must say the same.
pub(crate) async fn claims_to_be_ready(machine: &Machine, client: &mut Client) -> bool {
    let live = machine.http("GET", "/healthz", &Value::Null).await;
    assert_eq!(
        live.status, 200,
        "the process lives, whatever its disk does"
    );
    let answer = machine.http("GET", "/readyz", &Value::Null).await;
    let ready = answer.json()["ready"] == true;
    assert_eq!(answer.status, if ready { 200 } else { 503 });
    let health = client.request("health", json!({})).await;
    let can_commit = health.expect("it answers").get("ok").cloned();
    assert_eq!(
        can_commit,
        ready.then_some(json!(true)),
        "the published schema has no `false`"
    );
    let metrics = machine.http("GET", "/metrics", &Value::Null).await;
    let figure = format!("sessionwire_store_writable {}", u8::from(ready));
    assert!(metrics.body.contains(&figure), "{}", metrics.body);
    ready
}
