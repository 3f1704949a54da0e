//! Talking in one session of a gateway.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test uses its part"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::support::Client;

pub const WRITE: &[&str] = &["operator.read", "operator.write"];
pub const KEY: &str = "agent:main:talk";

impl Client {
    /// Asks for something that must be granted.
    pub async fn ask(&mut self, method: &str, params: Value) -> Value {
        match self.request(method, params).await {
            Ok(payload) => payload,
            Err(error) => panic!("{method} is refused: {error}"),
        }
    }

    /// Asks for something that must be refused; returns the sentence.
    pub async fn refusal(&mut self, method: &str, params: Value) -> String {
        match self.request(method, params).await {
            Ok(payload) => panic!("{method} is granted: {payload}"),
            Err(error) => error["message"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Every event about sessions that is due to what has happened so far.
    pub async fn events(&mut self) -> Vec<Value> {
        // Events that are due when an answer is written come before the next answer at the latest.
        let mut events = self.events_so_far().await;
        events.extend(self.events_so_far().await);
        events.retain(|event| {
            let name = event["event"].as_str().unwrap_or_default();
            !matches!(name, "tick" | "presence" | "health")
        });
        events
    }
}

/// Says something in the session; returns the reply's text, if there is one.
pub async fn say(client: &mut Client, text: &str) -> Option<String> {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = format!("run-{}", RUNS.fetch_add(1, Ordering::Relaxed));
    let params = json!({"sessionKey": KEY, "message": text, "idempotencyKey": run});
    let started = client.ask("chat.send", params).await;
    assert_eq!(started, json!({"runId": run, "status": "started"}));
    loop {
        let event = client.next_event("chat").await;
        if event["payload"]["runId"] == run {
            let payload = &event["payload"];
            assert_eq!(
                (&payload["state"], &payload["seq"]),
                (&json!("final"), &json!(1))
            );
            return payload["message"]["content"][0]["text"]
                .as_str()
                .map(str::to_owned);
        }
    }
}

pub async fn subscribe_with_cursors(client: &mut Client) {
    let subscribed = client
        .ask("sessions.subscribe", json!({"subscription": "s"}))
        .await;
    assert_eq!(subscribed["resumed"], false);
}

pub async fn history(client: &mut Client) -> Vec<Value> {
    let transcript = client.ask("chat.history", json!({"sessionKey": KEY})).await;
    transcript["messages"].as_array().expect("a list").clone()
}

/// The names of events with their reasons or roles, for assertions about order.
pub fn outline(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let payload = &event["payload"];
            let of = [
                &payload["reason"],
                &payload["message"]["role"],
                &payload["state"],
            ];
            let of = of.into_iter().find_map(Value::as_str).unwrap_or_default();
            format!("{} {of}", event["event"].as_str().unwrap_or_default())
        })
        .collect()
}
