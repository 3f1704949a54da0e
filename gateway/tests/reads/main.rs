//! What is asked of sessions: resolve, messages, search, groups, and of the gateway itself.

#![allow(unreachable_pub, reason = "the support of tests is shared by several")]

#[path = "../support/mod.rs"]
mod support;

mod groups;
mod messages;
mod resolve;
mod status;

use serde_json::Value;

use support::Client;

async fn made(admin: &mut Client, params: Value) -> Value {
    asked(admin, "sessions.create", params).await
}

async fn asked(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params).await;
    answer.unwrap_or_else(|error| panic!("{method}: {error}"))
}
