//! Lists that follow an upstream.

use serde_json::json;

use super::support::{ADMIN, CURSORS, Gateway};
use super::{Upstream, follower, front, rows, stage, until_live};

const A: &str = "agent:main:a";
const B: &str = "agent:main:b";

#[tokio::test]
async fn rows_are_those_of_the_upstream_with_all_that_they_say() {
    let (upstream, gateway) = stage(&[
        (
            A,
            json!({"label": "A", "worktree": {"path": "/x"}, "totalTokens": 1.5, "pinned": true}),
        ),
        (
            B,
            json!({"hasActiveRun": true, "subject": "Ümlaut \"quoted\"", "archived": false}),
        ),
    ])
    .await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    assert_eq!(rows(&mut client).await, upstream.rows());
    for (params, expected) in [
        (json!({"search": "ümlaut"}), B),
        (json!({"activeOnly": true}), B),
        (json!({"pinned": true}), A),
        (json!({"label": "A"}), A),
    ] {
        let list = client
            .request("sessions.list", params)
            .await
            .expect("a list");
        assert_eq!(
            (&list["count"], &list["sessions"][0]["key"]),
            (&json!(1), &json!(expected))
        );
    }
    let described = client
        .request("sessions.describe", json!({"key": "a"}))
        .await;
    assert_eq!(
        described.expect("a row")["session"]["worktree"]["path"],
        "/x"
    );
}

#[tokio::test]
async fn one_subscription_there_serves_all_here() {
    let (upstream, gateway) = stage(&[(A, json!({"label": "A"}))]).await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(follower(&gateway).await.0);
    }
    let mut plain = gateway.client(ADMIN, &[]).await;
    until_live(&mut plain, true).await;
    plain
        .request("sessions.subscribe", json!({}))
        .await
        .expect("it subscribes");
    upstream.change(A, "patch", json!({"label": "New"}));
    for client in &mut clients {
        loop {
            let event = client.next_event("sessions.changed").await;
            if event["payload"]["session"]["label"] == "New" {
                assert_eq!(event["payload"]["reason"], "patch");
                break;
            }
        }
    }
    let event = plain.next_event("sessions.changed").await;
    assert_eq!(
        (
            &event["payload"]["label"],
            &event["payload"]["session"]["label"]
        ),
        (&json!("New"), &json!("New"))
    );
    assert_eq!(upstream.asked("sessions.subscribe").len(), 1);
    assert_eq!(upstream.asked("sessions.list").len(), 1);
}

#[tokio::test]
async fn changes_that_come_together_are_told_one_by_one_with_their_reasons() {
    let (upstream, gateway) = stage(&[(A, json!({}))]).await;
    let (mut client, _) = follower(&gateway).await;
    let told = (0..50).map(|nth| (format!("reason {nth}"), format!("label {nth}")));
    let told: Vec<_> = told.collect();
    for (reason, label) in &told {
        upstream.change(A, reason, json!({"label": label}));
    }
    for (reason, label) in &told {
        let event = client.next_event("sessions.changed").await["payload"].clone();
        assert_eq!(
            (&event["reason"], &event["session"]["label"]),
            (&json!(reason), &json!(label))
        );
    }
}

#[tokio::test]
async fn evictions_are_told_once_with_the_reason_that_the_upstream_gives() {
    let (upstream, gateway) = stage(&[(A, json!({"totalTokens": 5})), (B, json!({}))]).await;
    let (mut client, rows) = follower(&gateway).await;
    let revision = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key).expect("a row");
        row["lifecycleRevision"].clone()
    };
    upstream.change(A, "reset", json!({"totalTokens": 0}));
    let drain = client.next_event("socket.drain").await["payload"].clone();
    assert_eq!(
        (&drain["reason"], &drain["lifecycleRevision"]),
        (&json!("reset"), &revision(A))
    );
    let event = client.next_event("sessions.changed").await["payload"].clone();
    assert_eq!(
        event["session"]["lifecycleRevision"],
        drain["nextLifecycleRevision"]
    );
    assert_eq!(event["session"]["totalTokens"], 0);
    upstream.change(A, "patch", json!({"sessionId": "another"}));
    let drain = client.next_event("socket.drain").await["payload"].clone();
    assert_eq!(
        (&drain["reason"], &drain["lifecycleRevision"]),
        (&json!("unknown"), &event["session"]["lifecycleRevision"])
    );
    upstream.remove(B);
    upstream.tell(
        "sessions.changed",
        &json!({"sessionKey": B, "reason": "delete", "ts": 1}),
    );
    upstream.tell("sessions.changed", &json!({"reason": "delete", "ts": 1}));
    let drain = client.next_event("socket.drain").await["payload"].clone();
    assert_eq!(
        (&drain["reason"], &drain["lifecycleRevision"]),
        (&json!("deleted"), &revision(B))
    );
    let evictions = client.events_so_far().await;
    assert!(
        evictions
            .iter()
            .all(|event| event["event"] != "socket.drain"),
        "{evictions:?}"
    );
    assert_eq!(super::rows(&mut client).await, upstream.rows());
}

#[tokio::test]
async fn lists_go_on_while_the_upstream_is_away_and_are_equal_when_it_is_back() {
    let mut upstream = Upstream::start().await;
    upstream.put(A, json!({"label": "A"}));
    upstream.put(B, json!({"label": "B"}));
    upstream.set_groups(&["Work"]);
    let gateway = front(&upstream.url(), &[]).await;
    let mut watch = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut watch, true).await;
    let (mut client, _) = follower(&gateway).await;
    upstream.go().await;
    let standing = until_live(&mut watch, false).await;
    assert!(
        standing["staleSince"].is_u64() && standing["error"].is_string(),
        "{standing}"
    );
    assert_eq!(rows(&mut client).await, upstream.rows());
    let refusal = client
        .request("sessions.patch", json!({"key": A, "label": "x"}))
        .await;
    let refusal = refusal.expect_err("nobody can do it");
    assert_eq!(
        (&refusal["code"], &refusal["retryable"]),
        (&json!("UNAVAILABLE"), &json!(true))
    );
    assert_eq!(refusal["details"]["code"], "UPSTREAM_AWAY");
    let ready = gateway.http("GET", "/readyz", None).await;
    assert_eq!(
        (ready.status, &ready.json()["upstream"]["live"]),
        (200, &json!(false))
    );
    let metrics = gateway.http("GET", "/metrics", None).await.body;
    assert!(metrics.contains("sessionwire_upstream_live 0"), "{metrics}");

    upstream.remove(B);
    upstream.put(A, json!({"label": "A, later"}));
    upstream.put("agent:main:c", json!({}));
    upstream.come_back().await;
    until_live(&mut watch, true).await;
    assert_eq!(rows(&mut client).await, upstream.rows());
    let events = client.events_so_far().await;
    let drains: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "socket.drain")
        .collect();
    assert_eq!(drains.len(), 1, "{drains:?}");
    assert_eq!(drains[0]["payload"]["sessionKey"], B);
    let metrics = gateway.http("GET", "/metrics", None).await.body;
    assert!(metrics.contains("sessionwire_upstream_live 1"), "{metrics}");
}

#[tokio::test]
async fn what_was_mirrored_outlives_a_restart_and_resumes() {
    let mut upstream = Upstream::start().await;
    upstream.put(A, json!({"label": "A"}));
    upstream.put(B, json!({"label": "B"}));
    let gateway = front(&upstream.url(), &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut client, true).await;
    let (mut client, before) = follower(&gateway).await;
    let cursor = client
        .request("sessions.subscribe", json!({"subscription": "all"}))
        .await
        .expect("a cursor")["cursor"]
        .clone();
    upstream.go().await;
    let Gateway { server, data } = gateway;
    server.stop().await;
    upstream.remove(B);

    let url = upstream.url();
    let gateway = Gateway::start_in(
        data,
        &[
            "--upstream",
            &url,
            "--upstream-token",
            super::UPSTREAM_TOKEN,
        ],
    )
    .await;
    let (mut client, rows) = follower(&gateway).await;
    assert_eq!(rows, before, "with the generations that it had");
    let resume = json!({"subscription": "all", "since": cursor});
    let answer = client
        .request("sessions.subscribe", resume)
        .await
        .expect("it resumes");
    assert_eq!(answer["resumed"], true);
    let (standing, mut watch) = (
        until_live(&mut client, false).await,
        gateway.client(ADMIN, CURSORS).await,
    );
    assert!(standing["staleSince"].is_u64());
    upstream.come_back().await;
    until_live(&mut watch, true).await;
    let drain = client.next_event("socket.drain").await["payload"].clone();
    assert_eq!(
        (&drain["sessionKey"], &drain["reason"]),
        (&json!(B), &json!("unknown"))
    );
    let events = client.events_so_far().await;
    assert!(
        events.iter().all(|event| event["event"] != "socket.drain"),
        "{events:?}"
    );
    assert_eq!(super::rows(&mut client).await, upstream.rows());
}
