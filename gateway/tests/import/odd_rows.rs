use serde_json::json;

use crate::folder::{Folder, import, stored};
use crate::{ask, client, start};

/// What is wrong, and what is said of it.
const ODD: &[(&str, &str)] = &[
    (
        "UPDATE session_nodes SET session_key = 'agent:main:' WHERE session_key = 'agent:main:child'",
        "agent:main:: malformed key",
    ),
    (
        "UPDATE session_nodes SET session_key = 'agent:main:Room' WHERE session_key = 'agent:main:child'",
        "agent:main:Room: malformed key",
    ),
    (
        "UPDATE session_nodes SET session_key = 'agent:ops:child' WHERE session_key = 'agent:main:child'",
        "agent:ops:child: malformed key",
    ),
    (
        "UPDATE session_nodes SET entry_json = '{\"sessionId\":' WHERE session_key = 'agent:main:child'",
        "agent:main:child: unreadable entry",
    ),
    (
        "UPDATE session_nodes SET entry_json = CAST(x'7bff7d' AS TEXT) WHERE session_key = 'agent:main:child'",
        "agent:main:child: unreadable entry",
    ),
    (
        "UPDATE session_nodes SET current_session_id = 'another' WHERE session_key = 'agent:main:child'",
        "agent:main:child: unreadable entry",
    ),
    (
        "UPDATE session_nodes SET entry_json = json_set(entry_json, '$.updatedAt', 'today') WHERE session_key = 'agent:main:child'",
        "agent:main:child: unreadable entry",
    ),
    (
        "UPDATE session_nodes SET entry_json = json_set(entry_json, '$.label', 'Settings') WHERE session_key = 'agent:main:talk'",
        "agent:main:talk: label already in use: Settings",
    ),
    (
        "INSERT INTO session_transcript_cold_archives VALUES ('a786a6ce-8a4d-435e-9ea6-f09a10d4e9ec')",
        "agent:main:talk: its transcript is in cold storage",
    ),
    (
        "UPDATE session_transcript_index_state SET needs_rebuild = 1 WHERE session_id = 'a786a6ce-8a4d-435e-9ea6-f09a10d4e9ec'",
        "agent:main:talk: OpenClaw has not indexed its transcript; open the session there once",
    ),
    (
        "UPDATE transcript_events SET event_zstd = x'28b52ffd00' WHERE event_zstd IS NOT NULL",
        "agent:main:talk: event 4 of its transcript is unreadable",
    ),
    (
        "UPDATE transcript_events SET event_utf8_bytes = 10 WHERE event_zstd IS NOT NULL",
        "agent:main:talk: event 4 of its transcript is unreadable",
    ),
    (
        "UPDATE session_nodes SET current_session_id = '81636791-5059-48f5-af58-e8437591f5ea',
            entry_json = json_set(entry_json, '$.sessionId', '81636791-5059-48f5-af58-e8437591f5ea') WHERE session_key = 'agent:main:talk'",
        "agent:main:talk: its session id is that of agent:main:plain",
    ),
];

#[test]
fn what_cannot_be_taken_over_is_named_and_the_rest_is_taken() {
    for (odd, said) in ODD {
        let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
        folder.change(odd);
        let summary = import(&folder, data.path());
        assert!(summary.contains("Sessions: 11 new"), "{said}: {summary}");
        assert!(
            summary.contains(&format!("Skipped {said}\n")),
            "{said}: {summary}"
        );
        let key = said.split(": ").next().expect("it begins with a key");
        let its_own = [format!("{{\"key\":\"{key}\""), format!("{key}1{{")];
        let of_it = |row: &String| its_own.iter().any(|own| row.starts_with(own));
        assert!(
            !stored(data.path()).iter().any(of_it),
            "{said}: nothing of it is there"
        );
    }
}

#[test]
fn a_session_that_was_mended_moves_in_later() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    folder.change(
        "UPDATE session_transcript_index_state SET needs_rebuild = 1 WHERE session_id LIKE 'a786%'",
    );
    import(&folder, data.path());
    folder.change("UPDATE session_transcript_index_state SET needs_rebuild = 0");
    let summary = import(&folder, data.path());
    assert!(summary.contains("Sessions: 1 new"), "{summary}");
    assert!(summary.contains("Messages: 6 new"), "{summary}");
}

#[test]
fn a_transcript_that_was_rewritten_is_not_mixed_with_the_old_one() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    import(&folder, data.path());
    folder.change("DELETE FROM session_transcript_active_events WHERE session_id LIKE 'a786%' AND active_position = 1");
    let before = stored(data.path());
    let summary = import(&folder, data.path());
    assert!(
        summary.contains("Skipped agent:main:talk: its transcript was rewritten"),
        "{summary}"
    );
    assert_eq!(stored(data.path()), before);
}

#[tokio::test]
async fn sessions_and_labels_that_are_here_stay() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    let mut gateway = start(data.path());
    let mut here = client(&gateway).await;
    ask(
        &mut here,
        "sessions.create",
        json!({"key": "mine", "label": "Settings"}),
    )
    .await;
    ask(
        &mut here,
        "sessions.create",
        json!({"key": "plain", "label": "Mine"}),
    )
    .await;
    ask(
        &mut here,
        "sessions.groups.put",
        json!({"names": ["Mine", "Work"]}),
    )
    .await;
    gateway.kill();
    let summary = import(&folder, data.path());
    assert!(summary.contains("Sessions: 10 new"), "{summary}");
    assert!(
        summary.contains("Kept agent:main:plain: changed or made here\n"),
        "{summary}"
    );
    assert!(
        summary.contains("Skipped agent:main:settings: label already in use: Settings\n"),
        "{summary}"
    );
    assert!(summary.contains("Groups:   1 new"), "{summary}");
    let gateway = start(data.path());
    let mut here = client(&gateway).await;
    let groups = ask(&mut here, "sessions.groups.list", json!({})).await;
    let names: Vec<_> = groups["groups"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|group| &group["name"])
        .collect();
    assert_eq!(names, ["Mine", "Work", "Home"]);
}
