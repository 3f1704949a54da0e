//! A killed gateway has lost nothing that it acknowledged, and its journal goes on where it stood.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::process::{self, Process};
use support::{ADMIN, CURSORS, Client};

#[tokio::test]
async fn kill_loses_no_acknowledged_change() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut gateway = start(data.path());
    let mut client = Client::connect(&gateway.url(), ADMIN, CURSORS).await;
    let subscribe = json!({"subscription": "s"});
    let first = client
        .request("sessions.subscribe", subscribe)
        .await
        .expect("it is allowed");
    let mut acknowledged = 0;
    for round in 0..3 {
        for _ in 0..20 {
            let label = format!("label {acknowledged}");
            let patch = json!({"key": "one", "label": label});
            client
                .request("sessions.patch", patch)
                .await
                .expect("it is changed");
            acknowledged += 1;
        }
        let _unanswered = client
            .begin(
                "sessions.patch",
                json!({"key": "two", "category": round.to_string()}),
            )
            .await;
        gateway.kill();
        gateway = start(data.path());
        client = Client::connect(&gateway.url(), ADMIN, CURSORS).await;
        let described = client
            .request("sessions.describe", json!({"key": "one"}))
            .await
            .expect("it is there");
        assert_eq!(
            described["session"]["label"],
            format!("label {}", acknowledged - 1)
        );
    }
    let resume = json!({"subscription": "s", "since": first["cursor"]});
    let resumed = client
        .request("sessions.subscribe", resume)
        .await
        .expect("it is allowed");
    assert_eq!(
        resumed["resumed"], true,
        "the journal outlives the process: {resumed}"
    );
    let mut told = Vec::new();
    let mut offset = first["cursor"]["offset"].clone();
    while told.len() < acknowledged {
        let event = client.next_event("sessions.changed").await;
        assert_eq!(event["prev"], offset, "no entry is missing");
        offset = event["cursor"].clone();
        if event["payload"]["session"]["key"] == "agent:main:one" {
            told.push(event["payload"]["session"]["label"].clone());
        }
    }
    let expected: Vec<Value> = (0..acknowledged)
        .map(|count| json!(format!("label {count}")))
        .collect();
    assert_eq!(told, expected);
    gateway.kill();
}

#[test]
fn a_data_folder_belongs_to_one_gateway() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut first = start(data.path());
    let second = command(data.path()).output().expect("it runs");
    assert!(!second.status.success());
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(told.contains("is used by another gateway"), "{told}");
    first.kill();
}

#[tokio::test]
async fn a_low_limit_of_open_files_is_raised_to_what_the_system_allows() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let serve = command(data.path());
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -S -n 64 && exec \"$0\" \"$@\""])
        .arg(serve.get_program())
        .args(serve.get_args())
        .stdout(Stdio::piped());
    let mut gateway = Process::start(limited);
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(Client::connect(&gateway.url(), ADMIN, CURSORS).await);
    }
    let last = clients.last_mut().expect("there are some");
    let health = last.request("health", json!({})).await;
    assert!(health.is_ok(), "{health:?}");
    gateway.kill();
}

#[test]
fn half_a_request_does_not_hold_up_the_end() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut gateway = start(data.path());
    let url = gateway.url();
    let address = url.trim_start_matches("ws://");
    let mut peer = std::net::TcpStream::connect(address).expect("it listens");
    peer.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        .expect("it reads");
    let terminated = Command::new("kill")
        .args(["-TERM", &gateway.id().to_string()])
        .status();
    assert!(terminated.expect("kill runs").success());
    assert!(gateway.wait().success());
}

#[test]
fn options_without_meaning_are_refused() {
    let data = tempfile::tempdir().expect("a temporary folder");
    for (option, value) in [
        ("--tick-interval", "0s"),
        ("--session-idle-ttl", "soon"),
        ("--journal-entries", "0"),
        ("--max-sessions", "-1"),
    ] {
        let refused = command(data.path())
            .arg(format!("{option}={value}"))
            .output()
            .expect("it runs");
        assert!(!refused.status.success(), "{option} {value}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(option));
    }
}

#[test]
fn what_is_stored_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().expect("a temporary folder");
    let data = parent.path().join("data");
    let mut gateway = start(&data);
    for (path, mode) in [
        (data.clone(), 0o700),
        (data.join("sessions.sqlite"), 0o600),
        (data.join("sessions.sqlite-wal"), 0o600),
    ] {
        let found = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(found & 0o777, mode, "{}", path.display());
    }
    gateway.kill();
}

#[test]
fn a_gateway_without_a_token_stays_on_loopback() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sessionwire"));
    let refused = command
        .args(["serve", "--bind", "0.0.0.0:0", "--data"])
        .arg(data.path())
        .output();
    let refused = refused.expect("it runs");
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(
        told.contains("refusing to listen on 0.0.0.0 without a token"),
        "{told}"
    );
}

fn start(data: &Path) -> Process {
    Process::start(command(data))
}

fn command(data: &Path) -> Command {
    process::serve(env!("CARGO_BIN_EXE_sessionwire"), data, "127.0.0.1:0")
}
