//! What a gateway makes of the store that it finds.

mod support;

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::http::request;
use support::process::{Process, serve};
use support::{ADMIN, CURSORS, Client, TOKEN};

#[tokio::test]
async fn an_intact_store_keeps_its_epoch_and_a_restored_one_resumes_only_what_it_has() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let backup = tempfile::tempdir().expect("a temporary folder");
    let mut gateway = start(data.path());
    let kept = cursor_after(&gateway, "kept").await;
    gateway.kill();
    copy(data.path(), backup.path());
    gateway = start(data.path());
    let lost: Vec<_> = [
        cursor_after(&gateway, "lost 1").await,
        cursor_after(&gateway, "lost 2").await,
    ]
    .into();
    assert_eq!(lost[0]["epoch"], kept["epoch"]);
    gateway.kill();
    copy(backup.path(), data.path());
    gateway = start(data.path());
    for cursor in &lost {
        assert_eq!(resumed(&gateway, cursor).await, false);
    }
    for change in 0..10 {
        cursor_after(&gateway, &format!("after {change}")).await;
        for cursor in &lost {
            assert_eq!(
                resumed(&gateway, cursor).await,
                false,
                "an offset that was lost is not given again"
            );
        }
    }
    assert_eq!(resumed(&gateway, &kept).await, true);
    gateway.kill();
}

#[tokio::test]
async fn a_new_store_has_another_epoch() {
    let (first, second) = (tempfile::tempdir(), tempfile::tempdir());
    let (first, second) = (first.expect("a folder"), second.expect("a folder"));
    let mut gateway = start(first.path());
    let before = cursor_after(&gateway, "x").await;
    gateway.kill();
    gateway = start(second.path());
    assert_eq!(resumed(&gateway, &before).await, false);
    let after = cursor_after(&gateway, "x").await;
    assert_ne!(before["epoch"], after["epoch"]);
    gateway.kill();
}

#[tokio::test]
async fn who_is_gone_is_known_after_the_journal_has_forgotten_it() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let few = ["--journal-entries", "3"];
    let mut command = serve(
        env!("CARGO_BIN_EXE_sessionwire"),
        data.path(),
        "127.0.0.1:0",
    );
    command.args(few);
    let mut gateway = Process::start(command);
    let mut client = Client::connect(&gateway.url(), ADMIN, &[]).await;
    for key in ["a", "b"] {
        ask(&mut client, "sessions.create", json!({"key": key})).await;
        ask(&mut client, "sessions.delete", json!({"key": key})).await;
    }
    for round in 0..5 {
        ask(
            &mut client,
            "sessions.patch",
            json!({"key": "c", "icon": round.to_string()}),
        )
        .await;
    }
    ask(&mut client, "sessions.create", json!({"key": "b"})).await;
    for _ in 0..2 {
        assert_eq!(read(&gateway, "a").await, (410, json!("deleted")));
        assert_eq!(read(&gateway, "b").await, (200, Value::Null));
        assert_eq!(read(&gateway, "never").await, (404, Value::Null));
        gateway.kill();
        let mut command = serve(
            env!("CARGO_BIN_EXE_sessionwire"),
            data.path(),
            "127.0.0.1:0",
        );
        command.args(few);
        gateway = Process::start(command);
    }
    gateway.kill();
}

#[tokio::test]
async fn a_store_of_the_first_version_is_brought_up_to_date() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let old = Connection::open(data.path().join("sessions.sqlite")).expect("a database");
    old.execute_batch(include_str!("../src/store/sqlite/schema/1.sql"))
        .and_then(|()| old.pragma_update(None, "user_version", 1))
        .expect("the first schema");
    let groups = r#"{"kind":"groups","groups":{"groups":[],"section_order":[]}}"#;
    old.execute_batch(&format!(
        "INSERT INTO meta VALUES ('epoch', 'e'), ('head', '7');
         INSERT INTO journal VALUES (6, 1, '{groups}'), (7, 1, '{groups}');"
    ))
    .unwrap_or_else(|error| panic!("{error}"));
    drop(old);
    let mut gateway = start(data.path());
    for (offset, expected) in [(5, true), (6, true), (7, true), (4, false), (8, false)] {
        let cursor = json!({"epoch": "e", "offset": offset});
        assert_eq!(resumed(&gateway, &cursor).await, expected, "since {offset}");
    }
    cursor_after(&gateway, "x").await;
    gateway.kill();
}

fn start(data: &Path) -> Process {
    let program = env!("CARGO_BIN_EXE_sessionwire");
    Process::start(serve(program, data, "127.0.0.1:0"))
}

/// Puts the files of one data folder into the place of another's.
fn copy(from: &Path, to: &Path) {
    for old in fs::read_dir(to).expect("a folder") {
        fs::remove_file(old.expect("a file").path()).expect("it is removed");
    }
    for file in fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        fs::copy(file.path(), to.join(file.file_name())).expect("it is copied");
    }
}

/// Where a new subscriber stands after a change.
async fn cursor_after(gateway: &Process, label: &str) -> Value {
    let mut client = Client::connect(&gateway.url(), ADMIN, CURSORS).await;
    ask(
        &mut client,
        "sessions.patch",
        json!({"key": "s", "label": label}),
    )
    .await;
    let answer = ask(
        &mut client,
        "sessions.subscribe",
        json!({"subscription": "list"}),
    )
    .await;
    answer["cursor"].clone()
}

async fn resumed(gateway: &Process, cursor: &Value) -> Value {
    let mut client = Client::connect(&gateway.url(), ADMIN, CURSORS).await;
    let params = json!({"subscription": "list", "since": cursor});
    ask(&mut client, "sessions.subscribe", params).await["resumed"].clone()
}

async fn read(gateway: &Process, key: &str) -> (u16, Value) {
    let token = format!("Bearer {TOKEN}");
    let path = format!("/v1/chat/sessions/{key}");
    let headers = [("Authorization", token.as_str())];
    let answer = request(gateway.address(), "GET", &path, &headers, "").await;
    (answer.status, answer.json()["error"]["reason"].clone())
}

async fn ask(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params.clone()).await;
    answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"))
}
