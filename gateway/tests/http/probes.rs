//! Whether the gateway lives and is ready.

use serde_json::json;

use crate::support::{ADMIN, Gateway};

#[tokio::test]
async fn probes_answer_everybody() {
    let gateway = Gateway::start(&[]).await;
    for path in ["/health", "/healthz"] {
        let answer = gateway.raw("GET", path, &[], "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), json!({"ok": true, "status": "live"}));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for path in ["/ready", "/readyz"] {
        let answer = gateway.raw("GET", path, &[], "").await;
        assert_eq!(answer.status, 200);
        let report = answer.json();
        assert_eq!(
            (&report["ready"], &report["failing"]),
            (&json!(true), &json!([]))
        );
        assert!(report["uptimeMs"].is_u64());
    }
    assert_eq!(gateway.raw("HEAD", "/healthz", &[], "").await.status, 200);
    let refused = gateway.raw("POST", "/healthz", &[], "").await;
    assert_eq!(refused.status, 405);
    assert_eq!(refused.json()["error"]["type"], "method_not_allowed");
}

#[tokio::test]
async fn readiness_follows_the_store() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let path = gateway.data.path().join("sessions.sqlite");
    let meddler = rusqlite::Connection::open(path).expect("the file is there");
    let break_with = |statement: &str| {
        meddler
            .execute_batch(statement)
            .expect("the schema can be changed");
    };

    break_with("ALTER TABLE journal RENAME TO journal_away; ALTER TABLE meta RENAME TO meta_away");
    let error = admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect_err("it cannot be stored");
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("UNAVAILABLE"), &json!(true))
    );
    let answer = gateway.raw("GET", "/readyz", &[], "").await;
    assert_eq!(
        (answer.status, &answer.json()["failing"]),
        (503, &json!(["store"]))
    );
    assert_eq!(gateway.raw("GET", "/healthz", &[], "").await.status, 200);

    break_with("ALTER TABLE journal_away RENAME TO journal; ALTER TABLE meta_away RENAME TO meta");
    assert_eq!(gateway.raw("GET", "/readyz", &[], "").await.status, 200);
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is stored again");
}
