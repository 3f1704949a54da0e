use serde_json::{Value, json};

use crate::folder::{Folder, import};
use crate::{ask, client, history, row, start};

#[tokio::test]
async fn sessions_move_in_with_all_that_is_theirs() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    let before = folder.contents();
    let summary = import(&folder, data.path());
    assert!(summary.contains("Sessions: 12 new, 0 updated"), "{summary}");
    assert!(summary.contains("0 skipped"), "{summary}");
    assert!(summary.contains("Messages: 14 new"), "{summary}");
    assert!(summary.contains("Groups:   2 new"), "{summary}");
    assert_eq!(folder.contents(), before, "the folder is only read");

    let gateway = start(data.path());
    let mut client = client(&gateway).await;
    let settings = row(&mut client, "agent:main:settings").await;
    let expected = json!({
        "key": "agent:main:settings",
        "sessionId": "5a1fea4f-4224-4971-8354-b77938b4ff0e",
        "lifecycleRevision": "e21a5c42-796a-4160-9d4a-1977079a7c94",
        "label": "Settings",
        "category": "Work",
        "icon": "🔥",
        "color": "red",
        "pinned": true,
        "pinnedAt": 1_795_275_547_203_u64,
        "unread": true,
        "createdAt": 1_795_275_547_142_u64,
        "createdVia": "operator",
        "updatedAt": 1_795_275_547_213_u64,
        "modelProvider": "anthropic",
        "model": "claude-opus-4-5",
        "thinkingLevel": "high",
        "verboseLevel": "on",
        "responseUsage": "tokens",
        "boardFace": "chat",
        "fastMode": true,
        "parentSessionKey": "agent:main:main",
    });
    for (field, value) in expected.as_object().expect("it is one") {
        assert_eq!(settings[field], *value, "{field} of {settings}");
    }
    let goal = row(&mut client, "agent:main:goal").await;
    assert_eq!(goal["goal"]["objective"], "Ship it");
    assert_eq!(goal["goal"]["status"], "paused");
    assert_eq!(goal["unread"], false, "it was read after its last message");
    let talk = row(&mut client, "agent:main:talk").await;
    assert_eq!(talk["unread"], true, "nobody has read it");
    let archived = row(&mut client, "agent:main:archived").await;
    assert_eq!(archived["archivedAt"], 1_795_275_547_305_u64);
    let other = row(&mut client, "agent:other:work").await;
    assert_eq!(
        other["label"], "Archived",
        "labels are unique for each agent"
    );
    let groups = ask(&mut client, "sessions.groups.list", json!({})).await;
    let expected = json!({
        "groups": [{"name": "Home", "position": 0}, {"name": "Work", "position": 1}],
        "sectionOrder": ["category:Work", "category:Home", "ungrouped"],
    });
    assert_eq!(groups, expected);
}

#[tokio::test]
async fn transcripts_are_what_is_shown_of_them() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    import(&folder, data.path());
    let gateway = start(data.path());
    let mut client = client(&gateway).await;

    let talk = history(&mut client, "agent:main:talk").await;
    let roles: Vec<_> = talk.iter().map(|message| &message["role"]).collect();
    assert_eq!(
        roles,
        [
            "user",
            "assistant",
            "assistant",
            "assistant",
            "user",
            "custom"
        ]
    );
    let first = json!({
        "role": "user",
        "content": "/name A talk",
        "timestamp": 1_795_275_532_404_u64,
        "idempotencyKey": "k1:user",
        "__openclaw": {"id": "0343003a-894b-47ee-b4b3-d3ea68e560b9", "seq": 1},
    });
    assert_eq!(talk[0], first);
    let long = talk[3]["content"][0]["text"].as_str().expect("it is text");
    assert_eq!(
        long,
        format!("A long one. {}", "word ".repeat(400)),
        "it was compressed"
    );

    let reset = history(&mut client, "agent:main:reset").await;
    let texts: Vec<_> = reset
        .iter()
        .map(|message| &message["content"][0]["text"])
        .collect();
    assert_eq!(texts, ["After the reset"]);
    assert_eq!(history(&mut client, "agent:main:renewed").await.len(), 0);
    let rewound = history(&mut client, "agent:main:rewound").await;
    assert_eq!(rewound.len(), 3, "of two branches the one that is shown");
    assert_eq!(rewound[2]["content"][0]["text"], "On another branch");

    let found = ask(
        &mut client,
        "sessions.search",
        json!({"query": "another branch"}),
    )
    .await;
    assert_eq!(
        found["results"][0]["sessionKey"], "agent:main:rewound",
        "{found}"
    );
    let again = json!({"sessionKey": "talk", "message": "/name Twice", "idempotencyKey": "k1"});
    ask(&mut client, "chat.send", again).await;
    let talk = row(&mut client, "agent:main:talk").await;
    assert_eq!(
        talk["label"], "A talk",
        "what was sent there is not done again here"
    );
}

#[tokio::test]
async fn what_a_reset_kept_of_a_talk_moves_in() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    folder.change(
        "UPDATE transcript_events SET event_json = json_set(event_json, '$.firstKeptEntryId',
            (SELECT json_extract(event_json, '$.id') FROM transcript_events WHERE event_json LIKE '%Before the reset%'))
        WHERE session_id = '0ec86852-6a9d-4eab-9129-41373ca7f90d' AND json_extract(event_json, '$.type') = 'reset'",
    );
    for round in ["Messages: 15 new", "Messages: 0 new"] {
        let summary = import(&folder, data.path());
        assert!(summary.contains(round), "{summary}");
    }
    let gateway = start(data.path());
    let mut client = client(&gateway).await;
    let reset = history(&mut client, "agent:main:reset").await;
    let shown = |message: &Value| {
        let seq = message["__openclaw"]["seq"].clone();
        (seq, message["content"][0]["text"].clone())
    };
    let shown: Vec<_> = reset.iter().map(shown).collect();
    let expected = [
        (json!(1), json!("Before the reset")),
        (json!(2), json!("After the reset")),
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn one_agent_can_move_in_alone() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().expect("a folder"));
    let (code, said) = crate::folder::run(folder.path(), data.path(), &["--agent", "other"]);
    assert!(code == 0 && said.contains("Sessions: 1 new"), "{said}");
    assert!(
        import(&folder, data.path())
            .contains("Sessions: 11 new, 0 updated, 0 in a new generation, 1 unchanged")
    );
}
