//! OpenClaw's own command line, as published, against this gateway. `cargo xtask test openclaw` installs it.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use sessionwire::protocol::EvictionReason;
use sessionwire::{Client, SessionEvent, Sessions};
use sessionwire_tests::{Finished, Program, TestGateway};
use tokio::time::timeout;

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
            &gateway,
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
        .call(&gateway, "sessions.list", &json!({"limit": 2}))
        .await;
    assert_eq!(list["sessions"][0]["key"], "agent:main:cli");
    assert_eq!(list["limitApplied"], 2);

    let deleted = cli
        .call(&gateway, "sessions.delete", &json!({"key": "cli"}))
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
    cli.call(&gateway, "sessions.create", &json!({"key": "chat"}))
        .await;
    let params =
        json!({"sessionKey": "chat", "message": "/name By the CLI", "idempotencyKey": "k1"});
    let sent = cli.call(&gateway, "chat.send", &params).await;
    assert_eq!(sent, json!({"runId": "k1", "status": "started"}));
    let described = cli
        .call(&gateway, "sessions.describe", &json!({"key": "chat"}))
        .await;
    assert_eq!(described["session"]["label"], "By the CLI");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_is_told_of_refusals() {
    let (gateway, cli) = (TestGateway::start().await, Cli::new());
    let refused = cli
        .run(
            &gateway,
            "sessions.list",
            &json!({"limit": 0}),
            TestGateway::TOKEN,
        )
        .await;
    let told = format!("{}{}", refused.stdout, refused.stderr);
    assert!(
        !refused.success && told.contains("at /limit: must be >= 1"),
        "{told}"
    );
    let stranger = cli
        .run(&gateway, "sessions.list", &json!({}), "another")
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
    let health = cli.call(&gateway, "health", &json!({})).await;
    assert_eq!(health["ok"], true);
}

async fn next(sessions: &mut Sessions) -> SessionEvent {
    timeout(LIMIT, sessions.next())
        .await
        .expect("something comes")
        .expect("the subscription stands")
}

struct Cli {
    node: PathBuf,
    program: PathBuf,
    home: tempfile::TempDir,
}

impl Cli {
    fn new() -> Self {
        let path =
            |name| PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")));
        Self {
            node: path("SESSIONWIRE_OPENCLAW_NODE"),
            program: path("SESSIONWIRE_OPENCLAW_DIR").join("node_modules/openclaw/openclaw.mjs"),
            home: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    async fn call(&self, gateway: &TestGateway, method: &str, params: &Value) -> Value {
        let finished = self.run(gateway, method, params, TestGateway::TOKEN).await;
        assert!(finished.success, "{method}: {finished:?}");
        serde_json::from_str(&finished.stdout)
            .unwrap_or_else(|error| panic!("{method}: {error}: {finished:?}"))
    }

    async fn run(
        &self,
        gateway: &TestGateway,
        method: &str,
        params: &Value,
        token: &str,
    ) -> Finished {
        let (url, params) = (gateway.url(), params.to_string());
        let args = [
            "gateway", "call", method, "--url", &url, "--token", token, "--params", &params,
            "--json",
        ];
        let args = [self.program.as_os_str()]
            .into_iter()
            .chain(args.iter().map(AsRef::as_ref));
        Program::new(&self.node, args)
            .env("HOME", self.home.path())
            .env("OPENCLAW_STATE_DIR", self.home.path().join("state"))
            .env("OPENCLAW_NO_AUTO_UPDATE", "1")
            .env("OPENCLAW_NO_RESPAWN", "1")
            .env("DO_NOT_TRACK", "1")
            .run(LIMIT)
            .await
    }
}
