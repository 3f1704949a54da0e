//! Who is told what, in which form and order.

#![allow(unreachable_pub, reason = "the support of tests is shared by several")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod changes;
mod cursors;
mod forms;
mod telling;

use serde_json::json;

use support::{ADMIN, CURSORS, Client, Gateway};

/// An administrator's connection with the subscription `s`, and the offset where that begins.
async fn subscribed(gateway: &Gateway) -> (Client, u64) {
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let answer = client
        .request("sessions.subscribe", json!({"subscription": "s"}))
        .await
        .expect("it is allowed");
    let offset = answer["cursor"]["offset"].as_u64().expect("an offset");
    (client, offset)
}
