//! Groups and their defaults.

use serde_json::{Value, json};
use sessionwire_gateway::methods::{groups, patch};

use crate::support::{ADMIN, CURSORS, Gateway, READ, store};
use crate::{asked, made};

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
                event["session"]["key"].as_str().expect("a key")
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

    drop((admin, writer));
    let gateway = gateway.restart(&[]).await;
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
    for session in state.catalog().iter() {
        assert_eq!(session.entry.category.as_deref(), Some("New"));
    }
}
