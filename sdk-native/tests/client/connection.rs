use std::time::Duration;

use serde_json::json;
use sessionwire::protocol::ErrorCode;
use sessionwire::{Client, Error, Status};

use crate::gateway::{Gateway, hello, soon};

#[tokio::test]
async fn a_call_sends_params_and_reads_the_result() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let caller = client.clone();
    let renamed = tokio::spawn(async move { caller.rename("a", Some("A")).await });
    let (id, params) = peer.asked("sessions.patch").await;
    assert_eq!(params, json!({ "key": "a", "label": "A" }));
    let entry = json!({ "sessionId": "s", "label": "A" });
    peer.answer(
        &id,
        &json!({ "ok": true, "key": "agent:main:a", "entry": entry }),
    )
    .await;
    let renamed = soon(renamed).await.unwrap().unwrap();
    assert_eq!(renamed.key.as_str(), "agent:main:a");
    assert_eq!(renamed.entry.label.as_deref(), Some("A"));

    let caller = client.clone();
    let deleted = tokio::spawn(async move { caller.delete_session("a").await });
    let (id, _) = peer.asked("sessions.delete").await;
    peer.refuse(
        &id,
        &json!({ "code": "FORBIDDEN", "message": "missing scope" }),
    )
    .await;
    let refused = soon(deleted).await.unwrap().unwrap_err();
    assert!(matches!(refused, Error::Refused(body) if body.code == ErrorCode::Forbidden));

    let caller = client.clone();
    let described = tokio::spawn(async move { caller.describe_session("a").await });
    let (id, _) = peer.asked("sessions.describe").await;
    peer.answer(&id, &json!({ "session": 7 })).await;
    let unreadable = soon(described).await.unwrap().unwrap_err();
    assert!(matches!(unreadable, Error::Unreadable(_)));
}

#[tokio::test]
async fn a_call_made_at_once_waits_for_the_greeting() {
    let gateway = Gateway::listen().await;
    let client = Client::connect(&gateway.url(), "secret").unwrap();
    let sent = tokio::spawn(async move { client.send_message("a", "/name A").await });
    let mut peer = gateway.greet(&hello()).await;
    let (id, params) = peer.asked("chat.send").await;
    assert_eq!(
        (&params["sessionKey"], &params["message"]),
        (&json!("a"), &json!("/name A"))
    );
    assert_eq!(params["idempotencyKey"].as_str().map(str::len), Some(32));
    peer.answer(&id, &json!({ "runId": "r", "status": "started" }))
        .await;
    assert_eq!(soon(sent).await.unwrap().unwrap().run_id, "r");
}

#[tokio::test]
async fn a_refusal_for_good_ends_the_waiting_until_the_program_says_otherwise() {
    let gateway = Gateway::listen().await;
    let client = Client::connect(&gateway.url(), "wrong").unwrap();
    let (mut peer, id, _) = gateway.challenge().await;
    let details = json!({ "code": "AUTH_TOKEN_MISMATCH" });
    let error = json!({ "code": "INVALID_REQUEST", "message": "unauthorized", "details": details });
    peer.refuse(&id, &error).await;
    let refused = soon(client.ready()).await.unwrap_err();
    assert!(matches!(
        &refused,
        Error::Refused(body) if body.detail_code().as_deref() == Some("AUTH_TOKEN_MISMATCH")
    ));
    assert_eq!(peer.closed().await, 1000);
    client.reconnect();
    let (mut peer, id, _) = gateway.challenge().await;
    peer.answer(&id, &hello()).await;
    soon(client.ready()).await.unwrap();
}

#[tokio::test]
async fn an_attempt_that_hangs_is_called_off() {
    let gateway = Gateway::listen().await;
    let client = Client::builder(&gateway.url())
        .connect_timeout(Duration::from_millis(50))
        .connect()
        .unwrap();
    let mut status = client.status();
    let timed_out = |status: &Status| {
        matches!(
            status,
            Status::Disconnected {
                error: Some(Error::TimedOut),
                ..
            }
        )
    };
    // The listener takes the connection, and nobody answers the upgrade.
    soon(status.wait_for(timed_out)).await.unwrap();
}

#[tokio::test]
async fn a_gateway_that_is_away_is_tried_again() {
    let gateway = Gateway::listen().await;
    let (client, peer) = gateway.client(&hello()).await;
    let mut status = client.status();
    drop(peer);
    let lost = |status: &Status| {
        matches!(
            status,
            Status::Disconnected {
                retry_in: Some(_),
                ..
            }
        )
    };
    soon(status.wait_for(lost)).await.unwrap();
    let refused = soon(client.chat_history("a")).await.unwrap_err();
    assert_eq!(refused, Error::NotConnected);
    let _peer = gateway.greet(&hello()).await;
    soon(client.ready()).await.unwrap();
}

#[tokio::test]
async fn the_last_handle_closes_the_connection() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let sessions = client.sessions();
    peer.asked("sessions.subscribe").await;
    let clone = client.clone();
    drop(client);
    drop(clone);
    drop(sessions);
    peer.asked("sessions.unsubscribe").await;
    assert_eq!(peer.closed().await, 1000);
}

#[tokio::test]
async fn closing_ends_what_is_open() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&hello()).await;
    let (mut sessions, mut messages) = (client.sessions(), client.messages("a"));
    peer.asked("sessions.subscribe").await;
    peer.asked("sessions.messages.subscribe").await;
    let caller = client.clone();
    let open = tokio::spawn(async move { caller.chat_history("a").await });
    peer.asked("chat.history").await;

    let (code, ()) = tokio::join!(peer.closed(), soon(client.close()));
    assert_eq!(code, 1000);
    assert_eq!(soon(open).await.unwrap().unwrap_err(), Error::Closed);
    assert_eq!(soon(sessions.next()).await, None);
    assert_eq!(soon(messages.next()).await, None);
    assert_eq!(soon(client.ready()).await.unwrap_err(), Error::Closed);
    assert_eq!(
        soon(client.chat_history("a")).await.unwrap_err(),
        Error::Closed
    );
    let mut late = client.sessions();
    assert_eq!(
        soon(late.next()).await,
        Some(sessionwire::SessionEvent::Failed(Error::Closed))
    );
    assert_eq!(soon(late.next()).await, None);
    soon(client.close()).await;
}

#[test]
fn a_runtime_that_ends_leaves_nobody_waiting() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (inner, outer) = (runtime(), runtime());
    let (client, mut sessions) = inner.block_on(async {
        let client = Client::connect("ws://127.0.0.1:9", "t").unwrap();
        let sessions = client.sessions();
        (client, sessions)
    });
    drop(inner);
    outer.block_on(async {
        assert_eq!(
            soon(client.chat_history("a")).await.unwrap_err(),
            Error::Closed
        );
        assert_eq!(soon(sessions.next()).await, None);
    });
}
