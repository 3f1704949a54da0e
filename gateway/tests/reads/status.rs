//! What the gateway tells of itself.

use serde_json::json;

use crate::asked;
use crate::support::{Gateway, READ};

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
