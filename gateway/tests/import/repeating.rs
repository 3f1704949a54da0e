use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::json;

use crate::folder::{Folder, command, import, run, stored};
use crate::{ask, client, history, row, start};

#[test]
fn a_second_import_changes_nothing() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    import(&folder, data.path());
    let first = stored(data.path());
    let summary = import(&folder, data.path());
    assert!(
        summary.contains("Sessions: 0 new, 0 updated, 0 in a new generation, 12 unchanged"),
        "{summary}"
    );
    assert_eq!(stored(data.path()), first, "not even the journal went on");
}

#[test]
fn a_dry_run_tells_what_would_be_done_and_does_nothing() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    let nowhere = data.path().join("nowhere");
    let (code, said) = run(folder.path(), &nowhere, &["--dry-run"]);
    assert!(code == 0 && said.contains("Sessions: 12 new"), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    assert!(!nowhere.exists());

    import(&folder, data.path());
    folder.change("UPDATE session_nodes SET entry_json = json_set(entry_json, '$.icon', 'x') WHERE session_key = 'global'");
    let before = stored(data.path());
    let (code, said) = run(folder.path(), data.path(), &["--dry-run"]);
    assert!(
        code == 0
            && said.contains("Sessions: 0 new, 1 updated, 0 in a new generation, 11 unchanged"),
        "{said}"
    );
    assert_eq!(stored(data.path()), before);
}

#[tokio::test]
async fn what_changed_there_follows_and_what_changed_here_stays() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    import(&folder, data.path());
    let mut gateway = start(data.path());
    let mut here = client(&gateway).await;
    ask(
        &mut here,
        "sessions.patch",
        json!({"key": "talk", "label": "Ours"}),
    )
    .await;
    ask(&mut here, "sessions.delete", json!({"key": "plain"})).await;
    let subscribed = ask(
        &mut here,
        "sessions.subscribe",
        json!({"subscription": "s"}),
    )
    .await;
    gateway.kill();

    folder.change(
        r#"UPDATE session_nodes SET entry_json = json_set(entry_json, '$.label', 'Theirs') WHERE session_key = 'agent:main:talk';
        UPDATE session_nodes SET entry_json = json_set(entry_json, '$.updatedAt', 1795275560000) WHERE session_key = 'agent:main:goal';
        INSERT INTO transcript_events SELECT session_id, 5, json_set(event_json, '$.id', 'm5', '$.message.content', 'More', '$.message.idempotencyKey', 'k9'), created_at, NULL, NULL
            FROM transcript_events WHERE seq = 3 AND session_id = '4df8aea8-ed81-488d-98e7-7982251fdc88';
        INSERT INTO session_transcript_active_events VALUES ('4df8aea8-ed81-488d-98e7-7982251fdc88', 4, 5, 3);
        UPDATE session_transcript_index_state SET indexed_seq = 5 WHERE session_id = '4df8aea8-ed81-488d-98e7-7982251fdc88';
        UPDATE session_nodes SET entry_json = json_set(entry_json, '$.lifecycleRevision', 'another') WHERE session_key = 'agent:main:renewed';"#,
    );
    let summary = import(&folder, data.path());
    assert!(summary.contains("Sessions: 0 new, 1 updated, 1 in a new generation, 8 unchanged, 2 kept as they are here, 0 skipped"), "{summary}");
    assert!(
        summary.contains("Kept agent:main:talk: changed or made here"),
        "{summary}"
    );
    assert!(
        summary.contains("Kept agent:main:plain: gone here since"),
        "{summary}"
    );

    let gateway = start(data.path());
    let mut here = client(&gateway).await;
    let resume = json!({"subscription": "s", "since": subscribed["cursor"]});
    let resumed = ask(&mut here, "sessions.subscribe", resume).await;
    assert_eq!(resumed["resumed"], true, "{resumed}");
    let events = here.events_so_far().await;
    let drained: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "socket.drain")
        .collect();
    assert_eq!(drained.len(), 1, "{events:?}");
    let drain = &drained[0]["payload"];
    assert_eq!(
        (&drain["sessionKey"], &drain["reason"]),
        (&json!("agent:main:renewed"), &json!("new"))
    );
    assert_eq!(drain["nextLifecycleRevision"], "another");
    let changed: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "sessions.changed")
        .map(|event| &event["payload"]["session"]["key"])
        .collect();
    assert_eq!(
        changed,
        ["agent:main:goal", "agent:main:renewed"],
        "{events:?}"
    );
    assert_eq!(row(&mut here, "agent:main:talk").await["label"], "Ours");
    let goal = history(&mut here, "agent:main:goal").await;
    assert_eq!(
        (
            goal.len(),
            &goal[4]["content"],
            &goal[4]["__openclaw"]["seq"]
        ),
        (5, &json!("More"), &json!(5))
    );
}

#[test]
fn an_import_that_was_killed_and_repeated_ends_as_one_that_was_not() {
    const MANY: &str = "WITH RECURSIVE numbers(n) AS (SELECT 10001 UNION ALL SELECT n + 1 FROM numbers WHERE n < 13000)
        INSERT INTO session_nodes SELECT 'agent:many:' || n, 'id-' || n, json_object(
            'sessionId', 'id-' || n, 'lifecycleRevision', 'r-' || n, 'updatedAt', n, 'createdAt', n, 'label', 'Session ' || n
        ), 1, n, n FROM numbers";
    let folder = Folder::new();
    folder.add_agent("many", MANY);
    let (whole, cut) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    import(&folder, whole.path());

    let mut importing = command(folder.path(), cut.path(), &[]);
    let mut importing = importing.stderr(Stdio::piped()).spawn().expect("it runs");
    let said = BufReader::new(importing.stderr.take().expect("it is read")).lines();
    let third = said
        .map_while(Result::ok)
        .find(|line| line.starts_with("10"));
    assert!(third.is_some(), "it tells how far it is");
    importing.kill().expect("it may have ended");
    importing.wait().expect("it ends");
    import(&folder, cut.path());
    let sessions = |data| {
        let mut stored = stored(data);
        assert!(
            stored
                .pop()
                .is_some_and(|journal| journal.starts_with("journal "))
        );
        stored
    };
    assert_eq!(sessions(cut.path()), sessions(whole.path()));
}
