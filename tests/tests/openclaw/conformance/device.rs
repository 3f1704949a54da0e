use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::script::Socket;

/// Where a page was loaded from that the gateway's owner has to let in.
const PAGE: &str = "http://127.0.0.1:1";

/// A program with a device identity.
struct Device(SigningKey);

impl Device {
    /// The name that gateways know it by.
    fn id(&self) -> String {
        let hash = Sha256::digest(self.0.verifying_key());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The signature of a statement.
    fn signed(&self, statement: &str) -> String {
        let signature = self.0.sign(statement.as_bytes());
        URL_SAFE_NO_PAD.encode(signature.to_bytes())
    }

    /// Connects from the page, or is refused.
    async fn connect(&self, url: &str, token: &str) -> Result<Socket, Value> {
        let (mut socket, challenge) = Socket::open(url, Some(PAGE)).await;
        let nonce = challenge["nonce"].as_str().expect("a nonce");
        let ts = &challenge["ts"];
        let id = self.id();
        let statement =
            format!("v3|{id}|gateway-client|ui|operator|operator.read|{ts}|{token}|{nonce}|linux|");
        let params = json!({
            "minProtocol": 4, "maxProtocol": 4, "role": "operator", "scopes": ["operator.read"],
            "client": {"id": "gateway-client", "version": "1", "platform": "linux", "mode": "ui"},
            "auth": {"token": token},
            "device": {
                "id": id,
                "publicKey": URL_SAFE_NO_PAD.encode(self.0.verifying_key()),
                "signature": self.signed(&statement),
                "signedAt": ts,
                "nonce": nonce,
            },
        });
        socket.greet(params).await?;
        Ok(socket)
    }

    /// Asks to be let in, and gives the name of the request when the manager has heard of it.
    async fn ask(&self, url: &str, token: &str, manager: &mut Socket) -> Value {
        let Err(refused) = self.connect(url, token).await else {
            panic!("it is let in without being approved");
        };
        let request = refused["details"]["requestId"].clone();
        let is_it = |payload: &Value| payload["requestId"] == request;
        manager.event("device.pair.requested", is_it).await;
        request
    }
}

/// Lets a device ask for pairing, and does with it all that can be done.
pub(crate) async fn manage(url: &str, token: &str) {
    let mut manager = Socket::connect(url, token, &[])
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let device = Device(SigningKey::from_bytes(&[7; 32]));
    for answer in ["device.pair.reject", "device.pair.approve"] {
        let request = device.ask(url, token, &mut manager).await;
        manager.call(answer, json!({"requestId": request})).await;
        let is_it = |payload: &Value| payload["requestId"] == request;
        manager.event("device.pair.resolved", is_it).await;
    }
    let id = device.id();
    let listed = manager.call("device.pair.list", json!({})).await;
    assert_eq!(listed["paired"][0]["deviceId"], id);
    for method in ["device.token.rotate", "device.token.revoke"] {
        let connected = device.connect(url, token).await;
        let mut connected = connected.unwrap_or_else(|error| panic!("{error}"));
        let params = json!({"deviceId": id, "role": "operator"});
        manager.call(method, params).await;
        assert_eq!(connected.closed().await, 4001, "{method}");
    }
    let removed = json!({"deviceId": id});
    manager.call("device.pair.remove", removed).await;
}
