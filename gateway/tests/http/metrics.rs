//! Figures for Prometheus.

use serde_json::json;
use sessionwire_gateway::http::router;
use tokio::net::TcpListener;

use crate::support::{ADMIN, Client, Gateway, TOKEN, http::request, store};

#[tokio::test]
async fn figures_are_told_to_prometheus() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.subscriber(ADMIN).await;
    admin
        .request("sessions.create", json!({"key": "a"}))
        .await
        .expect("it is made");
    gateway.http("DELETE", "/v1/chat/sessions/a", None).await;
    let unknown = admin.request("no.such.method", json!({})).await;
    unknown.expect_err("there is none");
    let mut refused = Client::open(&gateway.url()).await;
    refused.next_event("connect.challenge").await;
    refused.send("{}").await;
    refused.closed().await;

    let answer = gateway.raw("GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4")
    );
    for line in [
        "sessionwire_requests_total{method=\"sessions.create\",outcome=\"ok\"} 1",
        "sessionwire_requests_total{method=\"sessions.delete\",outcome=\"ok\"} 1",
        "sessionwire_requests_total{method=\"none\",outcome=\"refused\"} 1",
        "sessionwire_evictions_total{reason=\"deleted\"} 1",
        "sessionwire_entries_total 2",
        "sessionwire_commit_seconds_count 2",
        "sessionwire_connections 1",
        "sessionwire_sessions 0",
        "sessionwire_live_lists 0",
        "sessionwire_journal_entries 2",
        "sessionwire_store_writable 1",
        "sessionwire_store_failures_total 0",
        "# TYPE sessionwire_commit_seconds histogram",
        "# HELP sessionwire_sessions Sessions",
        "# TYPE sessionwire_journal_head gauge",
    ] {
        assert!(
            answer.body.lines().any(|found| found == line),
            "{line} is missing in\n{}",
            answer.body
        );
    }
    assert!(
        answer
            .body
            .contains("sessionwire_handshakes_refused_total{code=\"1008\"} 1")
    );

    let other = Gateway::start(&[]).await;
    let answer = other.raw("GET", "/metrics", &[], "").await;
    assert!(
        answer.body.contains("sessionwire_entries_total 0"),
        "each gateway counts for itself"
    );
}

#[tokio::test]
async fn figures_want_the_token_beyond_loopback() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let core = store::open(data.path(), &["--bind", "192.0.2.1:1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let serving = tokio::spawn(async move { axum::serve(listener, router(core)).await });
    assert_eq!(
        request(address, "GET", "/metrics", &[], "").await.status,
        401
    );
    let token = format!("Bearer {TOKEN}");
    let headers = [("Authorization", token.as_str())];
    assert_eq!(
        request(address, "GET", "/metrics", &headers, "")
            .await
            .status,
        200
    );
    assert_eq!(
        request(address, "GET", "/healthz", &[], "").await.status,
        200
    );
    serving.abort();
}
