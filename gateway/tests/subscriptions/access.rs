//! Who may be told, and who may change anything.

use serde_json::{Value, json};

use crate::support::{ADMIN, Gateway, READ};

#[tokio::test]
async fn who_may_not_read_is_told_nothing() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for scopes in [&[][..], &["operator.pairing"]] {
        let mut blind = gateway.client(scopes, &[]).await;
        for (method, params) in [
            ("sessions.subscribe", json!({})),
            ("sessions.list", json!({})),
            ("sessions.messages.subscribe", json!({"key": "main"})),
        ] {
            let error = blind
                .request(method, params)
                .await
                .expect_err("it is refused");
            assert_eq!(error["code"], "FORBIDDEN");
            assert_eq!(error["message"], "missing scope: operator.read");
            assert_eq!(
                error["details"],
                json!({"code": "MISSING_SCOPE", "missingScope": "operator.read", "requiredScopes": ["operator.read"]})
            );
        }
        admin
            .request("sessions.create", json!({"key": "a"}))
            .await
            .expect("it is made");
        admin
            .request("sessions.delete", json!({"key": "a"}))
            .await
            .expect("it is deleted");
        assert_eq!(blind.events_so_far().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn readers_may_not_write() {
    let gateway = Gateway::start(&[]).await;
    let mut reader = gateway.client(READ, &[]).await;
    for (method, params, scope) in [
        (
            "sessions.patch",
            json!({"key": "a", "label": "x"}),
            "operator.write",
        ),
        ("sessions.create", json!({}), "operator.write"),
        ("sessions.reset", json!({"key": "a"}), "operator.admin"),
        ("sessions.delete", json!({"key": "a"}), "operator.admin"),
        (
            "sessions.delete",
            json!({"key": "a", "archivedOnly": true}),
            "operator.write",
        ),
    ] {
        let error = reader
            .request(method, params)
            .await
            .expect_err("it is refused");
        assert_eq!(error["details"]["missingScope"], scope, "{method}");
    }
}
