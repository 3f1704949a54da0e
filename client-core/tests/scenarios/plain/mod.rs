//! Lists at a gateway that speaks nothing but protocol 4, as OpenClaw's does.

mod events;
mod evictions;
mod lists;

use std::time::Duration;

use serde_json::{Value, json};

use crate::script::Script;

const LIST: &str = r#"sessions.list {"limit":100000,"archived":"all","includeGlobal":true,"includeUnknown":true,"includeDerivedTitles":true,"includeLastMessage":true}"#;

impl Script {
    fn changed(&mut self, payload: &Value) -> Vec<String> {
        self.event("sessions.changed", payload);
        self.drain()
    }

    /// An event that means nothing, with its number.
    fn numbered(&mut self, seq: u64) {
        self.frame(&json!({ "type": "event", "event": "heartbeat", "payload": {}, "seq": seq }));
    }

    /// Nothing is sent for as long as a list might wait.
    fn asks_for_nothing(&mut self) {
        assert_eq!(self.pass(Duration::from_secs(10)), [""; 0]);
    }

    /// Passes the time until the next list is asked for; returns the request's id.
    fn next_list(&mut self) -> u64 {
        assert_eq!(self.drain(), [""; 0]);
        self.pass_to_deadline();
        self.last_request("sessions.list")
    }
}

/// A client whose subscription 1, with these params, has been given a snapshot of these rows.
fn mirrored(params: &Value, rows: &[Value]) -> Script {
    let mut script = Script::greeted(&json!({}));
    script.subscribe(params);
    script.answer(2, &json!({ "subscribed": true }));
    script.answer(3, &listed(rows));
    assert!(script.drain()[0].starts_with("list 1 snapshot"));
    script
}

fn listed(rows: &[Value]) -> Value {
    json!({ "ts": 1, "count": rows.len(), "hasMore": false, "sessions": rows })
}

/// A row as OpenClaw's gateway sends it: without a generation.
fn row(key: &str, updated_at: u64) -> Value {
    json!({ "key": key, "kind": "direct", "sessionId": format!("s-{key}"), "updatedAt": updated_at })
}
