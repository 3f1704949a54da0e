//! Who gets which scopes, with and without a device, from which pages. The answers are those of OpenClaw's gateway
//! 2026.9.6, but for clients that know cursors.

mod device;
mod support;

use device::{Device, FROM_ELSEWHERE, Refused, greet, params, with_auth};
use serde_json::{Value, json};
use support::http::request;
use support::{Client, Gateway, READ, TOKEN};

const FOREIGN: (&str, &str) = ("Origin", "https://evil.example");
const LOCAL_PAGE: (&str, &str) = ("Origin", "http://localhost:5173");
const LISTED: (&str, &str) = ("Origin", "https://picker.example");

/// What is to come of a handshake.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// It may do what it asked for.
    Trusted,
    /// It is connected, and may do nothing.
    Idle,
    /// `details.code`.
    Refused(&'static str),
}
use Outcome::{Idle, Refused as No, Trusted};

#[tokio::test]
async fn without_a_device_few_are_trusted() {
    let gateway = Gateway::start(&["--allow-origin", LISTED.1]).await;
    let origin_refused = || No("CONTROL_UI_ORIGIN_NOT_ALLOWED");
    let device_wanted = || No("CONTROL_UI_DEVICE_IDENTITY_REQUIRED");
    for (id, mode, headers, expected) in [
        ("gateway-client", "backend", vec![], Trusted),
        ("cli", "cli", vec![], Trusted),
        ("gateway-client", "backend", vec![FROM_ELSEWHERE], Idle),
        ("cli", "cli", vec![FROM_ELSEWHERE], Idle),
        ("gateway-client", "backend", vec![LOCAL_PAGE], Idle),
        ("cli", "cli", vec![LISTED], Idle),
        ("gateway-client", "ui", vec![], Idle),
        ("test", "backend", vec![], Idle),
        ("openclaw-probe", "probe", vec![], Idle),
        ("fingerprint", "probe", vec![], Idle),
        ("webchat", "webchat", vec![LOCAL_PAGE], Idle),
        ("webchat", "webchat", vec![], origin_refused()),
        ("webchat-ui", "ui", vec![], origin_refused()),
        ("openclaw-control-ui", "webchat", vec![], origin_refused()),
        ("gateway-client", "backend", vec![FOREIGN], origin_refused()),
        (
            "webchat",
            "webchat",
            vec![LOCAL_PAGE, FROM_ELSEWHERE],
            origin_refused(),
        ),
        (
            "webchat",
            "webchat",
            vec![("Origin", "null")],
            origin_refused(),
        ),
        ("openclaw-tui", "ui", vec![], device_wanted()),
        (
            "openclaw-control-ui",
            "webchat",
            vec![LOCAL_PAGE],
            device_wanted(),
        ),
    ] {
        let outcome = connect(&gateway, &headers, params(id, mode, READ)).await;
        assert_eq!(outcome, expected, "{id}/{mode} {headers:?}");
    }
}

#[tokio::test]
async fn who_knows_cursors_is_trusted_with_the_token_alone() {
    let gateway = Gateway::start(&["--allow-origin", LISTED.1]).await;
    for (id, mode, headers, expected) in [
        ("webchat", "webchat", vec![LOCAL_PAGE], Trusted),
        ("webchat", "webchat", vec![LISTED, FROM_ELSEWHERE], Trusted),
        ("gateway-client", "backend", vec![FROM_ELSEWHERE], Trusted),
        ("test", "test", vec![], Trusted),
        (
            "webchat",
            "webchat",
            vec![FOREIGN],
            No("CONTROL_UI_ORIGIN_NOT_ALLOWED"),
        ),
        (
            "openclaw-tui",
            "ui",
            vec![],
            No("CONTROL_UI_DEVICE_IDENTITY_REQUIRED"),
        ),
    ] {
        let mut params = params(id, mode, READ);
        params["caps"] = json!(["session-cursor"]);
        let outcome = connect(&gateway, &headers, params.clone()).await;
        assert_eq!(outcome, expected, "{id}/{mode} {headers:?}");
        params["auth"]["token"] = "wrong".into();
        let outcome = connect(&gateway, &headers, params).await;
        assert!(matches!(outcome, No(_)), "{id}/{mode} {headers:?}");
    }
}

#[tokio::test]
async fn on_this_machine_devices_are_let_in_but_not_from_any_page() {
    let gateway = Gateway::start(&["--allow-origin", LISTED.1]).await;
    let (pairing, origin_refused) = ("PAIRING_REQUIRED", "CONTROL_UI_ORIGIN_NOT_ALLOWED");
    let mut number = 0;
    for (id, mode, headers, expected) in [
        ("cli", "cli", vec![], Trusted),
        ("gateway-client", "ui", vec![], Trusted),
        ("test", "test", vec![], Trusted),
        ("openclaw-tui", "ui", vec![], Trusted),
        ("openclaw-probe", "probe", vec![], Trusted),
        ("webchat", "webchat", vec![LOCAL_PAGE], Trusted),
        ("webchat-ui", "webchat", vec![LOCAL_PAGE], Trusted),
        ("openclaw-control-ui", "webchat", vec![LOCAL_PAGE], Trusted),
        ("gateway-client", "ui", vec![LOCAL_PAGE], No(pairing)),
        ("gateway-client", "ui", vec![FROM_ELSEWHERE], No(pairing)),
        ("cli", "cli", vec![FROM_ELSEWHERE], No(pairing)),
        (
            "webchat",
            "webchat",
            vec![LISTED, FROM_ELSEWHERE],
            No(pairing),
        ),
        ("webchat", "webchat", vec![FOREIGN], No(origin_refused)),
    ] {
        number += 1;
        let device = Device::new(number);
        let params = params(id, mode, READ);
        let connected = device.try_connect(&gateway.url(), &headers, params).await;
        assert_eq!(outcome(connected), expected, "{id}/{mode} {headers:?}");
    }
    let backend = Device::new(number + 1);
    let params = params("gateway-client", "backend", READ);
    let hello = backend.connect(&gateway.url(), &[], params).await.hello;
    assert_eq!(hello["auth"]["scopes"], json!(READ));
    assert_eq!(
        hello["auth"].get("deviceToken"),
        None,
        "a backend is not paired"
    );
}

#[tokio::test]
async fn without_any_secret_a_device_is_asked_for() {
    let gateway = Gateway::start(&[]).await;
    for (role, auth, expected) in [
        ("operator", json!({}), "DEVICE_IDENTITY_REQUIRED"),
        (
            "operator",
            json!({"deviceToken": "x"}),
            "DEVICE_IDENTITY_REQUIRED",
        ),
        (
            "operator",
            json!({"token": " "}),
            "DEVICE_IDENTITY_REQUIRED",
        ),
        ("node", json!({"token": TOKEN}), "DEVICE_IDENTITY_REQUIRED"),
        (
            "worker",
            json!({"token": TOKEN}),
            "DEVICE_IDENTITY_REQUIRED",
        ),
        ("node", json!({"token": "wrong"}), "AUTH_TOKEN_MISMATCH"),
    ] {
        let mut params = with_auth(params("cli", "cli", READ), auth.clone());
        params["role"] = role.into();
        let outcome = connect(&gateway, &[], params).await;
        assert_eq!(outcome, No(expected), "{role} {auth}");
    }
}

#[tokio::test]
async fn a_node_has_no_methods_here() {
    let gateway = Gateway::start(&[]).await;
    let mut params = params("node-host", "node", &[]);
    params["role"] = "node".into();
    let mut node = Device::new(1).connect(&gateway.url(), &[], params).await;
    assert_eq!(node.hello["auth"]["role"], "node");
    let error = node.request("health", json!({})).await;
    let error = error.expect_err("it is refused");
    assert_eq!(error["message"], "unauthorized role: node");
}

#[tokio::test]
async fn presence_tells_devices() {
    let gateway = Gateway::start(&[]).await;
    let device = Device::new(1);
    let url = gateway.url();
    let mut client = device.connect(&url, &[], params("cli", "cli", READ)).await;
    let presence = client.request("system-presence", Value::Null).await;
    let presence = presence.expect("it is told");
    let [gateway_itself, own] = presence.as_array().expect("a list").as_slice() else {
        panic!("{presence}");
    };
    assert_eq!(gateway_itself["reason"], "self");
    assert_eq!(own["deviceId"], device.id());
    assert_eq!(own["roles"], json!(["operator"]));
    let mut idle = gateway.client(&["operator.pairing"], &[]).await;
    let error = idle.request("system-presence", json!({})).await;
    let error = error.expect_err("it is refused");
    assert_eq!(error["details"]["missingScope"], "operator.read");
}

#[tokio::test]
async fn pages_elsewhere_are_refused_over_http_too() {
    let gateway = Gateway::start(&[]).await;
    let address = gateway.server.address();
    let bearer = format!("Bearer {TOKEN}");
    let authorization = ("Authorization", bearer.as_str());
    for (headers, status) in [
        (vec![authorization, LOCAL_PAGE], 200),
        (vec![authorization, LOCAL_PAGE, FROM_ELSEWHERE], 403),
    ] {
        let answer = request(address, "GET", "/v1/chat/sessions", &headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
}

async fn connect(gateway: &Gateway, headers: &[(&'static str, &str)], params: Value) -> Outcome {
    let mut client = Client::open_with(&gateway.url(), headers).await;
    client.next_event("connect.challenge").await;
    outcome(greet(client, params).await)
}

fn outcome(connected: Result<Client, Refused>) -> Outcome {
    match connected {
        Ok(client) if client.hello["auth"]["scopes"] == json!([]) => Idle,
        Ok(client) => {
            assert_eq!(client.hello["auth"]["scopes"], json!(READ));
            Trusted
        }
        Err(refused) => {
            assert_eq!(refused.code, 1008);
            No(refused.detail().to_owned().leak())
        }
    }
}
