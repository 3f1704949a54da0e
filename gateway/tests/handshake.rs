//! What the gateway makes of every way to begin a connection, and of frames that are none. The answers are
//! those of OpenClaw's gateway 2026.9.6.

mod support;

use serde_json::{Value, json};
use support::{ADMIN, Client, Gateway, READ, connect_params};

#[tokio::test]
async fn a_connection_begins_with_a_challenge_and_a_hello() {
    let gateway = Gateway::start(&[]).await;
    let mut client = Client::open(&gateway.url()).await;
    let challenge = client.frame().await;
    assert_eq!(challenge["event"], "connect.challenge");
    assert!(
        challenge["payload"]["nonce"].is_string() && challenge["payload"]["ts"].is_u64(),
        "{challenge}"
    );
    assert!(challenge.get("seq").is_none(), "{challenge}");
    let hello = client
        .request("connect", connect_params(READ, &[]))
        .await
        .expect("it is allowed");
    assert_eq!(hello["type"], "hello-ok");
    assert_eq!(hello["protocol"], 4);
    assert_eq!(hello["auth"]["scopes"], json!(["operator.read"]));
    assert_eq!(hello["policy"]["tickIntervalMs"], 30_000);
    assert_eq!(
        hello["snapshot"]["sessionDefaults"]["mainSessionKey"],
        "agent:main:main"
    );
}

#[tokio::test]
async fn refusals_are_answered_and_close_the_connection() {
    let gateway = Gateway::start(&[]).await;
    let changed = |pointer: &str, value: Value| {
        let mut params = connect_params(READ, &[]);
        *params.pointer_mut(pointer).expect("it is there") = value;
        params
    };
    let client =
        |id: &str, mode: &str| json!({"id": id, "version": "0", "platform": "test", "mode": mode});
    for (params, code, message, detail) in [
        (
            changed("/auth/token", json!("another")),
            1008,
            "unauthorized: gateway token mismatch (provide gateway auth token)",
            Some("AUTH_TOKEN_MISMATCH"),
        ),
        (
            changed("/auth", json!({})),
            1008,
            "device identity required",
            Some("DEVICE_IDENTITY_REQUIRED"),
        ),
        (
            changed("/maxProtocol", json!(3)),
            1002,
            "protocol mismatch",
            Some("PROTOCOL_MISMATCH"),
        ),
        (
            changed("/minProtocol", json!(5)),
            1002,
            "protocol mismatch",
            Some("PROTOCOL_MISMATCH"),
        ),
        (
            changed("/client", client("somebody", "backend")),
            1008,
            "invalid connect params: at /client/id: must be equal to one of the allowed values",
            None,
        ),
        (
            changed("/client", client("openclaw-tui", "ui")),
            1008,
            "control ui requires device identity (use HTTPS or localhost secure context)",
            Some("CONTROL_UI_DEVICE_IDENTITY_REQUIRED"),
        ),
    ] {
        let mut connection = Client::open(&gateway.url()).await;
        connection.next_event("connect.challenge").await;
        let id = connection.begin("connect", params).await;
        let error = connection.response(&id).await.expect_err("it is refused");
        assert_eq!(error["message"], message);
        assert_eq!(error["details"]["code"].as_str(), detail);
        let (closed, reason, _) = connection.closed().await;
        assert_eq!((closed, reason.as_str()), (code, message));
    }
}

#[tokio::test]
async fn who_may_not_read_is_told_of_no_session() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin
        .request("sessions.create", json!({"key": "secret"}))
        .await
        .expect("it is made");
    for (scopes, recent) in [(READ, 1), (&["operator.pairing"][..], 0)] {
        let snapshot = gateway.client(scopes, &[]).await.hello["snapshot"].clone();
        let told = snapshot["health"]["sessions"]["recent"]
            .as_array()
            .map(Vec::len);
        assert_eq!(told, Some(recent), "{snapshot}");
        assert_eq!(snapshot["presence"] == json!([]), recent == 0, "{snapshot}");
    }
}

#[tokio::test]
async fn what_is_no_connect_closes_the_connection() {
    let gateway = Gateway::start(&[]).await;
    let oversize = json!({"type": "req", "id": "1", "method": "connect", "params": {"locale": "x".repeat(70_000)}});
    for (text, code, reason, answered) in [
        ("no json", 1000, "", false),
        (r#"{"type":"event"}"#, 1008, "invalid request frame", false),
        (
            r#"{"type":"req","id":"1","method":"health"}"#,
            1008,
            "invalid handshake: first request must be connect",
            true,
        ),
        (&oversize.to_string(), 1009, "", false),
    ] {
        let mut connection = Client::open(&gateway.url()).await;
        connection.next_event("connect.challenge").await;
        connection.send(text).await;
        let (closed, told, frames) = connection.closed().await;
        assert_eq!(
            (closed, told.as_str(), frames.len()),
            (code, reason, usize::from(answered))
        );
    }
}

#[tokio::test]
async fn silence_ends_a_handshake() {
    let gateway = Gateway::start(&["--handshake-timeout", "50ms"]).await;
    let (code, reason, _) = Client::open(&gateway.url()).await.closed().await;
    assert_eq!((code, reason.as_str()), (1000, ""));
}

#[tokio::test]
async fn a_connection_survives_frames_that_are_none() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.client(ADMIN, &[]).await;
    client.send("no json").await;
    for (text, id, message) in [
        (
            "[]",
            json!("invalid"),
            "invalid request frame: must be object",
        ),
        (
            "\"x\"",
            json!("invalid"),
            "invalid request frame: must be object",
        ),
        (
            r#"{"type":"req"}"#,
            json!("invalid"),
            "invalid request frame: must have required property 'id'",
        ),
        (
            r#"{"type":"req","id":1,"method":"x"}"#,
            json!(1),
            "invalid request frame: at /id: must be string",
        ),
        (
            r#"{"type":"req","id":"f2"}"#,
            json!("f2"),
            "invalid request frame: must have required property 'method'",
        ),
        (
            r#"{"type":"req","id":"f3","method":"no.such"}"#,
            json!("f3"),
            "unknown method: no.such",
        ),
        (
            r#"{"type":"req","id":"f4","method":"connect"}"#,
            json!("f4"),
            "connect is only valid as the first request",
        ),
        (
            r#"{"type":"req","id":"f5","method":"sessions.list","params":[]}"#,
            json!("f5"),
            "invalid sessions.list params: must be object",
        ),
        (
            r#"{"type":"req","id":"f6","method":"sessions.list","params":{"limit":0}}"#,
            json!("f6"),
            "invalid sessions.list params: at /limit: must be >= 1",
        ),
        (
            r#"{"type":"req","id":"f7","method":"sessions.unsubscribe"}"#,
            json!("f7"),
            "unknown method: sessions.unsubscribe",
        ),
    ] {
        client.send(text).await;
        let frame = client.frame().await;
        assert_eq!(
            (&frame["id"], &frame["error"]["code"]),
            (&id, &json!("INVALID_REQUEST")),
            "{text}"
        );
        assert_eq!(frame["error"]["message"], message, "{text}");
    }
    for text in [
        r#"{"type":"req","id":"g1","method":"sessions.create","params":{"label":"\ud83d"}}"#
            .to_owned(),
        r#"{"type":"req","id":"g2","method":"sessions.list","params":{"limit":1e400}}"#.to_owned(),
        format!(
            r#"{{"type":"req","id":"g3","method":"health","params":{}{}}}"#,
            "[".repeat(500),
            "]".repeat(500)
        ),
    ] {
        client.send(&text).await;
        let frame = client.frame().await;
        assert_eq!(frame["error"]["code"], "INVALID_REQUEST", "{text}");
        assert!(
            text.contains(&format!(r#""id":{}"#, frame["id"])),
            "{frame}"
        );
    }
    let all =
        json!({"limit": 9_007_199_254_740_991_u64, "activeMinutes": 9_007_199_254_740_991_u64});
    assert_eq!(
        client
            .request("sessions.list", all)
            .await
            .expect("it is listed")["count"],
        0
    );
    for params in [json!(null), json!({})] {
        let list = client
            .request("sessions.list", params)
            .await
            .expect("the connection stands");
        assert_eq!(list["limitApplied"], 100);
    }
}

#[tokio::test]
async fn an_oversize_frame_ends_only_its_own_connection() {
    let gateway = Gateway::start(&[]).await;
    let mut other = gateway.client(READ, &[]).await;
    let mut client = gateway.client(READ, &[]).await;
    client.send(&"x".repeat((25 << 20) + 1)).await;
    let (code, _, _) = client.closed().await;
    assert_eq!(code, 1009);
    assert!(other.request("sessions.list", json!({})).await.is_ok());
}

#[tokio::test]
async fn an_idle_connection_hears_ticks() {
    let gateway = Gateway::start(&["--tick-interval", "20ms"]).await;
    let mut plain = gateway.client(&[], &[]).await;
    assert!(plain.next_event("tick").await["payload"]["ts"].is_u64());
    let mut client = gateway.client(READ, support::CURSORS).await;
    let subscribed = client
        .request("sessions.subscribe", json!({"subscription": "s"}))
        .await
        .expect("allowed");
    let tick = client.next_event("tick").await;
    assert_eq!(tick["subscription"], "s");
    assert_eq!(
        (&tick["prev"], &tick["cursor"]),
        (
            &subscribed["cursor"]["offset"],
            &subscribed["cursor"]["offset"]
        )
    );
}

#[tokio::test]
async fn clients_are_told_of_the_end() {
    let gateway = Gateway::start(&[]).await;
    let mut client = gateway.client(READ, &[]).await;
    let stopping = tokio::spawn(gateway.server.stop());
    assert_eq!(
        client.next_event("shutdown").await["payload"]["reason"],
        "gateway stopping"
    );
    let (code, reason, _) = client.closed().await;
    assert_eq!((code, reason.as_str()), (1012, "service restart"));
    stopping.await.expect("it stops");
}
