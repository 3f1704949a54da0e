//! `sessionwire devices`, as people and scripts use it.

mod device;
mod support;

use std::process::{Command, Output};

use device::{Device, FROM_ELSEWHERE, params};
use serde_json::Value;
use support::{Gateway, READ, TOKEN};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

#[tokio::test]
async fn a_device_is_approved_and_revoked() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let nothing = run(&url, &["list"]).await;
    assert_eq!(nothing, "No device is paired, and none asks to be.\n");
    let device = Device::new(1);
    let mut wanted = params("gateway-client", "ui", READ);
    wanted["client"]["displayName"] = "Desk".into();
    let refused = device
        .try_connect(&url, &[FROM_ELSEWHERE], wanted.clone())
        .await;
    let refused = refused.err().expect("it has to be approved");
    let request = refused.error["details"]["requestId"].clone();
    let request = request.as_str().expect("a request");

    let listed = run(&url, &["list"]).await;
    let short = &device.id()[..12];
    let row = format!("{request}  {short}  Desk  behind 127.0.0.1  operator: read  0 s ago");
    assert!(listed.starts_with("Pending\n  REQUEST"), "{listed}");
    assert!(
        listed.contains(row.trim_end_matches("0 s ago")),
        "{listed}\n{row}"
    );
    let json: Value = serde_json::from_str(&run(&url, &["list", "--json"]).await).expect("JSON");
    assert_eq!(json["pending"][0]["requestId"], request);

    let approved = run(&url, &["approve", &request[..8]]).await;
    assert_eq!(approved, format!("approved device {}\n", device.id()));
    let mut client = device
        .connect(&url, &[FROM_ELSEWHERE], wanted.clone())
        .await;
    let listed = run(&url, &["list"]).await;
    assert!(listed.starts_with("Paired\n  DEVICE"), "{listed}");
    assert!(listed.trim_end().ends_with("connected"), "{listed}");

    let revoked = run(&url, &["revoke", short]).await;
    let expected = format!("revoked the tokens of device {}\n", device.id());
    assert_eq!(revoked, expected);
    assert_eq!(client.closed().await.0, 4001);
    let again = device.try_connect(&url, &[FROM_ELSEWHERE], wanted).await;
    let again = again.err().expect("it has to be approved again");
    let request = again.error["details"]["requestId"].clone();
    let request = request.as_str().expect("a request");
    let rejected = run(&url, &["reject", request]).await;
    let expected = format!("rejected the request of device {}\n", device.id());
    assert_eq!(rejected, expected);
    let removed = run(&url, &["remove", short]).await;
    assert_eq!(removed, format!("removed device {}\n", device.id()));
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_a_sentence() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let free = format!("ws://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a path in plain letters");
    for (args, expected) in [
        (
            vec!["list", "--url", &url, "--token", "wrong"],
            "error: the gateway refuses: unauthorized: gateway token mismatch".to_owned(),
        ),
        (
            vec!["list", "--url", &free, "--token", TOKEN],
            format!("error: no gateway answers at {free}: "),
        ),
        (
            vec!["list", "--url", "http://127.0.0.1:1", "--token", TOKEN],
            "error: \"http://127.0.0.1:1\" is no gateway's address".to_owned(),
        ),
        (
            vec!["list", "--url", &url, "--data", path],
            "error: no token: give --token, or with --data".to_owned(),
        ),
        (
            vec!["approve", "none", "--url", &url, "--token", TOKEN],
            "error: no pending request begins with \"none\"".to_owned(),
        ),
        (
            vec!["remove", "", "--url", &url, "--token", TOKEN],
            "error: no paired device begins with \"\"".to_owned(),
        ),
    ] {
        let output = output(&args).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(said.starts_with(&expected), "{args:?}: {said}");
        assert!(!said.contains(TOKEN), "{said}");
    }
}

#[tokio::test]
async fn the_token_is_found_in_the_gateways_folder() {
    let data: TempDir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(data.path().join("token"), TOKEN).expect("it is written");
    let gateway = Gateway::start_in(data, &[]).await;
    let path = gateway.data.path().display().to_string();
    let output = output(&["list", "--url", &gateway.url(), "--data", &path]).await;
    assert!(output.status.success(), "{output:?}");
}

/// What the command prints, which has to succeed.
async fn run(url: &str, args: &[&str]) -> String {
    let args: Vec<_> = args
        .iter()
        .copied()
        .chain(["--url", url, "--token", TOKEN])
        .collect();
    let output = output(&args).await;
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it is text")
}

async fn output(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sessionwire"));
    command.arg("devices").args(args);
    let running = spawn_blocking(move || command.output());
    running.await.expect("it runs").expect("it starts")
}
