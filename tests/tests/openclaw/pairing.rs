//! A device of the Rust SDK at OpenClaw's gateway. What the npm package does with one is in `tests/js/openclaw.test.mjs`.

use serde_json::json;
use sessionwire::protocol::ErrorCode;
use sessionwire::protocol::connect::ClientInfo;
use sessionwire::{Client, Error, Status};
use tokio::time::timeout;

use crate::conformance::report::{OURS_THERE, Report};
use crate::conformance::script::Socket;
use crate::follower::PATIENCE;
use crate::gateway::OpenClaw;
use crate::identity::Identity;
use crate::relay::Relay;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_elsewhere_waits_to_be_approved_and_is_told_when_it_is_shown_out() {
    let report = Report::of(OURS_THERE, "Rust SDK");
    let mut gateway = OpenClaw::start().await;
    let manager = Socket::connect(&gateway.url(), OpenClaw::TOKEN, &[]).await;
    let mut manager = manager.unwrap_or_else(|error| panic!("{error}"));
    let elsewhere = Relay::elsewhere(gateway.address()).await;
    let identity = Identity::new(9);
    let device = identity.id();
    let client = Client::builder(&elsewhere.url())
        .token(OpenClaw::TOKEN)
        .client_info(ClientInfo {
            id: "gateway-client".to_owned(),
            version: "1".to_owned(),
            platform: "linux".to_owned(),
            mode: "ui".to_owned(),
            display_name: None,
            device_family: None,
            instance_id: None,
        })
        .device(identity)
        .connect()
        .expect("it is an address");

    let Err(Error::Refused(refused)) = client.ready().await else {
        panic!("it is let in without being approved");
    };
    assert_eq!(refused.code, ErrorCode::NotPaired);
    let hint = refused.hint().expect("the gateway says what to do");
    assert!(hint.contains("Approve this device"), "{hint}");
    let request = refused.pair_request().expect("it tells the request");
    let approval = json!({"requestId": request});
    manager.call("device.pair.approve", approval).await;
    client.reconnect();
    until(&client, |status| matches!(status, Status::Connected { .. })).await;
    report.note("waits to be approved", true);

    let token = json!({"deviceId": device, "role": "operator"});
    manager.call("device.token.revoke", token).await;
    let is_over = |status: &Status| {
        let Status::Disconnected { retry_in, error } = status else {
            return false;
        };
        matches!(error, Some(Error::Revoked(close)) if close.code == 4001) && retry_in.is_none()
    };
    until(&client, is_over).await;
    report.note("is told when its access is revoked", true);
    client.close().await;
    gateway.stop().await;
}

async fn until(client: &Client, is_it: impl FnMut(&Status) -> bool) {
    let mut status = client.status();
    let reached = timeout(PATIENCE, status.wait_for(is_it)).await;
    let reached = reached.map(|reached| drop(reached.expect("the client goes on")));
    reached.unwrap_or_else(|_| panic!("it stays {:?}", client.status().borrow()));
}
