//! How a device shows who it is, and how it comes back by its token. The answers are those of OpenClaw's gateway
//! 2026.9.6.

mod device;
mod support;

use std::fs;
use std::net::IpAddr;

use device::{Challenge, Device, FROM_ELSEWHERE, greet, params, with_auth};
use serde_json::{Value, json};
use sessionwire_gateway::auth::Peer;
use sessionwire_gateway::greeting;
use support::process::{Process, serve};
use support::{Client, Gateway, READ, TOKEN, store};

const BOTH: &[&str] = &["operator.read", "operator.write"];

#[tokio::test]
async fn a_device_on_this_machine_is_paired_by_the_shared_token() {
    let gateway = Gateway::start(&[]).await;
    let device = Device::new(1);
    let hello = device
        .connect(&gateway.url(), &[], params("cli", "cli", BOTH))
        .await
        .hello;
    let auth = &hello["auth"];
    assert_eq!(
        (&auth["role"], &auth["scopes"], &auth["method"]),
        (&json!("operator"), &json!(BOTH), &json!("token"))
    );
    assert!(auth["issuedAtMs"].is_u64(), "{auth}");
    for by in ["token", "deviceToken"] {
        let auth = json!({ by: auth["deviceToken"] });
        let params = with_auth(params("cli", "cli", READ), auth);
        let again = device
            .connect(&gateway.url(), &[FROM_ELSEWHERE], params)
            .await;
        let known = &again.hello["auth"];
        assert_eq!(known["method"], "device-token", "{known}");
        assert_eq!(known["scopes"], json!(READ));
        assert_eq!(known["deviceToken"], hello["auth"]["deviceToken"]);
        assert_eq!(known["issuedAtMs"], hello["auth"]["issuedAtMs"]);
    }
}

#[tokio::test]
async fn the_older_proof_is_as_good() {
    let gateway = Gateway::start(&[]).await;
    let mut client = Client::open(&gateway.url()).await;
    let challenge = client.next_event("connect.challenge").await["payload"].take();
    let mut params = params("cli", "cli", READ);
    params["device"] = Device::new(1).old_proof(&params, read(&challenge));
    let client = greet(client, params).await.expect("it is let in");
    assert!(client.hello["auth"]["deviceToken"].is_string());
}

#[tokio::test]
async fn a_proof_that_does_not_hold_is_refused() {
    let gateway = Gateway::start(&[]).await;
    let (device, other) = (Device::new(1), Device::new(2));
    let wanted = params("cli", "cli", READ);
    type Forge<'a> = &'a dyn Fn(Challenge<'_>) -> Value;
    let changed = |challenge: Challenge<'_>, name: &str, value: Value| {
        let mut proof = device.proof(&wanted, challenge);
        proof[name] = value;
        proof
    };
    let cases: [(Forge<'_>, &str, &str, &str); 8] = [
        (
            &|challenge| changed(challenge, "id", json!(other.id())),
            "DEVICE_AUTH_DEVICE_ID_MISMATCH",
            "device-id-mismatch",
            "device identity mismatch",
        ),
        (
            &|challenge| changed(challenge, "publicKey", json!("no key")),
            "DEVICE_AUTH_DEVICE_ID_MISMATCH",
            "device-id-mismatch",
            "device identity mismatch",
        ),
        (
            &|Challenge { nonce, ts }| {
                let ts = ts - 120_001;
                device.proof(&wanted, Challenge { nonce, ts })
            },
            "DEVICE_AUTH_SIGNATURE_EXPIRED",
            "device-signature-stale",
            "device signature expired",
        ),
        (
            &|challenge| changed(challenge, "nonce", json!(" ")),
            "DEVICE_AUTH_NONCE_REQUIRED",
            "device-nonce-missing",
            "device nonce required",
        ),
        (
            &|Challenge { ts, .. }| {
                let nonce = "of another connection";
                device.proof(&wanted, Challenge { nonce, ts })
            },
            "DEVICE_AUTH_NONCE_MISMATCH",
            "device-nonce-mismatch",
            "device nonce mismatch",
        ),
        (
            &|challenge| {
                let signature = &other.proof(&wanted, challenge)["signature"];
                changed(challenge, "signature", signature.clone())
            },
            "DEVICE_AUTH_SIGNATURE_INVALID",
            "device-signature",
            "device signature invalid",
        ),
        (
            &|challenge| changed(challenge, "signature", json!("AAAA")),
            "DEVICE_AUTH_SIGNATURE_INVALID",
            "device-signature",
            "device signature invalid",
        ),
        (
            &|challenge| device.proof(&params("cli", "cli", BOTH), challenge),
            "DEVICE_AUTH_SIGNATURE_INVALID",
            "device-signature",
            "device signature invalid",
        ),
    ];
    for (forge, code, reason, sentence) in cases {
        let mut client = Client::open(&gateway.url()).await;
        let challenge = client.next_event("connect.challenge").await["payload"].take();
        let mut params = wanted.clone();
        params["device"] = forge(read(&challenge));
        let refused = greet(client, params).await.err().expect("it is refused");
        assert_eq!(
            refused.error,
            json!({
                "code": "INVALID_REQUEST",
                "message": sentence,
                "details": { "code": code, "reason": reason },
            })
        );
        assert_eq!((refused.code, refused.reason.as_str()), (1008, sentence));
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_device_and_scopes_only() {
    let gateway = Gateway::start(&[]).await;
    let (device, other) = (Device::new(1), Device::new(2));
    let url = gateway.url();
    let wanted = || params("gateway-client", "ui", READ);
    let token = device.connect(&url, &[], wanted()).await.hello["auth"]["deviceToken"].take();
    other.connect(&url, &[], wanted()).await;
    let wider = params("gateway-client", "ui", BOTH);
    for (device, params, code, next) in [
        (
            &device,
            with_auth(wider, json!({ "token": token })),
            "AUTH_SCOPE_MISMATCH",
            "review_auth_configuration",
        ),
        (
            &other,
            with_auth(wanted(), json!({ "deviceToken": token })),
            "AUTH_DEVICE_TOKEN_MISMATCH",
            "update_auth_credentials",
        ),
        (
            &other,
            with_auth(wanted(), json!({ "token": token })),
            "AUTH_TOKEN_MISMATCH",
            "retry_with_device_token",
        ),
        (
            &other,
            with_auth(wanted(), json!({ "password": "wrong" })),
            "AUTH_TOKEN_MISMATCH",
            "update_auth_credentials",
        ),
        (
            &device,
            with_auth(wanted(), json!({})),
            "AUTH_TOKEN_MISSING",
            "update_auth_configuration",
        ),
    ] {
        let refused = device.try_connect(&url, &[], params).await;
        let refused = refused.err().expect("it is refused");
        assert_eq!((refused.detail(), refused.code), (code, 1008));
        let details = &refused.error["details"];
        assert_eq!(details["recommendedNextStep"], next);
        let may_retry = next == "retry_with_device_token";
        assert_eq!(details["canRetryWithDeviceToken"], may_retry);
        let told = refused.error.to_string();
        assert!(!told.contains(token.as_str().expect("a token")), "{told}");
    }
}

#[tokio::test]
async fn who_guesses_tokens_of_devices_is_locked_out() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let gateway = store::open(data.path(), &[]);
    let peer = Peer {
        address: IpAddr::from([192, 0, 2, 7]),
        origin: None,
        host: None,
        forwarded: false,
    };
    let device = Device::new(1);
    let connect = async |auth: Value| {
        let mut params = with_auth(params("cli", "cli", READ), auth);
        let nonce = "n";
        let ts = gateway.clock.now();
        params["device"] = device.proof(&params, Challenge { nonce, ts });
        let frame = json!({"type": "req", "id": "1", "method": "connect", "params": params});
        let greeted = greeting::greet(&frame.to_string(), nonce, &gateway, &peer).await;
        let refusal = greeted.err().expect("it is refused");
        let response = refusal.response.expect("it is answered");
        let response: Value = serde_json::from_str(&response).expect("it is JSON");
        response["error"]["details"]["code"].clone()
    };
    for _ in 0..9 {
        let code = connect(json!({"deviceToken": "a guess"})).await;
        assert_eq!(code, "AUTH_DEVICE_TOKEN_MISMATCH");
    }
    assert_eq!(connect(json!({"token": TOKEN})).await, "PAIRING_REQUIRED");
    let code = connect(json!({"token": "a guess"})).await;
    assert_eq!(code, "AUTH_TOKEN_MISMATCH");
    let code = connect(json!({"token": TOKEN})).await;
    assert_eq!(code, "AUTH_RATE_LIMITED", "whatever the address gives now");
    gateway.sessions.close();
}

#[tokio::test]
async fn devices_outlive_a_kill_and_their_tokens_are_not_stored() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let start = || {
        let program = env!("CARGO_BIN_EXE_sessionwire");
        Process::start(serve(program, data.path(), "127.0.0.1:0"))
    };
    let device = Device::new(1);
    let mut gateway = start();
    let wanted = params("cli", "cli", READ);
    let hello = device.connect(&gateway.url(), &[], wanted.clone()).await;
    let token = hello.hello["auth"]["deviceToken"].clone();
    gateway.kill();
    let secret = token.as_str().expect("a token").as_bytes();
    for file in fs::read_dir(data.path()).expect("a folder") {
        let path = file.expect("a file").path();
        let bytes = fs::read(&path).expect("it is read");
        let is_in = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!is_in, "{} has the token", path.display());
    }
    gateway = start();
    let wanted = with_auth(wanted, json!({ "token": token }));
    let again = device.connect(&gateway.url(), &[], wanted).await;
    assert_eq!(again.hello["auth"]["method"], "device-token");
    gateway.kill();
}

fn read(challenge: &Value) -> Challenge<'_> {
    Challenge {
        nonce: challenge["nonce"].as_str().expect("a nonce"),
        ts: challenge["ts"].as_u64().expect("a time"),
    }
}
