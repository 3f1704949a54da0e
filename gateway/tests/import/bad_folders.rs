use std::fs;

use rusqlite::Connection;
use serde_json::json;

use crate::folder::{Folder, import, run};
use crate::support::process::{Process, serve};
use crate::support::{self, ADMIN, CURSORS, Client};
use crate::{ask, client, start};

/// Imports into a folder that must not even be made, and returns what was said.
fn refused(folder: &Folder, code: i32, further: &[&str]) -> String {
    let data = tempfile::tempdir().expect("a folder");
    let nowhere = data.path().join("nowhere");
    let (found, said) = run(folder.path(), &nowhere, further);
    assert_eq!(found, code, "{said}");
    assert!(!nowhere.exists(), "{said}");
    said
}

#[test]
fn other_folders_are_told_apart() {
    let folder = Folder::empty();
    assert!(refused(&folder, 3, &[]).contains("is no state folder of OpenClaw"));
    fs::create_dir_all(folder.path().join("agents/main/sessions")).expect("a folder");
    assert!(refused(&folder, 3, &[]).contains("is no state folder of OpenClaw"));
    fs::write(
        folder.path().join("agents/main/sessions/sessions.json"),
        "{}",
    )
    .expect("a file");
    assert!(refused(&folder, 3, &[]).contains("is of OpenClaw before 2026.8"));

    let data = tempfile::tempdir().expect("a folder");
    let (code, said) = run(&folder.path().join("none"), data.path(), &[]);
    assert!(
        code == 3 && said.contains("No such file or directory"),
        "{said}"
    );
    assert!(refused(&Folder::new(), 3, &["--agent", "none"]).contains("there is no agent none"));
}

#[test]
fn only_a_schema_that_is_known_is_read() {
    let folder = Folder::new();
    folder.change("PRAGMA user_version = 24");
    let said = refused(&folder, 3, &[]);
    assert!(
        said.contains("has schema version 24, this program reads 23 (OpenClaw 2026.9.6)\n"),
        "{said}"
    );
    folder.change("PRAGMA user_version = 22");
    let said = refused(&folder, 3, &[]);
    assert!(
        said.contains("start OpenClaw 2026.9.6 on it once"),
        "{said}"
    );
}

#[test]
fn damaged_databases_are_not_read() {
    let folder = Folder::new();
    let whole = fs::read(folder.main()).expect("it is readable");
    let mut damaged = whole.clone();
    for byte in &mut damaged[4096..] {
        *byte ^= 0x55;
    }
    for damaged in [
        &damaged[..],
        &whole[..whole.len() / 2],
        b"something else".repeat(400).as_slice(),
    ] {
        fs::write(folder.main(), damaged).expect("it is written");
        let said = refused(&folder, 3, &[]);
        assert!(
            said.contains("openclaw-agent.sqlite is damaged: "),
            "{said}"
        );
    }
}

#[test]
fn a_log_is_read_with_its_database_and_neither_is_touched() {
    let (folder, crashed) = (Folder::new(), Folder::new());
    let connection = Connection::open(folder.main()).expect("it opens");
    let change = "UPDATE session_nodes SET entry_json = json_set(entry_json, '$.label', 'Logged') WHERE session_key = 'global'";
    connection.execute(change, []).expect("it is SQL");
    for (from, _) in folder.contents() {
        let name = from.strip_prefix(folder.path()).expect("it is in it");
        if !name.to_string_lossy().ends_with("-shm") {
            fs::copy(&from, crashed.path().join(name)).expect("it is copied");
        }
    }
    let before = crashed.contents();
    assert!(
        before
            .iter()
            .any(|(path, log)| path.to_string_lossy().ends_with("-wal") && !log.is_empty())
    );
    let data = tempfile::tempdir().expect("a folder");
    import(&crashed, data.path());
    assert!(
        crate::folder::stored(data.path())
            .join("\n")
            .contains(r#""label":"Logged""#)
    );
    assert_eq!(crashed.contents(), before);
}

#[test]
fn a_folder_that_is_in_use_is_left_alone() {
    let folder = Folder::new();
    let connection = Connection::open(folder.main()).expect("it opens");
    connection
        .query_row("SELECT count(*) FROM session_nodes", [], |_| Ok(()))
        .expect("it is read");
    let said = refused(&folder, 4, &[]);
    assert!(
        said.contains("openclaw-agent.sqlite is in use; stop OpenClaw's gateway first"),
        "{said}"
    );
}

#[test]
fn a_gateway_that_runs_keeps_its_data() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    let _gateway = start(data.path());
    for further in [&[][..], &["--dry-run"]] {
        let (code, said) = run(folder.path(), data.path(), further);
        assert!(
            code == 4 && said.contains("is used by another gateway"),
            "{said}"
        );
    }
}

#[test]
fn nothing_is_written_where_it_is_read() {
    let folder = Folder::new();
    let before = folder.contents();
    for data in [folder.path().to_owned(), folder.path().join("a/new/one")] {
        let (code, said) = run(folder.path(), &data, &[]);
        assert!(
            code == 2 && said.contains("name another by --data"),
            "{said}"
        );
    }
    assert!(folder.contents() == before);
}

#[tokio::test]
async fn a_mirror_takes_no_sessions_of_its_own() {
    let (upstream, data) = (tempfile::tempdir(), tempfile::tempdir());
    let (upstream, data) = (upstream.expect("a folder"), data.expect("a folder"));
    let upstream = start(upstream.path());
    let mut client = client(&upstream).await;
    ask(&mut client, "sessions.create", json!({"key": "theirs"})).await;

    let binary = env!("CARGO_BIN_EXE_sessionwire");
    let mut command = serve(binary, data.path(), "127.0.0.1:0");
    let token = support::TOKEN;
    command.args(["--upstream", &upstream.url(), "--upstream-token", token]);
    let mut mirror = Process::start(command);
    let mut follower = Client::connect(&mirror.url(), ADMIN, CURSORS).await;
    let params = json!({"subscription": "all"});
    let mut rows = ask(&mut follower, "sessions.subscribe", params).await;
    if rows["list"]["sessions"] == json!([]) {
        rows = follower.next_event("sessions.changed").await;
    }
    assert!(rows.to_string().contains("agent:main:theirs"));
    mirror.kill();

    for further in [[].as_slice(), &["--dry-run"]] {
        let (code, said) = run(Folder::new().path(), data.path(), further);
        assert!(code == 1 && said.contains("mirrors an upstream"), "{said}");
        assert!(said.contains(&data.path().display().to_string()), "{said}");
    }
}
