//! Upstreams that are not there, or not what they should be.

use serde_json::json;
use sessionwire_gateway::{Server, server::StartError};

use super::support::process::{Process, serve};
use super::support::{ADMIN, CURSORS, Client, Gateway, TOKEN, store};
use super::{UPSTREAM_TOKEN, Upstream, follower, front, rows, until_live};

const A: &str = "agent:main:a";

#[tokio::test]
async fn an_upstream_may_come_later() {
    let mut upstream = Upstream::start().await;
    upstream.put(A, json!({"label": "A"}));
    upstream.go().await;
    let gateway = front(&upstream.url(), &[]).await;
    let (mut client, rows) = follower(&gateway).await;
    assert!(rows.is_empty());
    let standing = until_live(&mut client, false).await;
    assert!(standing["staleSince"].is_u64());
    upstream.come_back().await;
    until_live(&mut client, true).await;
    assert_eq!(super::rows(&mut client).await, upstream.rows());
}

#[tokio::test]
async fn a_wrong_secret_another_protocol_and_garbage_are_said_and_lists_go_on() {
    for (hello, said) in [
        (
            json!({"refused": {"code": "INVALID_REQUEST", "message": "unauthorized: token mismatch", "details": {"code": "AUTH_TOKEN_MISMATCH"}}}),
            "token mismatch",
        ),
        (
            json!({"refused": {"code": "INVALID_REQUEST", "message": "protocol mismatch", "details": {"code": "PROTOCOL_MISMATCH", "expectedProtocol": 5}}}),
            "protocol mismatch",
        ),
        (json!("what?"), "unreadable answer"),
    ] {
        let upstream = Upstream::start().await;
        upstream.say_hello(Some(hello));
        let gateway = front(&upstream.url(), &[]).await;
        let mut client = gateway.client(ADMIN, CURSORS).await;
        let said_so = |standing: &serde_json::Value| {
            let error = standing["error"].as_str().unwrap_or_default();
            error.contains(said)
        };
        loop {
            let health = client.request("health", json!({})).await.expect("health");
            if said_so(&health["upstream"]) {
                break;
            }
            client.next_event("health").await;
        }
        let error = client.request("sessions.create", json!({"key": "x"})).await;
        let error = error.expect_err("nobody can do it");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.contains(said)),
            "{error}"
        );
        assert!(rows(&mut client).await.is_empty());
    }
}

#[tokio::test]
async fn garbage_does_no_harm() {
    let upstream = Upstream::start().await;
    upstream.put(
        A,
        json!({"label": "A", "goal": "not an object", "updatedAt": 5}),
    );
    let gateway = front(&upstream.url(), &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut client, true).await;
    for payload in [
        json!(null),
        json!([1]),
        json!({"sessionKey": 5}),
        json!({"sessionKey": A, "session": {"key": 7}}),
    ] {
        upstream.tell("sessions.changed", &payload);
    }
    upstream.tell("no.such.event", &json!({}));
    upstream.put("agent:main:b", json!({"label": "B"}));
    upstream.tell("sessions.changed", &json!({"reason": "update"}));
    let (mut client, mut held) = follower(&gateway).await;
    while held.len() < 2 {
        let event = client.next_event("sessions.changed").await;
        held.push(event["payload"]["session"].clone());
    }
    assert_eq!(rows(&mut client).await, upstream.rows());
}

#[tokio::test]
async fn a_folder_belongs_to_one_kind_of_sessions() {
    let upstream = Upstream::start().await;
    upstream.put(A, json!({}));
    let url = upstream.url();
    let in_front = ["--upstream", &url, "--upstream-token", UPSTREAM_TOKEN];

    let Gateway { server, data } = Gateway::start(&[]).await;
    let own = Gateway { server, data };
    let mut client = own.client(ADMIN, CURSORS).await;
    client
        .request("sessions.create", json!({"key": "own"}))
        .await
        .expect("it is made");
    let Gateway { server, data } = own;
    server.stop().await;
    let refused = Server::start(store::config(data.path(), &in_front))
        .await
        .err();
    assert!(
        matches!(&refused, Some(StartError::Origin(_))),
        "{refused:?}"
    );
    assert!(refused.is_some_and(|error| error.to_string().contains("--upstream")));
    let again = Gateway::start_in(data, &[]).await;
    assert_eq!(follower(&again).await.1.len(), 1, "nothing was lost");

    let gateway = front(&url, &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut client, true).await;
    let Gateway { server, data } = gateway;
    server.stop().await;
    let refused = Server::start(store::config(data.path(), &[])).await.err();
    assert!(
        matches!(refused, Some(StartError::Origin(_))),
        "{refused:?}"
    );
    for (url, said) in [("http://x", "ws://"), ("wss://x", "TLS")] {
        let refused = Server::start(store::config(data.path(), &["--upstream", url])).await;
        let error = refused.err();
        assert!(matches!(error, Some(StartError::Upstream(_))), "{error:?}");
        assert!(error.is_some_and(|error| error.to_string().contains(said)));
    }
}

#[tokio::test]
async fn why_an_upstream_is_not_reached_is_said() {
    let mut upstream = Upstream::start().await;
    upstream.go().await;
    let gateway = front(&upstream.url(), &[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let refused = loop {
        let created = client.request("sessions.create", json!({"key": "a"})).await;
        let refused = created.expect_err("nobody is there");
        assert_eq!(refused["details"]["code"], "UPSTREAM_AWAY");
        if refused["message"] != "the upstream gateway is away" {
            break refused.to_string();
        }
        client.next_event("health").await;
    };
    assert!(refused.contains("cannot connect: "), "{refused}");
    assert!(refused.to_lowercase().contains("refused"), "{refused}");
}

#[tokio::test]
async fn a_gateway_in_front_of_itself_says_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
    let address = free.expect("a free port").to_string();
    let data = tempfile::tempdir().expect("a folder");
    let mut command = serve(env!("CARGO_BIN_EXE_sessionwire"), data.path(), &address);
    let url = format!("ws://{address}");
    command.args(["--upstream", &url, "--upstream-token", TOKEN]);
    let gateway = Process::start(command);
    let mut client = Client::connect(&gateway.url(), ADMIN, CURSORS).await;
    let refused = loop {
        let health = client.request("health", json!({})).await.expect("health");
        if health["upstream"]["error"]
            .as_str()
            .is_some_and(|said| said.contains("itself"))
        {
            let created = client.request("sessions.create", json!({"key": "a"})).await;
            break created.expect_err("there is nobody behind it");
        }
        client.next_event("health").await;
    };
    assert_eq!(refused["details"]["code"], "UPSTREAM_AWAY");
}

#[tokio::test]
async fn a_folder_with_sessions_of_its_own_is_refused_before_anything_is_done() {
    let own = Gateway::start(&[]).await;
    let mut client = own.client(ADMIN, &[]).await;
    let made = client.request("sessions.create", json!({"key": "a"})).await;
    made.expect("it is made");
    let Gateway { server, data } = own;
    server.stop().await;
    let files = || {
        let files = std::fs::read_dir(data.path()).expect("a folder");
        let names = files.map(|file| file.expect("a file").file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let before = files();

    let upstream = Upstream::start().await;
    upstream.be_elsewhere();
    let url = upstream.url();
    let args = [
        "--upstream",
        &url,
        "--upstream-token",
        "t",
        "--token",
        TOKEN,
    ];
    let refusal = Server::start(store::config(data.path(), &args)).await;
    let refusal = refusal.err().expect("it is another kind").to_string();
    assert!(
        refusal.contains("sessions of a gateway of its own"),
        "{refusal}"
    );
    assert!(upstream.asked("connect").is_empty());
    assert_eq!(files(), before);
}
