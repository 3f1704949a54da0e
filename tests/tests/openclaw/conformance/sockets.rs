//! Plain sockets that ask for each of our methods, and for the same at OpenClaw's gateway.

use serde_json::{Value, json};
use sessionwire_tests::TestGateway;

use super::contract::{self, Verdict};
use super::device;
use super::report::{Report, THEIRS_HERE};
use super::script::{self, Socket};
use super::tap::Tap;
use crate::gateway::OpenClaw;

#[tokio::test(flavor = "multi_thread")]
async fn plain_sockets_that_ask_for_everything() {
    let report = Report::of(THEIRS_HERE, "plain sockets");
    let mut gateway = TestGateway::start_with(&["--tick-interval", "1s"]).await;
    let tap = Tap::start(gateway.address()).await;
    script::play(&tap.url(), TestGateway::TOKEN).await;
    let url = tap.url();
    let managed = device::manage(&url, TestGateway::TOKEN);
    let behaviour = "waits to be approved and is shown out";
    report.shows(behaviour, managed).await;
    let offered = behave(&tap.url(), report, &mut gateway).await;

    let recording = tap.end().await;
    let held = contract::hold(&recording);
    let verdict = report.shows("is sent valid frames only", held).await;
    for method in &offered {
        assert!(
            verdict.methods.contains(method),
            "{method} was not asked for"
        );
    }
    let events = [
        "chat",
        "connect.challenge",
        "device.pair.requested",
        "device.pair.resolved",
        "presence",
        "session.message",
        "sessions.changed",
        "shutdown",
        "socket.drain",
        "tick",
    ];
    for event in events {
        assert!(
            verdict.events.iter().any(|seen| seen == event),
            "{event} was not seen"
        );
    }
}

/// A difference stands in the list only if OpenClaw's own gateway is seen to have it.
#[tokio::test(flavor = "multi_thread")]
async fn the_listed_differences_are_those_of_openclaw_too() {
    let mut gateway = OpenClaw::start().await;
    let tap = Tap::start(gateway.address()).await;
    script::play(&tap.url(), OpenClaw::TOKEN).await;
    let Verdict {
        mut differences, ..
    } = contract::judge(&tap.end().await).await;
    gateway.stop().await;
    differences.sort();
    assert_eq!(differences, contract::listed());
}

/// What only this gateway is asked, and each behaviour by itself. Gives the methods that it offers.
async fn behave(url: &str, report: Report, gateway: &mut TestGateway) -> Vec<String> {
    let key = "agent:main:sockets";
    let connecting = async {
        let actor = Socket::connect(url, TestGateway::TOKEN, &[]).await?;
        Ok::<_, Value>((actor, Socket::connect(url, TestGateway::TOKEN, &[]).await?))
    };
    let connected = report.shows("connects", connecting).await;
    let (mut actor, mut watcher) = connected.unwrap_or_else(|error| panic!("{error}"));
    watcher.call("sessions.subscribe", json!({})).await;

    let lists = async {
        actor.call("sessions.create", json!({"key": key})).await;
        let list = actor.call("sessions.list", json!({"limit": 5})).await;
        assert_eq!(list["sessions"][0]["key"], key);
    };
    report.shows("lists sessions", lists).await;
    for (behaviour, change, shows) in [
        (
            "follows what others change",
            json!({"category": "Work"}),
            json!({"category": "Work"}),
        ),
        (
            "renames",
            json!({"label": "Renamed"}),
            json!({"label": "Renamed"}),
        ),
        ("pins", json!({"pinned": true}), json!({"pinned": true})),
        (
            "archives",
            json!({"archived": true}),
            json!({"archived": true}),
        ),
        (
            "archives",
            json!({"archived": false}),
            json!({"archived": false}),
        ),
    ] {
        let patches = async {
            let described = actor.call("sessions.describe", json!({"key": key})).await;
            let mut params = json!({"key": key});
            if change.get("archived").is_some() {
                params["expectedSessionId"] = described["session"]["sessionId"].clone();
            }
            let members = change.as_object().expect("an object").clone();
            params.as_object_mut().expect("an object").extend(members);
            actor.call("sessions.patch", params).await;
            let shown = |payload: &Value| {
                let mut members = shows.as_object().expect("an object").iter();
                let row = &payload["session"];
                row["key"] == key && members.all(|(name, value)| &row[name] == value)
            };
            watcher.event("sessions.changed", shown).await;
        };
        report.shows(behaviour, patches).await;
    }

    let commands = async {
        for message in ["/name Named", "/goal start Ship it"] {
            let params = json!({"sessionKey": key, "message": message, "idempotencyKey": message});
            actor.call("chat.send", params).await;
            let told = |payload: &Value| payload["reason"] == "command-metadata";
            watcher.event("sessions.changed", told).await;
        }
        let described = actor.call("sessions.describe", json!({"key": key})).await;
        let row = &described["session"];
        assert_eq!(
            (&row["label"], &row["goal"]["objective"]),
            (&json!("Named"), &json!("Ship it"))
        );
        row["goal"]["id"].clone()
    };
    let goal = report.shows("sends /name and /goal", commands).await;
    let operation = |id: &str| json!({"sessionKey": key, "goalId": goal, "operationId": id, "issuedAtMs": now()});
    let mut paused = operation("first");
    paused["action"] = "pause".into();
    actor.call("sessions.goal.update", paused).await;
    actor.call("sessions.goal.clear", operation("second")).await;
    actor
        .call(
            "sessions.groups.put",
            json!({"names": ["Play", "Work", "Mine"]}),
        )
        .await;
    let defaults = json!({"name": "Mine", "cwd": null, "worktree": false});
    actor.call("sessions.groups.update", defaults).await;

    let opens = async {
        watcher
            .call("sessions.messages.subscribe", json!({"key": key}))
            .await;
        let said = json!({"sessionKey": key, "message": "hello", "idempotencyKey": "hello"});
        actor.call("chat.send", said).await;
        watcher
            .event("session.message", |payload| {
                payload["message"]["role"] == "user"
            })
            .await;
        let history = watcher
            .call("chat.history", json!({"sessionKey": key}))
            .await;
        assert!(history["messages"].to_string().contains("hello"));
    };
    report.shows("opens a session", opens).await;
    let refusals = async {
        let refused = actor.ask("sessions.list", json!({"limit": 0})).await;
        assert_eq!(refused.expect_err("too few")["code"], "INVALID_REQUEST");
        let stranger = Socket::connect(url, "another", &[]).await.err();
        let refused = stranger.expect("the token is wrong");
        assert_eq!(refused["details"]["code"], "AUTH_TOKEN_MISMATCH");
    };
    report.shows("is told of refusals", refusals).await;

    let resets = async {
        actor.call("sessions.reset", json!({"key": key})).await;
        watcher
            .event("sessions.changed", |payload| payload["reason"] == "reset")
            .await;
        watcher
            .event("socket.drain", |payload| payload["reason"] == "reset")
            .await;
    };
    report.shows("resets", resets).await;
    let deletes = async {
        actor.call("sessions.delete", json!({"key": key})).await;
        watcher
            .event("sessions.changed", |payload| payload["reason"] == "delete")
            .await;
        watcher
            .event("socket.drain", |payload| payload["reason"] == "deleted")
            .await;
    };
    report.shows("deletes", deletes).await;
    // Every frame was looked at on its way.
    report.note("sees no gap", true);

    watcher.event("tick", |_| true).await;
    let offered = watcher.offered.clone();
    gateway.stop().await;
    watcher.event("shutdown", |_| true).await;
    offered
}

fn now() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    u64::try_from(since.expect("it is past 1970").as_millis()).expect("it fits")
}
