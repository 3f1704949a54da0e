//! Goals changed by programs.

mod support;
mod talk;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use support::Gateway;
use talk::{KEY, WRITE, outline};

#[tokio::test]
async fn a_goal_operation_is_carried_out_once() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let mut params = json!({
        "sessionKey": KEY, "goalId": "none", "operationId": "one", "issuedAtMs": now(),
        "action": "pause", "note": "why",
    });
    assert_eq!(
        writer.refusal("sessions.goal.update", params.clone()).await,
        "Session changed or was removed; refresh its Goal."
    );
    let start = json!({
        "sessionKey": KEY, "message": "Ship it", "idempotencyKey": "r",
        "intent": {"kind": "session-goal-start", "version": 1, "issuedAtMs": now()},
    });
    writer.ask("sessions.subscribe", json!({})).await;
    writer.ask("chat.send", start).await;
    writer.events().await;
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    let goal = described["session"]["goal"].clone();
    assert_eq!(
        (&goal["objective"], &goal["status"]),
        (&json!("Ship it"), &json!("active"))
    );

    let rebound = writer
        .request("sessions.goal.update", params.clone())
        .await
        .expect_err("it is another goal");
    assert_eq!(
        rebound["message"],
        "Goal changed or was cleared; refresh before trying again."
    );
    assert_eq!(
        rebound["details"],
        json!({"code": "GOAL_OPERATION_REJECTED", "reason": "goal-rebound"})
    );

    params["goalId"] = goal["id"].clone();
    let receipt = writer.ask("sessions.goal.update", params.clone()).await;
    assert_eq!(receipt["status"], "updated");
    assert_eq!(receipt["goal"]["status"], "paused");
    assert_eq!(receipt["goal"]["lastStatusNote"], "why");
    assert!(receipt.get("replayed").is_none());
    let events = writer.events().await;
    assert_eq!(outline(&events), ["sessions.changed goal"]);
    assert_eq!(events[0]["payload"]["session"]["goal"], receipt["goal"]);

    drop(writer);
    let gateway = gateway.restart(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    writer.ask("sessions.subscribe", json!({})).await;
    let mut replayed = writer.ask("sessions.goal.update", params.clone()).await;
    assert_eq!(replayed["replayed"].take(), json!(true));
    replayed
        .as_object_mut()
        .expect("a receipt")
        .remove("replayed");
    assert_eq!(replayed, receipt);
    assert!(writer.events().await.is_empty());

    let with = |field: &str, value: Value| {
        let mut params = params.clone();
        params["operationId"] = json!(format!("with {field}"));
        params[field] = value;
        params
    };
    for (params, reason, sentence) in [
        (with("operationId", json!("one")), None, ""),
        (
            {
                let mut other = with("note", json!("different"));
                other["operationId"] = json!("one");
                other
            },
            Some("operation-conflict"),
            "Goal operation ID was already used for a different request.",
        ),
        (
            with("issuedAtMs", json!(1)),
            Some("expired"),
            "Goal operation expired; review the current Goal before trying again.",
        ),
        (
            with("issuedAtMs", json!(now() + 3_600_000)),
            Some("invalid"),
            "Goal operation time is invalid; refresh and try again.",
        ),
    ] {
        match (reason, writer.request("sessions.goal.update", params).await) {
            (None, answer) => assert!(answer.is_ok()),
            (Some(reason), answer) => {
                let error = answer.expect_err(reason);
                assert_eq!(error["message"], sentence);
                assert_eq!(error["details"]["reason"], reason);
            }
        }
    }
    assert_eq!(
        writer
            .refusal("sessions.goal.update", with("sessionId", json!("x")))
            .await,
        "Session changed or was removed; refresh its Goal."
    );
    let mut edit = with("action", json!("edit"));
    edit["objective"] = json!("   ");
    edit.as_object_mut().expect("params").remove("note");
    assert_eq!(
        writer.refusal("sessions.goal.update", edit).await,
        "objective required"
    );

    let clear = json!({
        "sessionKey": KEY, "goalId": goal["id"], "operationId": "last", "issuedAtMs": now(),
    });
    for _ in 0..2 {
        let cleared = writer.ask("sessions.goal.clear", clear.clone()).await;
        assert_eq!(
            (&cleared["action"], &cleared["status"]),
            (&json!("clear"), &json!("cleared"))
        );
        assert!(cleared.get("goal").is_none());
    }
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert!(described["session"].get("goal").is_none());
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.expect("it is after 1970").as_millis()).expect("and before long")
}
