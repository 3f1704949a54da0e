//! What is asked of sessions: resolve, messages, search, groups, and of the gateway itself.

mod support;

use serde_json::{Value, json};
use sessionwire_gateway::methods::{groups, patch};
use sessionwire_protocol::{ErrorBody, SessionKey, TranscriptMessage};
use support::{ADMIN, CURSORS, Client, Gateway, READ, store};

const FIRST: &str = "agent:main:dashboard:aaaaaaaa-1111-4111-8111-111111111111";
const SECOND: &str = "agent:main:dashboard:aaaaaaaa-2222-4222-8222-222222222222";

#[tokio::test]
async fn sessions_are_found_by_what_is_known_of_them() {
    let gateway = Gateway::start(&["--agent", "main", "--agent", "work"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let lab = made(&mut admin, json!({"key": "agent:main:lab", "label": "Lab"})).await;
    made(
        &mut admin,
        json!({"key": "agent:work:lab", "label": "Twice"}),
    )
    .await;
    made(
        &mut admin,
        json!({"key": "agent:main:other", "label": "Twice", "parentSessionKey": "agent:main:lab"}),
    )
    .await;
    made(&mut admin, json!({"key": FIRST, "label": "Amb One"})).await;
    made(&mut admin, json!({"key": SECOND, "label": "Amb Two"})).await;

    // Lists begin with what is pinned, whatever the clock says.
    asked(
        &mut admin,
        "sessions.patch",
        json!({"key": SECOND, "pinned": true}),
    )
    .await;

    let bare = json!({"ok": true, "key": "agent:main:lab", "agentId": "main"});
    let one = json!({"ok": true, "key": FIRST, "agentId": "main", "displayName": "Amb One"});
    let two = json!({"ok": true, "key": SECOND, "agentId": "main", "displayName": "Amb Two"});
    let both = json!({"ok": false, "candidates": [
        {"key": SECOND, "agentId": "main", "displayName": "Amb Two"},
        {"key": FIRST, "agentId": "main", "displayName": "Amb One"},
    ]});
    let named =
        json!({"ok": true, "key": "agent:main:lab", "agentId": "main", "displayName": "Lab"});
    let other = json!({"ok": true, "key": "agent:main:other", "agentId": "main"});
    for (params, expected) in [
        (json!({"key": "agent:main:LAB"}), &bare),
        (json!({"key": "lab"}), &bare),
        (json!({"sessionId": lab["sessionId"]}), &bare),
        (json!({"label": " Lab "}), &bare),
        (json!({"label": "Lab", "agentId": "main"}), &bare),
        (json!({"label": "Twice", "agentId": "main"}), &other),
        (
            json!({"label": "Twice", "spawnedBy": "agent:main:lab"}),
            &other,
        ),
        (json!({"shortId": "AAAAAAAA"}), &both),
        (json!({"shortId": "aaaaaaaa", "allowMissing": true}), &both),
        (json!({"shortId": "aaaaaaaa", "slugHint": "amb-two"}), &two),
        (json!({"shortId": "aaaaaaaa", "slugHint": "neither"}), &both),
        (json!({"shortId": "aaaaaaaa1111"}), &one),
        (json!({"reference": {"key": "lab"}}), &named),
        (
            json!({"reference": {"key": "nope", "slug": "amb-one"}}),
            &one,
        ),
        (
            json!({"key": "nope", "allowMissing": true}),
            &json!({"ok": false}),
        ),
        (
            json!({"reference": {"key": "nope"}, "allowMissing": true}),
            &json!({"ok": false}),
        ),
    ] {
        let found = admin.request("sessions.resolve", params.clone()).await;
        assert_eq!(found.as_ref(), Ok(expected), "{params}");
    }
    for (params, message) in [
        (
            json!({}),
            "Either key, sessionId, label, shortId, or reference is required",
        ),
        (
            json!({"key": "lab", "label": "Lab"}),
            "Provide either key, sessionId, label, shortId, or reference (not multiple)",
        ),
        (
            json!({"key": "agent:main:missing"}),
            "No session found: agent:main:missing",
        ),
        (json!({"key": "main"}), "No session found: main"),
        (
            json!({"key": "agent:main:"}),
            "malformed session key \"agent:main:\"",
        ),
        (
            json!({"key": "agent:main:lab", "agentId": "ghost"}),
            "Unknown agent id \"ghost\"",
        ),
        (
            json!({"key": "agent:main:lab", "agentId": "work"}),
            "agent \"work\" does not match session key agent \"main\"",
        ),
        (
            json!({"key": "lab", "spawnedBy": "agent:main:main"}),
            "No session found: lab",
        ),
        (
            json!({"sessionId": "unknown-id"}),
            "No session found: unknown-id",
        ),
        (json!({"label": "lab"}), "No session found with label: lab"),
        (
            json!({"label": "Lab", "agentId": "work"}),
            "No session found with label: Lab",
        ),
        (
            json!({"label": "Twice"}),
            "Multiple sessions found with label: Twice (agent:main:other, agent:work:lab)",
        ),
        (json!({"shortId": "abcdef12"}), "No session found: abcdef12"),
        (
            json!({"shortId": "aaaaaaaa", "agentId": "work"}),
            "No session found: aaaaaaaa",
        ),
        (
            json!({"shortId": "9a4618a3-f315"}),
            "shortId must be 8-32 hexadecimal characters",
        ),
        (
            json!({"key": "lab", "slugHint": "x"}),
            "slugHint requires shortId",
        ),
        (
            json!({"reference": {"key": "nope", "slug": "lab"}}),
            "No session found: nope",
        ),
    ] {
        let error = admin.request("sessions.resolve", params.clone()).await;
        let error = error.expect_err("it is refused");
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("INVALID_REQUEST"), &json!(message)),
            "{params}"
        );
    }
}

#[tokio::test]
async fn messages_are_read_previewed_and_found() {
    let gateway = talked().await;
    let mut reader = gateway.client(READ, &[]).await;

    let got = asked(&mut reader, "sessions.get", json!({"key": "lab"})).await;
    let texts: Vec<_> = messages(&got)
        .iter()
        .map(|message| &message["content"])
        .collect();
    assert_eq!(texts[0], "hello there");
    assert_eq!(texts.len(), 3);
    assert_eq!(messages(&got)[2]["__openclaw"]["seq"], 3);
    let last = asked(
        &mut reader,
        "sessions.get",
        json!({"sessionKey": "lab", "limit": 1}),
    )
    .await;
    assert_eq!(messages(&last).len(), 1);
    assert_eq!(
        messages(&last)[0]["content"][0]["text"],
        "[note]\n\ninjected text"
    );
    let none = asked(&mut reader, "sessions.get", json!({"key": "missing"})).await;
    assert_eq!(none, json!({"messages": []}));
    let error = reader.request("sessions.get", json!({"key": "  "})).await;
    assert_eq!(error.expect_err("it is refused")["message"], "key required");

    let params = json!({"keys": ["agent:main:lab", "empty", "agent:main:nokey"]});
    let previews = asked(&mut reader, "sessions.preview", params).await;
    assert!(previews["ts"].is_u64());
    assert_eq!(
        previews["previews"],
        json!([
            {"key": "agent:main:lab", "status": "ok", "items": [
                {"role": "user", "text": "hello there"},
                {"role": "assistant", "text": "✅ Session renamed to “Via send”."},
                {"role": "assistant", "text": "[note]\n\ninjected text"},
            ]},
            {"key": "empty", "status": "empty", "items": []},
            {"key": "agent:main:nokey", "status": "missing", "items": []},
        ])
    );
    let params = json!({"keys": ["agent:main:lab"], "limit": 2, "maxChars": 20});
    let short = asked(&mut reader, "sessions.preview", params).await;
    assert_eq!(
        short["previews"][0]["items"],
        json!([
            {"role": "assistant", "text": "✅ Session renamed..."},
            {"role": "assistant", "text": "[note]\n\ninjected ..."},
        ])
    );

    let found = asked(&mut reader, "sessions.search", json!({"query": "injected"})).await;
    let hit = &found["results"][0];
    assert_eq!(hit["sessionKey"], "agent:main:lab");
    assert_eq!(hit["messageId"], messages(&got)[2]["__openclaw"]["id"]);
    assert_eq!(hit["timestamp"], messages(&got)[2]["timestamp"]);
    assert_eq!(
        (&hit["role"], &hit["snippet"]),
        (&json!("assistant"), &json!("[note]\n\ninjected text"))
    );
    assert!(hit["sessionId"].is_string() && hit["score"].is_f64());
    assert_eq!(found["truncated"], Value::Null);
    for (params, count) in [
        (json!({"query": "nothinghere"}), 0),
        (json!({"query": "hello", "limit": 1}), 1),
        (json!({"query": "hello"}), 2),
        (json!({"query": "hello", "sessionKeys": ["lab"]}), 1),
        (
            json!({"query": "hello", "sessionKeys": ["agent:main:empty"]}),
            0,
        ),
        (
            json!({"query": "hello", "scope": {"label": "The other"}}),
            1,
        ),
        (json!({"query": "\" OR ( NEAR -*"}), 0),
    ] {
        let found = asked(&mut reader, "sessions.search", params.clone()).await;
        assert_eq!(
            found["results"].as_array().map(Vec::len),
            Some(count),
            "{params}"
        );
    }
    let first = asked(
        &mut reader,
        "sessions.search",
        json!({"query": "hello", "limit": 1}),
    )
    .await;
    assert_eq!(first["truncated"], true);
    let blank = reader
        .request("sessions.search", json!({"query": "  "}))
        .await;
    assert_eq!(
        blank.expect_err("it is refused")["message"],
        "query must not be empty"
    );
    let params = json!({"query": "hello", "agentId": "main"});
    let error = reader.request("sessions.search", params).await;
    assert_eq!(
        error.expect_err("it is refused")["message"],
        "agentId requires sessionKeys"
    );
}

#[tokio::test]
async fn what_is_evicted_is_not_found_any_more() {
    let gateway = talked().await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    asked(&mut admin, "sessions.reset", json!({"key": "lab"})).await;
    asked(&mut admin, "sessions.delete", json!({"key": "other"})).await;
    let found = asked(&mut admin, "sessions.search", json!({"query": "hello"})).await;
    assert_eq!(found, json!({"results": []}));
    let previews = asked(
        &mut admin,
        "sessions.preview",
        json!({"keys": ["lab", "other"]}),
    )
    .await;
    let statuses: Vec<_> = previews["previews"]
        .as_array()
        .expect("there are previews")
        .iter()
        .map(|preview| preview["status"].as_str().expect("a status"))
        .collect();
    assert_eq!(statuses, ["empty", "missing"]);
}

#[tokio::test]
async fn groups_keep_their_sessions_together() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for (key, category) in [("a", "Cat A"), ("b", "Many"), ("c", "Many"), ("d", "Cat A")] {
        made(&mut admin, json!({"key": key, "category": category})).await;
    }
    let listed = |names: &[&str]| {
        let groups = names
            .iter()
            .enumerate()
            .map(|(position, name)| json!({"name": name, "position": position}));
        Value::Array(groups.collect())
    };
    let list = asked(&mut admin, "sessions.groups.list", json!({})).await;
    assert_eq!(
        list,
        json!({"groups": listed(&["Cat A", "Many"]), "sectionOrder": []})
    );

    let refused = admin
        .request("sessions.groups.put", json!({"names": ["One", "Cat A"]}))
        .await;
    assert_eq!(
        refused.expect_err("it has members")["message"],
        "sessions.groups.put cannot drop groups that still have member sessions: \"Many\" (2); include them in names or remove them via sessions.groups.delete"
    );
    let refused = admin
        .request("sessions.groups.put", json!({"names": []}))
        .await;
    assert_eq!(
        refused.expect_err("both have members")["message"],
        "sessions.groups.put cannot drop groups that still have member sessions: \"Cat A\" (2), \"Many\" (2); include them in names or remove them via sessions.groups.delete"
    );
    let params = json!({"names": [" Many", "Cat A", "Empty", "Many"], "sectionOrder": ["category:Many", "bogus"]});
    let put = asked(&mut admin, "sessions.groups.put", params).await;
    let groups = listed(&["Many", "Cat A", "Empty"]);
    assert_eq!(
        put,
        json!({"ok": true, "groups": groups, "sectionOrder": ["category:Many"]})
    );

    let mut plain = gateway.client(READ, &[]).await;
    asked(&mut plain, "sessions.subscribe", json!({})).await;
    let mut lean = gateway.client(READ, CURSORS).await;
    asked(
        &mut lean,
        "sessions.subscribe",
        json!({"subscription": "s"}),
    )
    .await;
    let before = asked(&mut admin, "sessions.describe", json!({"key": "b"})).await;
    let renamed = asked(
        &mut admin,
        "sessions.groups.rename",
        json!({"name": "Many", "to": "Cat A"}),
    )
    .await;
    assert_eq!(
        renamed,
        json!({"ok": true, "groups": listed(&["Cat A", "Empty"]), "sectionOrder": ["category:Cat A"], "updatedSessions": 2})
    );
    for client in [&mut plain, &mut lean] {
        let mut events = Vec::new();
        for event in client.events_so_far().await {
            if event["event"] == "sessions.changed" {
                events.push(event["payload"].clone());
            }
        }
        let broad = json!({"reason": "groups", "ts": events[0]["ts"]});
        assert_eq!(events[0], broad);
        let mut moved: Vec<_> = events[1..]
            .iter()
            .map(|event| {
                assert_eq!(event["session"]["category"], "Cat A");
                event["sessionKey"].as_str().expect("a key")
            })
            .collect();
        moved.sort_unstable();
        assert_eq!(moved, ["agent:main:b", "agent:main:c"]);
    }
    let after = asked(&mut admin, "sessions.describe", json!({"key": "b"})).await;
    assert_eq!(
        after["session"]["updatedAt"], before["session"]["updatedAt"],
        "keeping house is no activity"
    );

    let renamed = asked(
        &mut admin,
        "sessions.groups.rename",
        json!({"name": "Empty", "to": "Leer"}),
    )
    .await;
    assert_eq!(
        (&renamed["groups"], &renamed["updatedSessions"]),
        (&listed(&["Cat A", "Leer"]), &json!(0))
    );
    let same = asked(
        &mut admin,
        "sessions.groups.rename",
        json!({"name": "Leer", "to": "Leer"}),
    )
    .await;
    assert_eq!(same["updatedSessions"], 0);
    let deleted = asked(
        &mut admin,
        "sessions.groups.delete",
        json!({"name": "Cat A"}),
    )
    .await;
    assert_eq!(
        (&deleted["groups"], &deleted["updatedSessions"]),
        (&listed(&["Leer"]), &json!(4))
    );
    let again = asked(
        &mut admin,
        "sessions.groups.delete",
        json!({"name": "Cat A"}),
    )
    .await;
    assert_eq!(again["updatedSessions"], 0);
    let row = asked(&mut admin, "sessions.describe", json!({"key": "a"})).await;
    assert_eq!(row["session"].get("category"), None);

    for (method, params, code, message) in [
        (
            "rename",
            json!({"name": "One", "to": "Uno"}),
            "INVALID_REQUEST",
            "unknown session group: One",
        ),
        (
            "rename",
            json!({"name": "Leer", "to": "  "}),
            "UNAVAILABLE",
            "group rename requires non-empty names",
        ),
        (
            "update",
            json!({"name": "Nope", "cwd": null, "worktree": false}),
            "INVALID_REQUEST",
            "unknown session group: Nope",
        ),
        (
            "update",
            json!({"name": "Leer", "cwd": "relative", "worktree": false}),
            "INVALID_REQUEST",
            "session group cwd must be absolute",
        ),
    ] {
        let error = admin
            .request(&format!("sessions.groups.{method}"), params)
            .await;
        let error = error.expect_err("it is refused");
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(code), &json!(message))
        );
    }
}

#[tokio::test]
async fn groups_have_defaults_that_outlive_the_gateway() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    asked(
        &mut admin,
        "sessions.groups.put",
        json!({"names": ["One", "Two"]}),
    )
    .await;
    let params = json!({"name": "Two", "cwd": "/tmp", "worktree": true});
    let updated = asked(&mut admin, "sessions.groups.update", params.clone()).await;
    let defaults = json!([{"name": "One"}, {"name": "Two", "cwd": "/tmp", "worktree": true}]);
    assert_eq!(updated, json!({"ok": true, "defaults": defaults}));
    let mut writer = gateway.client(&["operator.write"], &[]).await;
    let error = writer.request("sessions.groups.update", params).await;
    assert_eq!(
        error.expect_err("a folder is for administrators")["details"]["missingScope"],
        "operator.admin"
    );
    let params = json!({"name": "One", "cwd": null, "worktree": false});
    asked(&mut writer, "sessions.groups.update", params).await;

    let Gateway { server, data } = gateway;
    drop((admin, writer));
    server.stop().await;
    let gateway = store::serve(data, &[]).await;
    let mut writer = gateway.client(&["operator.write"], &[]).await;
    let kept = asked(&mut writer, "sessions.groups.defaults", json!({})).await;
    let defaults = json!([{"name": "One", "worktree": false}, {"name": "Two", "cwd": "/tmp", "worktree": true}]);
    assert_eq!(kept, json!({"defaults": defaults}));
    let mut reader = gateway.client(READ, &[]).await;
    let error = reader.request("sessions.groups.defaults", json!({})).await;
    assert_eq!(
        error.expect_err("it is refused")["details"]["missingScope"],
        "operator.write"
    );
}

#[tokio::test]
async fn members_that_arrive_with_a_rename_are_renamed_too() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let core = store::open(data.path(), &[]);
    let caller = store::admin(&core);
    let mut handled = Vec::new();
    for number in 0..20 {
        let params = json!({"key": format!("s{number}"), "category": "Old"});
        let params = serde_json::from_value(params).expect("they are params");
        handled.push(tokio::spawn(patch::patch(caller.clone(), params)));
    }
    let params = serde_json::from_value(json!({"name": "Old", "to": "New"})).expect("params");
    let renaming = tokio::spawn(groups::rename(caller.clone(), params));
    for handled in handled {
        handled.await.expect("it runs").expect("it is patched");
    }
    let renamed = renaming.await.expect("it runs").expect("it is renamed");
    assert_eq!(renamed.updated_sessions, Some(20));
    let state = core.sessions.read();
    for session in state.iter() {
        assert_eq!(session.entry.category.as_deref(), Some("New"));
    }
}

#[tokio::test]
async fn the_gateway_tells_of_itself() {
    let gateway = Gateway::start(&["--agent", "main", "--agent", "work"]).await;
    let mut reader = gateway.client(READ, &[]).await;
    let health = asked(&mut reader, "health", json!({"probe": true})).await;
    assert_eq!(
        (&health["ok"], &health["defaultAgentId"]),
        (&json!(true), &json!("main"))
    );
    let status = asked(&mut reader, "status", json!("anything")).await;
    assert_eq!(
        (&status["connections"], &status["sessions"]["count"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(status["runtimeVersion"], env!("CARGO_PKG_VERSION"));
    let agents = asked(&mut reader, "agents.list", json!({})).await;
    assert_eq!(
        agents,
        json!({"defaultId": "main", "mainKey": "main", "scope": "per-sender", "agents": [
            {"id": "main", "model": {"primary": "external/agent"}},
            {"id": "work", "model": {"primary": "external/agent"}},
        ]})
    );
    assert_eq!(
        asked(&mut reader, "models.list", json!({})).await,
        json!({"models": []})
    );
    let commands = asked(&mut reader, "commands.list", json!({})).await;
    let names = commands["commands"].as_array().expect("there are commands");
    assert!(names.iter().any(|command| command["name"] == "name"));
    let mut blind = gateway.client(&[], &[]).await;
    for method in [
        "health",
        "status",
        "agents.list",
        "models.list",
        "sessions.resolve",
        "sessions.get",
        "sessions.preview",
        "sessions.search",
        "sessions.groups.list",
    ] {
        let error = blind.request(method, json!({})).await;
        assert_eq!(
            error.expect_err("it is refused")["message"],
            "missing scope: operator.read",
            "{method}"
        );
    }
}

/// A gateway in which there was talk.
async fn talked() -> Gateway {
    let data = tempfile::tempdir().expect("a temporary folder");
    let core = store::open(data.path(), &[]);
    let talking = core.sessions.commit(|transaction| {
        let (lab, other) = (key("lab"), key("other"));
        let now = transaction.now();
        for message in [
            TranscriptMessage::user("hello there", now),
            TranscriptMessage::assistant("✅ Session renamed to “Via send”.", now),
            TranscriptMessage::assistant("[note]\n\ninjected text", now),
        ] {
            transaction.append(&lab, message);
        }
        transaction.append(&other, TranscriptMessage::user("hello to you, too", now));
        let reason = sessionwire_protocol::ChangeReason::PATCH;
        transaction.relabel(&other, Some("The other"), reason.clone())?;
        transaction.update(&key("empty"), reason, |_| {});
        Ok::<_, ErrorBody>(())
    });
    talking.await.expect("it is stored");
    drop(core);
    store::serve(data, &[]).await
}

fn key(name: &str) -> SessionKey {
    SessionKey::from(format!("agent:main:{name}").as_str())
}

async fn made(admin: &mut Client, params: Value) -> Value {
    asked(admin, "sessions.create", params).await
}

async fn asked(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params).await;
    answer.unwrap_or_else(|error| panic!("{method}: {error}"))
}

fn messages(answer: &Value) -> &Vec<Value> {
    answer["messages"].as_array().expect("there are messages")
}
