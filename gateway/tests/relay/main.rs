//! In front of another gateway.

#![allow(unreachable_pub, reason = "the support of tests is shared by several")]

#[path = "../support/mod.rs"]
mod support;
mod upstream;

mod changes;
mod device;
mod events;
mod lists;
mod messages;
mod own;
mod trouble;

use serde_json::{Value, json};
use support::{ADMIN, CURSORS, Client, Gateway};
use upstream::{UPSTREAM_TOKEN, Upstream};

/// A gateway in front of an upstream.
async fn front(upstream: &str, args: &[&str]) -> Gateway {
    let own = ["--upstream", upstream, "--upstream-token", UPSTREAM_TOKEN];
    Gateway::start(&[&own, args].concat()).await
}

/// An upstream with these sessions, and a gateway in front of it whose lists show them.
async fn stage(sessions: &[(&str, Value)]) -> (Upstream, Gateway) {
    let upstream = Upstream::start().await;
    for (key, row) in sessions {
        upstream.put(key, row.clone());
    }
    let gateway = front(&upstream.url(), &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut client, true).await;
    (upstream, gateway)
}

/// Waits until lists show what the upstream has, or may not.
async fn until_live(client: &mut Client, live: bool) -> Value {
    loop {
        let health = client.request("health", json!({})).await.expect("health");
        if health["upstream"]["live"] == live {
            return health["upstream"].clone();
        }
        client.next_event("health").await;
    }
}

/// A client with cursors that subscribes to everything, and the rows that it began with.
async fn follower(gateway: &Gateway) -> (Client, Vec<Value>) {
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let answer = client
        .request("sessions.subscribe", json!({"subscription": "all"}))
        .await
        .expect("it subscribes");
    let rows = answer["list"]["sessions"].as_array().expect("a list");
    (client, rows.clone())
}

/// The rows of the gateway without what it adds to them, by their keys.
async fn rows(client: &mut Client) -> Vec<Value> {
    let params = json!({"archived": "all", "includeGlobal": true, "includeUnknown": true, "limit": 1_000,
        "includeDerivedTitles": true, "includeLastMessage": true});
    let list = client
        .request("sessions.list", params)
        .await
        .expect("a list");
    let mut rows = list["sessions"].as_array().expect("rows").clone();
    for row in &mut rows {
        let revision = row
            .as_object_mut()
            .expect("a row")
            .remove("lifecycleRevision");
        assert!(revision.is_some_and(|revision| revision.is_string()));
    }
    rows.sort_by_key(|row| row["key"].as_str().map(str::to_owned));
    rows
}
