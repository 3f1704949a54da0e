//! Devices that have to be approved: what is asked for, who decides, and how that is taken back.

#![allow(unreachable_pub, reason = "the support of tests is shared by several")]

#[path = "../device/mod.rs"]
mod device;
#[path = "../support/mod.rs"]
mod support;

mod approval;
mod removal;

use serde_json::{Value, json};

use device::{Device, FROM_ELSEWHERE, Refused, params};
use support::{Client, Gateway};

const BOTH: &[&str] = &["operator.read", "operator.write"];
const PAIRING: &[&str] = &["operator.pairing"];

/// Tries to connect from elsewhere, in vain.
async fn knock(gateway: &Gateway, device: &Device, scopes: &[&str]) -> Refused {
    let url = gateway.url();
    let tried = device.try_connect(&url, &[FROM_ELSEWHERE], wanted(scopes));
    let refused = tried.await.err().expect("it has to be approved");
    assert_eq!(refused.detail(), "PAIRING_REQUIRED");
    refused
}

fn wanted(scopes: &[&str]) -> Value {
    params("gateway-client", "ui", scopes)
}

fn request_of(refused: &Refused) -> String {
    let id = refused.error["details"]["requestId"].as_str();
    id.expect("a request").to_owned()
}

async fn list(client: &mut Client) -> Value {
    ask(client, "device.pair.list", json!({})).await
}

async fn ask(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params).await;
    answer.unwrap_or_else(|error| panic!("{method}: {error}"))
}
