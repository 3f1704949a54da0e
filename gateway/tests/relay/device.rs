//! Upstreams that let this gateway in by device.

use serde_json::{Value, json};

use super::support::{ADMIN, CURSORS, Client, Gateway, READ};
use super::{UPSTREAM_TOKEN, Upstream, front, rows, stage, until_live};

const A: &str = "agent:main:a";

/// Waits until health says this of the upstream.
async fn until_said(client: &mut Client, words: &[&str]) {
    loop {
        let health = client.request("health", json!({})).await.expect("health");
        let error = health["upstream"]["error"].as_str().unwrap_or_default();
        if words.iter().all(|words| error.contains(words)) {
            return;
        }
        client.next_event("health").await;
    }
}

/// The same data folder, served again: it connects at once.
async fn again(gateway: Gateway, args: &[&str]) -> (Gateway, Client) {
    let gateway = gateway.restart(args).await;
    let client = gateway.client(ADMIN, CURSORS).await;
    (gateway, client)
}

#[tokio::test]
async fn a_device_is_shown_and_its_token_is_good_for_every_connection_and_the_next_run() {
    let upstream = Upstream::start().await;
    upstream.put(A, json!({"label": "A"}));
    upstream.be_elsewhere();
    let url = upstream.url();
    let gateway = front(&url, &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let said = [
        "pairing required: device is not approved yet",
        "Approve this device from the pending pairing requests.",
        "request-1",
    ];
    until_said(&mut client, &said).await;
    let refused = client.request("sessions.create", json!({"key": "b"})).await;
    let refused = refused.expect_err("nobody can do it").to_string();
    assert!(
        said.iter().all(|words| refused.contains(words)),
        "{refused}"
    );
    assert!(rows(&mut client).await.is_empty());

    upstream.approve("issued");
    let token = ["--upstream", &url, "--upstream-token", UPSTREAM_TOKEN];
    let (gateway, mut client) = again(gateway, &token).await;
    until_live(&mut client, true).await;
    assert_eq!(rows(&mut client).await, upstream.rows());

    let mut reader = gateway.client(READ, CURSORS).await;
    let asked = reader.request("node.list", json!({})).await;
    let refused = asked.expect_err("the upstream has no nodes");
    assert_eq!(refused["message"], "unknown method: node.list");
    assert_eq!(upstream.scopes_of("node.list"), [json!(READ)]);

    // Without the shared token from now on.
    let (_gateway, mut client) = again(gateway, &["--upstream", &url]).await;
    until_live(&mut client, true).await;
    let introductions = upstream.asked("connect");
    let devices: Vec<_> = introductions
        .iter()
        .map(|params| &params["device"]["id"])
        .collect();
    assert!(
        devices.iter().all(|id| *id == devices[0] && id.is_string()),
        "{devices:?}"
    );
    let shown = introductions.iter().map(|params| params["auth"].clone());
    let mut shown: Vec<_> = shown.collect();
    shown.dedup();
    let own = json!({"deviceToken": "issued"});
    assert_eq!(shown, [json!({"token": UPSTREAM_TOKEN}), own.clone()]);
    let reader = introductions
        .iter()
        .find(|params| params["scopes"] == json!(READ));
    assert_eq!(reader.expect("it has its own")["auth"], own);
}

#[tokio::test]
async fn a_device_that_is_revoked_is_said_and_lists_go_on() {
    let upstream = Upstream::start().await;
    upstream.put(A, json!({"label": "A"}));
    upstream.approve("issued");
    let url = upstream.url();
    let gateway = front(&url, &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut client, true).await;
    upstream.revoke();
    until_said(&mut client, &["revoked", "device removed"]).await;
    assert_eq!(rows(&mut client).await, upstream.rows());

    // The token that is good no more is forgotten, and approval is asked for again.
    let token = ["--upstream", &url, "--upstream-token", UPSTREAM_TOKEN];
    let (gateway, mut client) = again(gateway, &token).await;
    until_said(&mut client, &["device is not approved yet", "request-1"]).await;
    let kept = std::fs::read(gateway.data.path().join("upstream-device.json"));
    let kept: Value = serde_json::from_slice(&kept.expect("a device")).expect("it is JSON");
    assert_eq!(kept.get("token"), None);
    upstream.approve("another");
    let (_gateway, mut client) = again(gateway, &token).await;
    until_live(&mut client, true).await;
}

#[tokio::test]
async fn a_device_file_that_cannot_be_read_is_said_and_left_alone() {
    let upstream = Upstream::start().await;
    upstream.put(A, json!({"label": "A"}));
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("upstream-device.json");
    std::fs::write(&file, "something else").expect("it is written");
    let url = upstream.url();
    let token = ["--upstream", &url, "--upstream-token", UPSTREAM_TOKEN];
    let gateway = Gateway::start_in(data, &token).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    // It is beside the gateway, and needs none.
    until_live(&mut client, true).await;

    let wanted = json!({"code": "NOT_PAIRED", "message": "device identity required", "details": {"code": "DEVICE_IDENTITY_REQUIRED"}});
    upstream.say_hello(Some(json!({"refused": wanted})));
    let (_gateway, mut client) = again(gateway, &token).await;
    until_said(
        &mut client,
        &["asks for a device identity", "upstream-device.json"],
    )
    .await;
    assert_eq!(rows(&mut client).await, upstream.rows());
    let left = std::fs::read_to_string(&file).expect("it is there");
    assert_eq!(left, "something else");
}

#[tokio::test]
async fn a_lesser_connection_that_was_thrown_out_is_back_for_the_first_who_asks() {
    let (upstream, gateway) = stage(&[]).await;
    let mut reader = gateway.client(READ, CURSORS).await;
    let params = json!({"n": 1});
    let answer = reader.request("plugin.echo", params.clone()).await;
    assert_eq!(answer.expect("it answers")["echo"], params);
    upstream.throw_out(READ);
    // It may be asked before it is gone, and loses that answer.
    let first = reader.request("plugin.echo", params.clone()).await;
    if let Err(refusal) = first {
        assert_eq!(refusal["details"]["code"], "UPSTREAM_SILENT");
    }
    let answer = reader.request("plugin.echo", params.clone()).await;
    assert_eq!(answer.expect("it is back")["echo"], params);
}
