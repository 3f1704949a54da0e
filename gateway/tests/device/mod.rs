//! A program with a device identity of its own.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test uses its part"
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Client, TOKEN};

/// Somebody between the client and the gateway says so; then the client is not on the gateway's machine.
pub const FROM_ELSEWHERE: (&str, &str) = ("X-Forwarded-For", "192.0.2.7");

pub struct Device(SigningKey);

/// What a device signs of its own.
#[derive(Clone, Copy)]
pub struct Challenge<'a> {
    pub nonce: &'a str,
    pub ts: u64,
}

impl Device {
    /// Another number is another device.
    pub fn new(number: u8) -> Self {
        Self(SigningKey::from_bytes(&[number; 32]))
    }

    pub fn id(&self) -> String {
        let hash = Sha256::digest(self.0.verifying_key());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The proof of the newest version for these params.
    pub fn proof(&self, params: &Value, challenge: Challenge<'_>) -> Value {
        let client = &params["client"];
        let metadata = |name: &str| client[name].as_str().unwrap_or("").trim().to_lowercase();
        let payload = format!(
            "v3|{}|{}|{}",
            self.payload(params, challenge),
            metadata("platform"),
            metadata("deviceFamily")
        );
        self.signed(&payload, challenge)
    }

    /// The proof of the version before.
    pub fn old_proof(&self, params: &Value, challenge: Challenge<'_>) -> Value {
        self.signed(
            &format!("v2|{}", self.payload(params, challenge)),
            challenge,
        )
    }

    /// Tries to connect.
    pub async fn try_connect(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        mut params: Value,
    ) -> Result<Client, Refused> {
        let mut client = Client::open_with(url, headers).await;
        let challenge = client.next_event("connect.challenge").await["payload"].take();
        let challenge = Challenge {
            nonce: challenge["nonce"].as_str().expect("a nonce"),
            ts: challenge["ts"].as_u64().expect("a time"),
        };
        params["device"] = self.proof(&params, challenge);
        greet(client, params).await
    }

    /// Connects.
    pub async fn connect(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        params: Value,
    ) -> Client {
        let connected = self.try_connect(url, headers, params).await;
        connected.unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    fn payload(&self, params: &Value, challenge: Challenge<'_>) -> String {
        let scopes: Vec<_> = params["scopes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let auth = &params["auth"];
        let token = auth["token"].as_str().or(auth["deviceToken"].as_str());
        [
            self.id().as_str(),
            text(&params["client"]["id"]),
            text(&params["client"]["mode"]),
            params["role"].as_str().unwrap_or("operator"),
            &scopes.join(","),
            &challenge.ts.to_string(),
            token.unwrap_or(""),
            challenge.nonce,
        ]
        .join("|")
    }

    fn signed(&self, payload: &str, challenge: Challenge<'_>) -> Value {
        let signature = self.0.sign(payload.as_bytes());
        json!({
            "id": self.id(),
            "publicKey": URL_SAFE_NO_PAD.encode(self.0.verifying_key()),
            "signature": URL_SAFE_NO_PAD.encode(signature.to_bytes()),
            "signedAt": challenge.ts,
            "nonce": challenge.nonce,
        })
    }
}

/// A connection that was refused: the error, and how the socket was closed.
#[derive(Debug)]
pub struct Refused {
    pub error: Value,
    pub code: u16,
    pub reason: String,
}

impl Refused {
    /// `details.code`.
    pub fn detail(&self) -> &str {
        text(&self.error["details"]["code"])
    }
}

/// Sends `connect` on a socket that was challenged.
pub async fn greet(mut client: Client, params: Value) -> Result<Client, Refused> {
    match client.request("connect", params).await {
        Ok(hello) => {
            client.hello = hello;
            Ok(client)
        }
        Err(error) => {
            let (code, reason, _) = client.closed().await;
            Err(Refused {
                error,
                code,
                reason,
            })
        }
    }
}

/// Params of `connect` with the shared token.
pub fn params(id: &str, mode: &str, scopes: &[&str]) -> Value {
    json!({
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": { "id": id, "version": "0", "platform": "Linux", "mode": mode },
        "scopes": scopes,
        "auth": { "token": TOKEN },
    })
}

/// The same params with what else shows that the client may connect.
pub fn with_auth(mut params: Value, auth: Value) -> Value {
    params["auth"] = auth;
    params
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
