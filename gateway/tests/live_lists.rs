//! Lists with a filter, an order and a limit that are kept live.

mod support;

use serde_json::{Value, json};
use support::{ADMIN, CURSORS, Client, Gateway, READ, session_key};

#[tokio::test]
async fn rows_enter_move_and_leave_and_freed_places_are_filled() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "b", "c"] {
        patch(&mut admin, json!({"key": key, "label": key})).await;
    }
    let (mut client, answer) = subscribed(&gateway, json!({"sortBy": "label", "limit": 2})).await;
    assert_eq!(keys(&answer["list"]), ["a", "b"]);
    assert_eq!(answer["list"]["totalCount"], 3);
    assert_eq!(answer["list"]["hasMore"], true);

    patch(&mut admin, json!({"key": "aa", "label": "aa"})).await;
    assert_eq!(told(&mut client).await, ["left b", "upserted aa"]);
    patch(&mut admin, json!({"key": "c", "icon": "x"})).await;
    patch(&mut admin, json!({"key": "aa", "icon": "x"})).await;
    assert_eq!(told(&mut client).await, ["upserted aa"]);
    patch(&mut admin, json!({"key": "a", "label": "z"})).await;
    assert_eq!(told(&mut client).await, ["left a", "upserted b"]);
    patch(&mut admin, json!({"key": "a", "pinned": true})).await;
    assert_eq!(told(&mut client).await, ["left b", "upserted a"]);
    ask(&mut admin, "sessions.delete", json!({"key": "aa"})).await;
    assert_eq!(told(&mut client).await, ["drain aa deleted", "upserted b"]);
    ask(&mut admin, "sessions.reset", json!({"key": "b"})).await;
    assert_eq!(told(&mut client).await, ["drain b reset", "upserted b"]);
    ask(&mut admin, "sessions.delete", json!({"key": "c"})).await;
    assert_eq!(told(&mut client).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_the_last_frame_of_a_step_moves_the_cursor() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "b"] {
        patch(&mut admin, json!({"key": key, "label": key})).await;
    }
    let (mut client, answer) = subscribed(&gateway, json!({"sortBy": "label", "limit": 1})).await;
    let start = &answer["cursor"]["offset"];
    patch(&mut admin, json!({"key": "b", "icon": "x"})).await;
    patch(&mut admin, json!({"key": "a", "label": "z"})).await;
    let events = client.events_so_far().await;
    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["prev"], &events[0]["cursor"]), (start, start));
    assert_eq!(events[1]["prev"], *start);
    assert_eq!(
        events[1]["cursor"].as_u64(),
        start.as_u64().map(|start| start + 2),
        "it leads over the change that did not concern the list"
    );
}

#[tokio::test]
async fn timed_jobs_and_sessions_in_no_group_come_and_go() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["cron:job", "cron:job:run:1", "a"] {
        patch(&mut admin, json!({"key": key, "label": key})).await;
    }
    let loose = json!({"group": "", "sortBy": "label"});
    let (mut client, answer) = subscribed(&gateway, loose).await;
    assert_eq!(keys(&answer["list"]), ["a", "cron:job"]);
    patch(&mut admin, json!({"key": "cron:job", "category": "Work"})).await;
    patch(&mut admin, json!({"key": "cron:job:run:1", "icon": "x"})).await;
    patch(&mut admin, json!({"key": "a", "category": "Work"})).await;
    patch(&mut admin, json!({"key": "a", "category": null})).await;
    assert_eq!(
        told(&mut client).await,
        ["left cron:job", "left a", "upserted a"]
    );
}

#[tokio::test]
async fn no_session_here_has_a_project_a_folder_a_board_or_people() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    patch(&mut client, json!({"key": "a"})).await;
    let relation = json!({"profileId": "p", "relationship": "owned"});
    for (name, value, count) in [
        ("projectId", json!("p"), 0),
        ("workspaceDir", json!("/tmp"), 0),
        ("creatorId", json!("p"), 0),
        ("ownerId", json!("p"), 0),
        ("involvingProfileId", json!("p"), 0),
        ("profileRelation", relation, 0),
        ("hasBoard", json!(true), 0),
        ("hasBoard", json!(false), 1),
        ("includePeople", json!(true), 1),
        ("configuredAgentsOnly", json!(true), 1),
    ] {
        let mut params = json!({ name: value });
        let list = ask(&mut client, "sessions.list", params.clone()).await;
        assert_eq!(list["count"], count, "{name}");
        if name == "includePeople" {
            assert_eq!(
                (&list["people"], &list["peopleSessionCount"]),
                (&json!([]), &json!(1))
            );
        }
        params["subscription"] = "s".into();
        let refusal = client.request("sessions.subscribe", params).await;
        let refusal = refusal.expect_err("no live list takes it");
        assert_eq!(
            refusal["details"],
            json!({"code": "NOT_LIVE", "param": name})
        );
    }
}

#[tokio::test]
async fn every_filter_that_rows_decide_is_kept_live() {
    let gateway = Gateway::start(&["--agent", "main", "--agent", "other"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let child = json!({"key": "child", "parentSessionKey": "agent:main:parent"});
    for (params, enters, leaves) in [
        (json!({"agentId": "main"}), json!({"key": "s1"}), None),
        (
            json!({"label": "L"}),
            json!({"key": "s2", "label": "L"}),
            Some(json!({"key": "s2", "label": null})),
        ),
        (
            json!({"group": "G"}),
            json!({"key": "s3", "category": "G"}),
            Some(json!({"key": "s3", "category": null})),
        ),
        (
            json!({"pinned": true}),
            json!({"key": "s4", "pinned": true}),
            Some(json!({"key": "s4", "pinned": false})),
        ),
        (
            json!({"search": "nEEdle"}),
            json!({"key": "s5", "label": "a Needle"}),
            Some(json!({"key": "s5", "label": "hay"})),
        ),
        (
            json!({"search": "ß"}),
            json!({"key": "s6", "label": "Straße"}),
            Some(json!({"key": "s6", "label": "Strasse"})),
        ),
        (
            json!({"boardFace": "dashboard"}),
            json!({"key": "s7", "boardFace": "dashboard"}),
            Some(json!({"key": "s7", "boardFace": "chat"})),
        ),
    ] {
        let (mut client, _) = subscribed(&gateway, params.clone()).await;
        patch(
            &mut admin,
            json!({"key": "agent:other:x", "icon": params.to_string().len().to_string()}),
        )
        .await;
        patch(&mut admin, enters.clone()).await;
        let key = enters["key"].as_str().expect("a key");
        assert_eq!(
            told(&mut client).await,
            [format!("upserted {key}")],
            "{params}"
        );
        if let Some(leaves) = leaves {
            patch(&mut admin, leaves).await;
            assert_eq!(told(&mut client).await, [format!("left {key}")], "{params}");
        }
    }
    let (mut client, _) = subscribed(&gateway, json!({"spawnedBy": "agent:main:parent"})).await;
    ask(&mut admin, "sessions.create", json!({"key": "parent"})).await;
    ask(&mut admin, "sessions.create", child).await;
    assert_eq!(told(&mut client).await, ["upserted child"]);
    let (mut client, answer) = subscribed(&gateway, json!({"archived": true})).await;
    assert_eq!(keys(&answer["list"]), Vec::<String>::new());
    let described = ask(&mut admin, "sessions.describe", json!({"key": "s1"})).await;
    let id = &described["session"]["sessionId"];
    patch(
        &mut admin,
        json!({"key": "s1", "archived": true, "expectedSessionId": id}),
    )
    .await;
    assert_eq!(told(&mut client).await, ["upserted s1"]);
}

#[tokio::test]
async fn what_cannot_be_kept_live_is_refused() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.client(READ, CURSORS).await;
    for (params, message) in [
        (json!({"offset": 5}), "a live list takes no offset"),
        (
            json!({"activeMinutes": 5}),
            "a live list takes no activeMinutes",
        ),
        (
            json!({"limit": 0}),
            "invalid sessions.subscribe params: at /limit: must be >= 1",
        ),
    ] {
        let error = client
            .request("sessions.subscribe", with_id(params))
            .await
            .expect_err("it is refused");
        assert_eq!(error["code"], "INVALID_REQUEST");
        assert_eq!(error["message"], message);
    }
    let error = client
        .request("sessions.list", json!({"sortBy": "label"}))
        .await
        .expect_err("plain lists have the orders of protocol 4");
    assert_eq!(error["code"], "INVALID_REQUEST");
}

#[tokio::test]
async fn a_filtered_list_resumes_and_says_what_left() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["in", "out", "gone"] {
        patch(&mut admin, json!({"key": key, "category": "G"})).await;
    }
    let (client, answer) = subscribed(&gateway, json!({"group": "G"})).await;
    drop(client);
    patch(&mut admin, json!({"key": "out", "category": null})).await;
    patch(&mut admin, json!({"key": "other", "category": "H"})).await;
    ask(&mut admin, "sessions.delete", json!({"key": "gone"})).await;
    ask(&mut admin, "sessions.delete", json!({"key": "other"})).await;
    patch(&mut admin, json!({"key": "new", "category": "G"})).await;
    let params = json!({"group": "G", "since": answer["cursor"]});
    let (mut client, answer) = subscribed(&gateway, params).await;
    assert_eq!(answer["resumed"], true);
    assert_eq!(
        told(&mut client).await,
        ["left out", "drain gone deleted", "upserted new"]
    );
}

#[tokio::test]
async fn a_window_that_nobody_kept_comes_back_as_a_snapshot_with_the_evictions() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "b", "c"] {
        patch(
            &mut admin,
            json!({"key": key, "category": "G", "label": key}),
        )
        .await;
    }
    let window = json!({"group": "G", "sortBy": "label", "limit": 2});
    let (client, answer) = subscribed(&gateway, window.clone()).await;
    drop(client);
    let mut resume = window;
    resume["since"] = answer["cursor"].clone();
    // The window lives as long as its connection, whose end the gateway notices in its own time.
    while gateway.server.live_lists() > 0 {
        tokio::task::yield_now().await;
    }
    ask(&mut admin, "sessions.delete", json!({"key": "a"})).await;
    patch(&mut admin, json!({"key": "x", "category": "H"})).await;
    ask(&mut admin, "sessions.delete", json!({"key": "x"})).await;
    let (_client, answer) = subscribed(&gateway, resume).await;
    assert_eq!(answer["resumed"], false);
    assert_eq!(keys(&answer["list"]), ["b", "c"]);
    let evicted = answer["evicted"].as_array().expect("they are told");
    assert_eq!(
        evicted.len(),
        1,
        "only those that may have been in the list"
    );
    assert_eq!(evicted[0]["sessionKey"], "agent:main:a");
    assert_eq!(evicted[0]["reason"], "deleted");
}

#[tokio::test]
async fn subscribers_of_a_window_share_its_steps_and_resume() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let window = json!({"sortBy": "createdAt", "limit": 2});
    let (mut stays, _) = subscribed(&gateway, window.clone()).await;
    let (leaves, answer) = subscribed(&gateway, window.clone()).await;
    assert_eq!(gateway.server.live_lists(), 1);
    drop(leaves);
    for key in ["a", "b", "c"] {
        patch(&mut admin, json!({"key": key})).await;
    }
    let mut resume = window;
    resume["since"] = answer["cursor"].clone();
    let (mut client, answer) = subscribed(&gateway, resume).await;
    assert_eq!(answer["resumed"], true);
    let events = told(&mut client).await;
    assert_eq!(events, told(&mut stays).await);
    assert_eq!(events.last().map(String::as_str), Some("upserted c"));
}

#[tokio::test]
async fn a_window_grows_in_place_without_a_gap() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "b", "c", "d"] {
        patch(&mut admin, json!({"key": key, "label": key})).await;
    }
    let (mut client, answer) = subscribed(&gateway, json!({"sortBy": "label", "limit": 1})).await;
    ask(&mut admin, "sessions.delete", json!({"key": "a"})).await;
    let grown = client
        .request(
            "sessions.subscribe",
            with_id(
                json!({"sortBy": "label", "limit": 2, "since": answer["cursor"], "snapshot": true}),
            ),
        )
        .await
        .expect("it grows");
    assert_eq!(keys(&grown["list"]), ["b", "c"]);
    assert_eq!(grown["evicted"][0]["sessionKey"], "agent:main:a");
    let _told_before_it_grew = client.events_so_far().await;
    ask(&mut admin, "sessions.delete", json!({"key": "b"})).await;
    assert_eq!(told(&mut client).await, ["drain b deleted", "upserted d"]);
}

#[tokio::test]
async fn a_change_reaches_only_the_lists_that_it_concerns() {
    let gateway = Gateway::start(&["--agent", "main", "--agent", "other"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let (mut client, answer) = subscribed(&gateway, json!({"agentId": "main", "limit": 5})).await;
    for _ in 0..20 {
        patch(&mut admin, json!({"key": "agent:other:x", "pinned": true})).await;
        patch(&mut admin, json!({"key": "agent:other:x", "pinned": false})).await;
    }
    assert_eq!(told(&mut client).await, Vec::<String>::new());
    patch(&mut admin, json!({"key": "s"})).await;
    let event = client.next_event("sessions.changed").await;
    assert_eq!(event["prev"], answer["cursor"]["offset"]);
}

#[tokio::test]
async fn a_quiet_list_tells_all_however_much_happens_elsewhere() {
    let gateway = Gateway::start(&["--journal-entries", "5"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    patch(&mut admin, json!({"key": "a", "label": "A"})).await;
    for params in [json!({"label": "A"}), json!({"label": "A", "limit": 3})] {
        let (mut client, _) = subscribed(&gateway, params).await;
        for round in 0..20 {
            patch(&mut admin, json!({"key": "b", "icon": round.to_string()})).await;
        }
        ask(&mut admin, "sessions.reset", json!({"key": "a"})).await;
        assert_eq!(told(&mut client).await, ["drain a reset", "upserted a"]);
    }
}

async fn subscribed(gateway: &Gateway, params: Value) -> (Client, Value) {
    let mut client = gateway.client(READ, CURSORS).await;
    let answer = client
        .request("sessions.subscribe", with_id(params))
        .await
        .expect("it is allowed");
    (client, answer)
}

fn with_id(mut params: Value) -> Value {
    params["subscription"] = "list".into();
    params
}

async fn ask(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params.clone()).await;
    answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"))
}

async fn patch(client: &mut Client, params: Value) {
    ask(client, "sessions.patch", params).await;
}

fn keys(list: &Value) -> Vec<String> {
    let rows = list["sessions"].as_array().expect("rows").iter();
    rows.map(|row| name(&row["key"])).collect()
}

fn name(key: &Value) -> String {
    let key = key.as_str().expect("a key");
    key.trim_start_matches("agent:main:").to_owned()
}

/// What the list was told up to now.
async fn told(client: &mut Client) -> Vec<String> {
    let events = client.events_so_far().await.into_iter();
    let listed = events.filter(|event| event["subscription"] == "list" && event["event"] != "tick");
    listed
        .map(|event| {
            let payload = &event["payload"];
            let key = name(session_key(payload));
            match event["event"].as_str() {
                Some("socket.drain") => {
                    format!("drain {key} {}", payload["reason"].as_str().unwrap_or("?"))
                }
                _ => format!("{} {key}", payload["change"].as_str().unwrap_or("upserted")),
            }
        })
        .collect()
}
