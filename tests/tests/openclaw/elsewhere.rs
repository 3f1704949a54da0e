//! Programs that are not on the machine of OpenClaw's gateway, and so are let in by device. What the npm package does
//! there is in `tests/js/openclaw.test.mjs`.

use std::path::Path;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sessionwire::protocol::connect::ClientInfo;
use sessionwire::protocol::sessions::{SessionsCreateParams, SessionsListParams};
use sessionwire::protocol::{ErrorCode, Scope};
use sessionwire::{Client, DeviceFile, Error, Refusal, Status};
use sessionwire_tests::TestGateway;
use tokio::time::timeout;

use crate::cli::Cli;
use crate::conformance::report::{OURS_THERE, Report};
use crate::follower::PATIENCE;
use crate::gateway::OpenClaw;
use crate::health::{until_health, until_live};
use crate::relay::Relay;

const TEA: &str = "agent:main:tea";

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_let_in_by_device_once_approved_and_out_when_that_is_taken_back() {
    let report = Report::of(OURS_THERE, "Rust SDK");
    let mut gateway = OpenClaw::start().await;
    let relay = Relay::elsewhere(gateway.address()).await;
    let (there, cli) = ((&*gateway.url(), OpenClaw::TOKEN), Cli::new());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("device");
    let kept = || content(&path)["token"].clone();

    let program =
        |path| Client::builder(&relay.url()).device(DeviceFile::open(path).expect("a device"));
    let client = program(&path)
        .token(OpenClaw::TOKEN)
        .connect()
        .expect("it is an address");
    let refusal = unpaired(client.ready().await);
    let hint = refusal.hint().expect("the gateway says what to do");
    assert!(hint.contains("Approve this device"), "{hint}");
    let request = refusal.pair_request().expect("it waits for approval");
    assert_eq!(kept(), Value::Null);

    cli.devices(there, &["approve", &request]).await;
    client.reconnect();
    client.ready().await.expect("it is let in");
    create(&client, TEA).await;
    assert!(kept().is_string());
    report.note("waits to be approved", true);
    client.close().await;

    // Another run, that knows nothing but its device; and one that says who it is, and asks for less.
    let client = program(&path).connect().expect("it is an address");
    client.ready().await.expect("it is let in");
    assert_eq!(listed(&client).await, [TEA]);
    let reader = program(&path)
        .client_info(ClientInfo {
            id: "gateway-client".to_owned(),
            version: "1".to_owned(),
            platform: "linux".to_owned(),
            mode: "ui".to_owned(),
            display_name: None,
            device_family: None,
            instance_id: None,
        })
        .scopes([Scope::READ])
        .connect()
        .expect("it is an address");
    reader.ready().await.expect("it is let in");
    assert_eq!(listed(&reader).await, [TEA]);
    for introduction in &relay.seen().introductions()[2..] {
        assert_eq!(introduction["auth"], json!({"deviceToken": kept()}));
    }

    let device = content(&path)["deviceId"].clone();
    let device = device.as_str().expect("it has a name");
    cli.devices(there, &["revoke", "--device", device, "--role", "operator"])
        .await;
    for client in [client, reader] {
        let revoked = |status: &Status| matches!(status, Status::Disconnected { .. });
        let mut status = client.status();
        let status = timeout(PATIENCE, status.wait_for(revoked)).await;
        let status = status.expect("it is told in time").expect("it goes on");
        let Status::Disconnected {
            retry_in: None,
            error: Some(Error::Revoked(close)),
        } = &*status
        else {
            panic!("{status:?}")
        };
        assert_eq!(close.code, 4001);
    }
    report.note("is told when its access is revoked", true);

    // The token is good no more; the shared one asks for approval again.
    let client = program(&path).connect().expect("it is an address");
    assert!(matches!(client.ready().await, Err(Error::Refused(_))));
    assert_eq!(kept(), Value::Null);
    let client = program(&path)
        .token(OpenClaw::TOKEN)
        .connect()
        .expect("it is an address");
    let refusal = unpaired(client.ready().await);
    assert!(refusal.pair_request().is_some());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_in_front_is_let_in_by_device_and_says_what_it_waits_for() {
    let mut gateway = OpenClaw::start().await;
    let relay = Relay::elsewhere(gateway.address()).await;
    let (there, cli) = ((&*gateway.url(), OpenClaw::TOKEN), Cli::new());
    let actor = Client::connect(there.0, there.1).expect("it is an address");
    create(&actor, TEA).await;

    let args = [
        "--upstream",
        &relay.url(),
        "--upstream-token",
        OpenClaw::TOKEN,
    ];
    let mut front = TestGateway::start_with(&args).await;
    let client = Client::connect(&front.url(), TestGateway::TOKEN).expect("it is an address");
    let request = request_named(&front).await;
    assert!(listed(&client).await.is_empty());

    // It tries again by itself.
    cli.devices(there, &["approve", &request]).await;
    until_live(&front).await;
    assert_eq!(listed(&client).await, [TEA]);
    client
        .rename(TEA, Some("Sencha"))
        .await
        .expect("it renames");
    let described = actor.describe_session(TEA).await.expect("it answers");
    let label = described.and_then(|row| row.label);
    assert_eq!(label.as_deref(), Some("Sencha"));

    // Who may do less has a connection of their own, of the same device.
    let reader = Client::builder(&front.url())
        .token(TestGateway::TOKEN)
        .scopes([Scope::READ]);
    let reader = reader.connect().expect("it is an address");
    let nothing: Box<RawValue> = serde_json::from_str("{}").expect("it is JSON");
    let nodes = reader.request("node.list", Some(&nothing)).await;
    nodes.expect("it is passed on");
    let introductions = relay.seen().introductions();
    let [.., own, lesser] = &*introductions else {
        panic!("there are two: {introductions:?}")
    };
    assert_eq!(lesser["device"]["id"], own["device"]["id"]);
    assert_eq!(lesser["scopes"], json!(["operator.read"]));
    let token = content(&front.data().join("upstream-device.json"))["token"].clone();
    assert_eq!(lesser["auth"], json!({"deviceToken": token}));

    // The next run is let in by its token.
    front.restart().await;
    client.reconnect();
    client.ready().await.expect("it is back");
    until_live(&front).await;
    let introductions = relay.seen().introductions();
    let last = introductions.last().expect("it connected");
    assert_eq!(last["auth"], json!({"deviceToken": token}));

    let device = own["device"]["id"].as_str().expect("it has a name");
    cli.devices(there, &["remove", device]).await;
    let request = request_named(&front).await;
    assert_eq!(listed(&client).await, [TEA], "lists go on");
    cli.devices(there, &["approve", &request]).await;
    until_live(&front).await;
    front.stop().await;
    gateway.stop().await;
}

fn unpaired(ready: Result<(), Error>) -> Refusal {
    match ready {
        Err(Error::Refused(refusal)) if refusal.code == ErrorCode::NotPaired => refusal,
        other => panic!("it should have to be approved: {other:?}"),
    }
}

/// The request that the gateway in front says that its upstream wants to be approved.
async fn request_named(front: &TestGateway) -> String {
    until_health(front, |upstream| {
        let error = upstream.error.as_deref()?;
        let (_, request) = error.split_once("Request: ")?;
        assert!(error.contains("pairing required"), "{error}");
        Some(request.to_owned())
    })
    .await
}

async fn create(client: &Client, key: &str) {
    let params = SessionsCreateParams {
        key: Some(key.to_owned()),
        ..SessionsCreateParams::default()
    };
    client.create_session(&params).await.expect("it creates");
}

async fn listed(client: &Client) -> Vec<String> {
    let listed = client.list_sessions(&SessionsListParams::default()).await;
    let rows = listed.expect("it lists").sessions;
    rows.iter().map(|row| row.key.to_string()).collect()
}

fn content(path: &Path) -> Value {
    let content = std::fs::read(path).expect("there is a device");
    serde_json::from_slice(&content).expect("it is JSON")
}
