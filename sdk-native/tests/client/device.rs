//! Clients that prove a device.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sessionwire::{Client, Device, DeviceIdentity, Error, Status};

use crate::gateway::{Gateway, Peer, soon};

/// A device that signs with its name, or cannot.
#[derive(Clone, Default)]
struct Fake {
    token: Arc<Mutex<Option<String>>>,
    is_broken: bool,
}

impl DeviceIdentity for Fake {
    fn load(&self) -> Result<Device, String> {
        Ok(Device {
            id: "d".to_owned(),
            public_key: "key".to_owned(),
            token: self.token.lock().expect("nobody panics with it").clone(),
        })
    }

    fn sign(&self, statement: &str) -> Result<String, String> {
        match self.is_broken {
            true => Err("the key is gone".to_owned()),
            false => Ok(format!("signed {statement}")),
        }
    }

    fn keep(&self, token: &str) {
        *self.token.lock().expect("nobody panics with it") = Some(token.to_owned());
    }

    fn forget(&self, token: &str) {
        let mut kept = self.token.lock().expect("nobody panics with it");
        kept.take_if(|kept| kept == token);
    }
}

fn plain_hello(token: &str) -> Value {
    json!({ "type": "hello-ok", "protocol": 4, "auth": { "scopes": [], "deviceToken": token } })
}

fn start(gateway: &Gateway, device: &Fake) -> Client {
    let builder = Client::builder(&gateway.url()).token("secret");
    let client = builder.device(device.clone()).connect();
    client.expect("a good address")
}

async fn refuse(peer: &mut Peer, id: &str, code: &str) {
    let error = json!({ "code": "INVALID_REQUEST", "message": "no", "details": { "code": code } });
    peer.refuse(id, &error).await;
}

#[tokio::test]
async fn a_device_is_proved_and_its_token_serves_until_it_is_refused() {
    let gateway = Gateway::listen().await;
    let device = Fake::default();
    let client = start(&gateway, &device);
    let (mut peer, id, params) = gateway.challenge().await;
    assert_eq!(params["auth"], json!({ "token": "secret" }));
    let statement = params["device"]["signature"].as_str().unwrap();
    assert!(statement.starts_with("signed v3|d|gateway-client|backend|operator|"));
    peer.answer(&id, &plain_hello("first")).await;
    soon(client.ready()).await.unwrap();
    soon(client.close()).await;
    assert_eq!(device.token.lock().unwrap().as_deref(), Some("first"));

    let client = start(&gateway, &device);
    let (mut peer, id, params) = gateway.challenge().await;
    assert_eq!(params["auth"], json!({ "deviceToken": "first" }));
    refuse(&mut peer, &id, "AUTH_DEVICE_TOKEN_MISMATCH").await;
    let (mut peer, id, params) = gateway.challenge().await;
    assert_eq!(params["auth"], json!({ "token": "secret" }));
    peer.answer(&id, &plain_hello("second")).await;
    soon(client.ready()).await.unwrap();
    soon(client.close()).await;
    assert_eq!(device.token.lock().unwrap().as_deref(), Some("second"));
}

#[tokio::test]
async fn what_a_gateway_insists_on_and_a_program_lacks_is_told() {
    let gateway = Gateway::listen().await;
    let client = start(
        &gateway,
        &Fake {
            is_broken: true,
            ..Fake::default()
        },
    );
    let (mut peer, id, params) = gateway.challenge().await;
    assert_eq!(params.get("device"), None);
    refuse(&mut peer, &id, "DEVICE_IDENTITY_REQUIRED").await;
    let problem = Error::NoDevice("the key is gone".to_owned());
    assert_eq!(soon(client.ready()).await, Err(problem));
    assert_eq!(peer.closed().await, 1000);
}

#[tokio::test]
async fn pairing_is_told_with_the_gateways_hint_and_goes_on_when_asked_to() {
    let gateway = Gateway::listen().await;
    let client = start(&gateway, &Fake::default());
    let (mut peer, id, _) = gateway.challenge().await;
    let details = json!({
        "code": "PAIRING_REQUIRED", "reason": "not-paired", "requestId": "r",
        "remediationHint": "Approve this device.",
    });
    let error = json!({ "code": "NOT_PAIRED", "message": "pairing required", "details": details });
    peer.refuse(&id, &error).await;
    let Err(Error::Refused(refusal)) = soon(client.ready()).await else {
        panic!("it is refused");
    };
    assert_eq!(refusal.hint().as_deref(), Some("Approve this device."));
    assert_eq!(refusal.detail_code().as_deref(), Some("PAIRING_REQUIRED"));
    client.reconnect();
    let greeting = async {
        let (mut peer, id, _) = gateway.challenge().await;
        peer.answer(&id, &plain_hello("t")).await;
        peer
    };
    // It waits for what comes of it, not for the refusal that was told last.
    let (ready, _peer) = tokio::join!(soon(client.ready()), greeting);
    ready.unwrap();
}

#[tokio::test]
async fn access_that_is_revoked_is_told_and_not_asked_for_again() {
    let gateway = Gateway::listen().await;
    let (client, mut peer) = gateway.client(&plain_hello("t")).await;
    peer.close(4001, "device removed").await;
    let mut status = client.status();
    let ended = |status: &Status| matches!(status, Status::Disconnected { .. });
    let status = soon(status.wait_for(ended)).await.unwrap().clone();
    let Status::Disconnected {
        retry_in: None,
        error: Some(Error::Revoked(close)),
    } = status
    else {
        panic!("it is told otherwise: {status:?}");
    };
    assert_eq!(
        (close.code, close.reason.as_str()),
        (4001, "device removed")
    );
}

#[tokio::test]
async fn garbage_instead_of_a_greeting_is_told_from_silence() {
    let gateway = Gateway::listen().await;
    let client = Client::connect(&gateway.url(), "secret").unwrap();
    let mut status = client.status();
    let (mut peer, _, _) = gateway.challenge().await;
    peer.text("<html>").await;
    drop(peer);
    let unreadable = |status: &Status| {
        matches!(
            status,
            Status::Disconnected {
                retry_in: Some(_),
                error: Some(Error::Unreadable(_)),
            }
        )
    };
    soon(status.wait_for(unreadable)).await.unwrap();
}
