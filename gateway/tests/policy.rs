//! Sessions that must go by policy.

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use sessionwire_gateway::change::Change;
use sessionwire_gateway::eviction::{Evicted, Policy, enforce};
use sessionwire_gateway::gateway::Gateway as Core;
use sessionwire_gateway::methods::cleanup::cleanup;
use sessionwire_protocol::sessions::SessionsCleanupParams;
use sessionwire_protocol::{ChangeReason, EvictionReason, SessionKey};
use support::{ADMIN, CURSORS, Client, Gateway, READ, store};
use tempfile::TempDir;

#[tokio::test]
async fn idle_sessions_expire_and_everybody_is_told() {
    let gateway = Gateway::start(&["--session-idle-ttl", "1500ms"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.subscriber(READ).await;
    let mut lean = gateway.client(READ, CURSORS).await;
    lean.request("sessions.subscribe", json!({"subscription": "s"}))
        .await
        .expect("it is allowed");
    let mut follower = gateway.client(READ, &[]).await;
    follower
        .request("sessions.messages.subscribe", json!({"key": "idle"}))
        .await
        .expect("it is allowed");
    let idle = make(&mut admin, json!({"key": "idle"})).await;
    make(&mut admin, json!({"key": "main"})).await;
    make(&mut admin, json!({"key": "global"})).await;
    make(&mut admin, json!({"key": "pinned"})).await;
    admin
        .request("sessions.patch", json!({"key": "pinned", "pinned": true}))
        .await
        .expect("it is pinned");

    for client in [&mut plain, &mut lean, &mut follower] {
        let drain = client.next_event("socket.drain").await;
        let payload = &drain["payload"];
        assert_eq!(payload["reason"], "expired");
        assert_eq!(payload["sessionKey"], "agent:main:idle");
        assert_eq!(payload["sessionId"], idle["sessionId"]);
        assert_eq!(
            payload["lifecycleRevision"],
            idle["entry"]["lifecycleRevision"]
        );
    }
    let reasons = reasons_for_plain_protocol(&mut plain).await;
    assert_eq!(reasons, ["delete", "cleanup"]);
    let gone = gateway.http("GET", "/v1/chat/sessions/idle", None).await;
    assert_eq!(
        (gone.status, &gone.json()["error"]["reason"]),
        (410, &json!("expired"))
    );
    let list = admin
        .request("sessions.list", json!({"includeGlobal": true}))
        .await
        .expect("it is a list");
    let mut left = keys(&list);
    left.sort_unstable();
    assert_eq!(left, ["agent:main:main", "agent:main:pinned", "global"]);
    let figures = gateway.raw("GET", "/metrics", &[], "").await;
    assert!(
        figures
            .body
            .contains("sessionwire_evictions_total{reason=\"expired\"} 1")
    );
}

#[tokio::test]
async fn one_session_too_many_sends_the_longest_idle_away() {
    let gateway = Gateway::start(&["--max-sessions", "2"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut plain = gateway.subscriber(READ).await;
    for key in ["a", "b"] {
        make(&mut admin, json!({"key": key})).await;
    }
    admin
        .request("sessions.patch", json!({"key": "a", "label": "busy"}))
        .await
        .expect("it is patched");
    make(&mut admin, json!({"key": "c"})).await;
    let drain = plain.next_event("socket.drain").await;
    assert_eq!(drain["payload"]["sessionKey"], "agent:main:b");
    assert_eq!(drain["payload"]["reason"], "expired");
    let list = admin
        .request("sessions.list", json!({}))
        .await
        .expect("it is a list");
    let mut left = keys(&list);
    left.sort_unstable();
    assert_eq!(left, ["agent:main:a", "agent:main:c"]);
}

#[tokio::test]
async fn a_gateway_that_starts_with_too_many_sends_them_away() {
    let data = tempfile::tempdir().expect("a temporary folder");
    fill(&store::open(data.path(), &[]), 5).await;
    let gateway = Gateway::start_in(data, &["--max-sessions", "3"]).await;
    let gone = async {
        while gateway
            .http("GET", "/v1/chat/sessions/s1", None)
            .await
            .status
            != 410
        {}
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone)
        .await
        .expect("the oldest go");
    assert_eq!(
        gateway
            .http("GET", "/v1/chat/sessions/s2", None)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn many_go_in_bounded_commits() {
    let (_data, core) = core(&["--max-sessions", "10"]);
    fill(&core, 400).await;
    let before = core.sessions.read().journal().head();
    let policy = Policy::of(&core.config);
    let evicted = enforce(&core, policy, |_| true).await.expect("it commits");
    assert_eq!(
        evicted,
        Evicted {
            idle: 0,
            excess: 390
        }
    );
    let again = enforce(&core, policy, |_| true).await.expect("it commits");
    assert_eq!(again, Evicted::default());
    let state = core.sessions.read();
    assert_eq!(state.catalog().len(), 10);
    let mut expected = 0..390;
    for entry in state.journal().since(before).expect("it is remembered") {
        let Change::Evicted { drain } = &entry.change else {
            panic!("nothing else happened");
        };
        let number = expected.next().expect("there are no more");
        assert_eq!(drain.session_key.as_str(), format!("agent:main:s{number}"));
        assert_eq!(drain.reason, EvictionReason::Expired);
    }
    assert_eq!(expected.next(), None);
}

#[tokio::test]
async fn what_was_touched_in_the_meantime_stays() {
    let (_data, core) = core(&["--max-sessions", "1"]);
    fill(&core, 2).await;
    let key = SessionKey::from("agent:main:s0");
    let touching = core.sessions.commit(move |transaction| {
        transaction.update(&key, ChangeReason::PATCH, |_| {});
        Ok(())
    });
    // Proposed behind the change, and decided with it in mind, whether or not both share a batch.
    let evicted = enforce(&core, Policy::of(&core.config), |_| true).await;
    touching.await.expect("it is touched");
    assert_eq!(evicted.expect("it commits").total(), 1);
    let state = core.sessions.read();
    let left: Vec<_> = state
        .catalog()
        .iter()
        .map(|session| session.key.as_str())
        .collect();
    assert_eq!(left, ["agent:main:s0"]);
}

#[tokio::test]
async fn cleanup_applies_the_policy_or_tells_what_it_would_do() {
    let (_data, core) = core(&["--max-sessions", "2", "--agent", "main", "--agent", "work"]);
    fill(&core, 5).await;
    let caller = store::admin(&core);
    let dry = cleanup(caller.clone(), params(json!({"enforce": false})))
        .await
        .expect("it is told");
    assert_eq!(
        (dry.mode.as_str(), dry.dry_run, dry.applied),
        ("warn", true, false)
    );
    assert_eq!((dry.before_count, dry.after_count, dry.capped), (5, 2, 3));
    assert_eq!(core.sessions.read().catalog().len(), 5);

    let other = cleanup(caller.clone(), params(json!({"agent": "work"})))
        .await
        .expect("it has no sessions");
    assert_eq!(
        (
            other.agent_id.as_str(),
            other.after_count,
            other.would_mutate
        ),
        ("work", 5, false)
    );
    let unknown = cleanup(caller.clone(), params(json!({"agent": "ghost"}))).await;
    assert_eq!(
        unknown.expect_err("there is none").message,
        "Unknown agent id \"ghost\""
    );

    let done = cleanup(caller, params(json!({"activeKey": "s0"})))
        .await
        .expect("it is done");
    assert_eq!(
        (done.mode.as_str(), done.dry_run, done.applied),
        ("enforce", false, true)
    );
    assert_eq!((done.before_count, done.after_count), (5, 3));
    assert_eq!((done.pruned, done.capped), (0, 2));
    let active = SessionKey::from("agent:main:s0");
    assert!(core.sessions.read().catalog().get(&active).is_some());
}

#[tokio::test]
async fn cleanup_prunes_what_is_idle() {
    let (_data, core) = core(&["--session-idle-ttl", "1ms", "--max-sessions", "2"]);
    fill(&core, 5).await;
    let done = cleanup(store::admin(&core), SessionsCleanupParams::default())
        .await
        .expect("it is done");
    assert_eq!((done.pruned, done.capped, done.after_count), (5, 0, 0));
}

#[tokio::test]
async fn cleanup_is_for_administrators() {
    let gateway = Gateway::start(&["--session-idle-ttl", "30d"]).await;
    let mut writer = gateway.client(&["operator.write"], &[]).await;
    let error = writer
        .request("sessions.cleanup", json!({}))
        .await
        .expect_err("it is refused");
    assert_eq!(error["details"]["missingScope"], "operator.admin");
    let mut admin = gateway.client(ADMIN, &[]).await;
    make(&mut admin, json!({"key": "a"})).await;
    let done = admin
        .request("sessions.cleanup", json!({}))
        .await
        .expect("it is done");
    let path = gateway.data.path().join("sessions.sqlite");
    assert_eq!(
        done,
        json!({
            "agentId": "main",
            "storePath": path,
            "mode": "enforce",
            "dryRun": false,
            "beforeCount": 1,
            "afterCount": 1,
            "pruned": 0,
            "capped": 0,
            "wouldMutate": false,
            "applied": true,
        })
    );
}

fn core(args: &[&str]) -> (TempDir, Arc<Core>) {
    let data = tempfile::tempdir().expect("a temporary folder");
    let core = store::open(data.path(), args);
    (data, core)
}

/// Makes sessions `s0`, `s1` …, each later than the one before.
async fn fill(core: &Core, count: u64) {
    let filling = core.sessions.commit(move |transaction| {
        for number in 0..count {
            let key = SessionKey::from(format!("agent:main:s{number}").as_str());
            let at = transaction.now() - count + number;
            transaction.maintain(&key, ChangeReason::CREATE, |entry| entry.updated_at = at);
        }
        Ok(())
    });
    filling.await.expect("they are stored");
}

fn params(params: Value) -> SessionsCleanupParams {
    serde_json::from_value(params).expect("they are params")
}

async fn make(admin: &mut Client, params: Value) -> Value {
    admin
        .request("sessions.create", params)
        .await
        .expect("it is made")
}

/// The reasons of the frames behind a drain.
async fn reasons_for_plain_protocol(client: &mut Client) -> Vec<String> {
    let events = client.events_so_far().await;
    events
        .iter()
        .filter(|event| event["event"] == "sessions.changed")
        .filter_map(|event| event["payload"]["reason"].as_str())
        .filter(|reason| matches!(*reason, "delete" | "cleanup"))
        .map(str::to_owned)
        .collect()
}

fn keys(list: &Value) -> Vec<&str> {
    let rows = list["sessions"].as_array().expect("there are rows");
    rows.iter()
        .map(|row| row["key"].as_str().expect("a key"))
        .collect()
}
