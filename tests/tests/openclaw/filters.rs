//! What lists choose: OpenClaw's gateway is asked, this gateway in front of it, and the live lists of the Rust SDK at
//! both, all with the same params.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use sessionwire::protocol::sessions::SessionsListParams;
use sessionwire::{Client, Error, SessionEvent, Sessions};
use sessionwire_tests::TestGateway;
use tokio::time::timeout;

use crate::follower::PATIENCE;
use crate::gateway::OpenClaw;
use crate::health::until_live;

const MAIN: &str = "agent:main:main";

#[tokio::test(flavor = "multi_thread")]
async fn every_list_chooses_what_openclaw_chooses() {
    let mut gateway = OpenClaw::start().await;
    let there = Client::connect(&gateway.url(), OpenClaw::TOKEN).expect("it is an address");
    for (method, params) in beginnings() {
        change(&there, method, params).await;
    }
    let id = session_id(&there, "agent:main:plain").await;
    let upstream = [
        "--upstream",
        &gateway.url(),
        "--upstream-token",
        OpenClaw::TOKEN,
    ];
    let mut front = TestGateway::start_with(&upstream).await;
    until_live(&front).await;
    let here = Client::connect(&front.url(), TestGateway::TOKEN).expect("it is an address");

    let mut choices = choices();
    choices.push(json!({"search": id[..13].to_uppercase()}));
    let mut lists = Vec::new();
    for params in &choices {
        let typed: SessionsListParams = serde_json::from_value(params.clone()).expect("params");
        for (place, client) in [("in front", &here), ("there", &there)] {
            let mut sessions = client.sessions_with(&typed);
            let first = timeout(PATIENCE, sessions.next()).await;
            let is_list = matches!(first, Ok(Some(SessionEvent::Snapshot { .. })));
            assert!(is_list, "{params} {place}: {first:?}");
            lists.push((place, params, sessions));
        }
    }
    let mut counts = Vec::new();
    for step in [vec![], changes()] {
        for (method, params) in step {
            change(&here, method, params).await;
        }
        counts.clear();
        for (params, lists) in choices.iter().zip(lists.chunks_mut(2)) {
            let expected = listed(&there, params).await;
            assert_eq!(listed(&here, params).await, expected, "{params}");
            for (place, params, sessions) in lists {
                until_shown(sessions, &expected, &format!("{params} {place}")).await;
            }
            counts.push(expected.len());
        }
    }
    // Params by which all or none were chosen would show nothing.
    let all = *counts.iter().max().expect("there are lists");
    let telling = counts.iter().filter(|count| (1..all).contains(*count));
    assert!(telling.count() > choices.len() / 2, "{counts:?}");

    for (name, value) in unshown() {
        let params = json!({ name: value });
        let expected = listed(&there, &params).await;
        assert_eq!(listed(&here, &params).await, expected, "{params}");
        let at_once = ask(&here, "sessions.subscribe", &params).await;
        assert_eq!(keys(&at_once["list"]), expected, "{params}");
        let typed: SessionsListParams = serde_json::from_value(params).expect("params");
        for client in [&here, &there] {
            let refused = client.sessions_with(&typed).next().await;
            assert_eq!(refused, Some(SessionEvent::Failed(Error::NotLive(name))));
        }
    }
    drop(lists);
    here.close().await;
    there.close().await;
    front.stop().await;
    gateway.stop().await;
}

/// What makes the sessions.
fn beginnings() -> Vec<(&'static str, Value)> {
    let created = [
        json!({"key": MAIN}),
        json!({"key": "agent:main:plain", "label": "k6"}),
        json!({"key": "agent:main:spaced", "label": "  Two words  "}),
        json!({"key": "agent:main:cron:job1", "label": "Nightly"}),
        json!({"key": "agent:main:cron:job1:run:1"}),
        json!({"key": "agent:main:cronies"}),
        json!({"key": "agent:main:subagent:helper"}),
        json!({"key": "agent:main:child", "parentSessionKey": "agent:main:plain"}),
        json!({"key": "agent:main:grouped", "label": "Grouped", "category": "Work"}),
        json!({"key": "agent:main:faced"}),
        json!({"key": "agent:main:dashboard:d"}),
        json!({"key": "agent:main:put-away"}),
        json!({"key": "agent:main:top"}),
        json!({"key": "agent:main:discord:group:g1"}),
        json!({"key": "agent:other:plain", "label": "Other"}),
    ];
    let patched = [
        json!({"key": "global", "label": "Everywhere"}),
        json!({"key": "agent:main:faced", "boardFace": "dashboard"}),
        json!({"key": "agent:main:plain", "boardFace": "chat"}),
        json!({"key": "agent:main:put-away", "archived": true}),
        json!({"key": "agent:main:top", "pinned": true}),
        json!({"key": "agent:other:plain", "category": "Home"}),
    ];
    let created = created.map(|params| ("sessions.create", params));
    let patched = patched.map(|params| ("sessions.patch", params));
    created.into_iter().chain(patched).collect()
}

/// What happens to them while the lists are live.
fn changes() -> Vec<(&'static str, Value)> {
    vec![
        ("sessions.create", json!({"key": "agent:main:cron:job2"})),
        (
            "sessions.create",
            json!({"key": "agent:main:cron:job2:run:7"}),
        ),
        (
            "sessions.create",
            json!({"key": "agent:other:child", "parentSessionKey": "agent:main:plain"}),
        ),
        (
            "sessions.patch",
            json!({"key": "agent:main:grouped", "category": null}),
        ),
        (
            "sessions.patch",
            json!({"key": "agent:main:spaced", "category": "Work", "pinned": true}),
        ),
        (
            "sessions.patch",
            json!({"key": "agent:main:faced", "archived": true}),
        ),
        (
            "sessions.patch",
            json!({"key": "agent:main:plain", "label": "Three  words"}),
        ),
        (
            "sessions.patch",
            json!({"key": "agent:main:put-away", "archived": false}),
        ),
    ]
}

fn choices() -> Vec<Value> {
    let mut choices = vec![
        json!({"includeGlobal": true}),
        json!({"includeUnknown": true}),
        json!({"includeGlobal": false}),
        json!({"excludeCron": true}),
        json!({"excludeCron": false, "sortBy": "lastInteractionAt"}),
        json!({"excludeSystem": true}),
        json!({"excludeSubagents": true}),
        json!({"archived": true}),
        json!({"archived": "all", "sortBy": "activity"}),
        json!({"pinned": true}),
        json!({"pinned": false, "includeGlobal": true}),
        json!({"activeOnly": true}),
        json!({"requireLastInteraction": true}),
        json!({"agentId": "main", "includeGlobal": true}),
        json!({"agentId": " MAIN "}),
        json!({"agentId": "other", "excludeCron": true}),
        json!({"agentId": "o!ther"}),
        json!({"group": ""}),
        json!({"group": "Work"}),
        json!({"group": "work"}),
        json!({"group": "Home", "agentId": "other"}),
        json!({"label": " k6 "}),
        json!({"label": "Two words"}),
        json!({"label": " "}),
        json!({"boardFace": "chat"}),
        json!({"boardFace": "dashboard", "archived": "all"}),
        json!({"spawnedBy": "agent:main:plain"}),
        json!({"spawnedBy": MAIN}),
        json!({"spawnedBy": MAIN, "excludeSubagents": true, "includeGlobal": true}),
    ];
    let searches = [
        "cron",
        "CRONIES",
        "k6",
        "two WORDS",
        " words ",
        "work",
        "idle",
        "live running",
        "direct",
        "group",
        "codex",
        "openai",
        "openai/gpt",
        "astra",
        "agent:other",
        "main:plain",
        "discord",
        "everywhere",
        "nothing of this kind",
    ];
    choices.extend(searches.map(|text| json!({"search": text, "includeGlobal": true})));
    choices
}

/// What rows do not show.
fn unshown() -> [(&'static str, Value); 11] {
    [
        ("configuredAgentsOnly", true.into()),
        ("creatorId", "somebody".into()),
        ("hasBoard", false.into()),
        ("includePeople", true.into()),
        ("involvingMe", true.into()),
        ("involvingProfileId", "somebody".into()),
        ("ownerFirst", true.into()),
        ("ownerId", "somebody".into()),
        (
            "profileRelation",
            json!({"profileId": "somebody", "relationship": "owned"}),
        ),
        ("projectId", "a-project".into()),
        ("workspaceDir", "/tmp".into()),
    ]
}

/// Waits until a live list shows these, in this order.
async fn until_shown(sessions: &mut Sessions, expected: &[String], list: &str) {
    let shown = |sessions: &Sessions| -> Vec<_> {
        let rows = sessions.list().iter();
        rows.map(|row| row.key.to_string()).collect()
    };
    while shown(sessions) != expected {
        let Ok(Some(_)) = timeout(PATIENCE, sessions.next()).await else {
            panic!("{list} shows {:?}, not {expected:?}", shown(sessions));
        };
    }
}

/// The keys that a gateway lists.
async fn listed(client: &Client, params: &Value) -> Vec<String> {
    let mut params = params.clone();
    params["limit"] = 1_000.into();
    keys(&ask(client, "sessions.list", &params).await)
}

fn keys(list: &Value) -> Vec<String> {
    let rows = list["sessions"].as_array().expect("rows").iter();
    let keys = rows.map(|row| row["key"].as_str().expect("a key").to_owned());
    let keys: Vec<_> = keys.collect();
    assert_eq!(list["totalCount"], keys.len());
    keys
}

/// Makes a change, of which OpenClaw's gateway may want to know which transcript it is for.
async fn change(client: &Client, method: &str, mut params: Value) {
    if params.get("archived").is_some() {
        let key = params["key"].as_str().expect("a key");
        params["expectedSessionId"] = session_id(client, key).await.into();
    }
    ask(client, method, &params).await;
}

async fn session_id(client: &Client, key: &str) -> String {
    let described = ask(client, "sessions.describe", &json!({ "key": key })).await;
    let id = described["session"]["sessionId"].as_str();
    id.expect("it has one").to_owned()
}

async fn ask(client: &Client, method: &str, params: &Value) -> Value {
    let raw: Box<RawValue> = to_raw_value(params).expect("JSON");
    let answer = client.request(method, Some(&raw)).await;
    let answer = answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"));
    serde_json::from_str(answer.get()).expect("JSON")
}
