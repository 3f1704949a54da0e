//! OpenClaw's own command line against this gateway.

use std::time::Duration;

use serde_json::json;
use sessionwire::protocol::EvictionReason;
use sessionwire::{Client, SessionEvent, Sessions};
use sessionwire_tests::TestGateway;
use tokio::time::timeout;

use crate::cli::Cli;

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_patches_and_deletes() {
    let (gateway, cli) = (TestGateway::start().await, Cli::new());
    let client = Client::connect(&gateway.url(), TestGateway::TOKEN).expect("the address is right");
    let mut sessions = client.sessions();
    assert!(matches!(
        next(&mut sessions).await,
        SessionEvent::Snapshot { .. }
    ));

    let patched = cli
        .call(
            (&gateway.url(), TestGateway::TOKEN),
            "sessions.patch",
            &json!({"key": "cli", "label": "From the CLI"}),
        )
        .await;
    assert_eq!(patched["entry"]["label"], "From the CLI");
    let SessionEvent::Changed { row, .. } = next(&mut sessions).await else {
        panic!("a change")
    };
    assert_eq!(
        (row.key.as_str(), row.label.as_deref()),
        ("agent:main:cli", Some("From the CLI"))
    );

    let list = cli
        .call(
            (&gateway.url(), TestGateway::TOKEN),
            "sessions.list",
            &json!({"limit": 2}),
        )
        .await;
    assert_eq!(list["sessions"][0]["key"], "agent:main:cli");
    assert_eq!(list["limitApplied"], 2);

    let deleted = cli
        .call(
            (&gateway.url(), TestGateway::TOKEN),
            "sessions.delete",
            &json!({"key": "cli"}),
        )
        .await;
    assert_eq!(deleted["deleted"], true);
    let SessionEvent::Evicted(gone) = next(&mut sessions).await else {
        panic!("an eviction")
    };
    assert_eq!(
        (gone.key.as_str(), gone.reason),
        ("agent:main:cli", EvictionReason::Deleted)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_command_sent_by_the_command_line_renames() {
    let (gateway, cli) = (TestGateway::start().await, Cli::new());
    cli.call(
        (&gateway.url(), TestGateway::TOKEN),
        "sessions.create",
        &json!({"key": "chat"}),
    )
    .await;
    let params =
        json!({"sessionKey": "chat", "message": "/name By the CLI", "idempotencyKey": "k1"});
    let sent = cli
        .call((&gateway.url(), TestGateway::TOKEN), "chat.send", &params)
        .await;
    assert_eq!(sent, json!({"runId": "k1", "status": "started"}));
    let described = cli
        .call(
            (&gateway.url(), TestGateway::TOKEN),
            "sessions.describe",
            &json!({"key": "chat"}),
        )
        .await;
    assert_eq!(described["session"]["label"], "By the CLI");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_is_told_of_refusals() {
    let (gateway, cli) = (TestGateway::start().await, Cli::new());
    let refused = cli
        .run(
            (&gateway.url(), TestGateway::TOKEN),
            "sessions.list",
            &json!({"limit": 0}),
        )
        .await;
    let told = format!("{}{}", refused.stdout, refused.stderr);
    assert!(
        !refused.success && told.contains("at /limit: must be >= 1"),
        "{told}"
    );
    let stranger = cli
        .run((&gateway.url(), "another"), "sessions.list", &json!({}))
        .await;
    let told = format!("{}{}", stranger.stdout, stranger.stderr);
    assert!(
        !stranger.success && told.contains("gateway token mismatch"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_asks_for_health() {
    let (gateway, cli) = (TestGateway::start().await, Cli::new());
    let health = cli
        .call((&gateway.url(), TestGateway::TOKEN), "health", &json!({}))
        .await;
    assert_eq!(health["ok"], true);
}

async fn next(sessions: &mut Sessions) -> SessionEvent {
    timeout(LIMIT, sessions.next())
        .await
        .expect("something comes")
        .expect("the subscription stands")
}
