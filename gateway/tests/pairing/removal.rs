//! What a device may still do once it is removed, and its token rotated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use sessionwire_gateway::auth::{Bond, Principal};
use sessionwire_gateway::request::Caller;
use sessionwire_protocol::ErrorCode;
use tokio::task::JoinSet;

use crate::device::{Device, with_auth};
use crate::support::{ADMIN, Gateway, READ, store};
use crate::{PAIRING, ask, list, wanted};

#[tokio::test]
async fn what_is_taken_back_ends_the_connections_that_rest_on_it() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let mut owner = gateway.client(ADMIN, &[]).await;
    let bystander = Device::new(9);
    let mut untouched = bystander.connect(&url, &[], wanted(READ)).await;
    for (number, method) in [
        (1, "device.token.revoke"),
        (2, "device.token.rotate"),
        (3, "device.pair.remove"),
    ] {
        let device = Device::new(number);
        let mut first = device.connect(&url, &[], wanted(READ)).await;
        let token = first.hello["auth"]["deviceToken"].clone();
        let by_token = with_auth(wanted(READ), json!({"token": token}));
        let mut second = device.connect(&url, &[], by_token.clone()).await;
        let mut params = json!({"deviceId": device.id()});
        if method != "device.pair.remove" {
            params["role"] = "operator".into();
        }
        let answer = ask(&mut owner, method, params).await;
        assert_eq!(answer.get("token"), None, "the token is its device's only");
        for client in [&mut first, &mut second] {
            let (code, reason, _) = client.closed().await;
            assert_eq!(
                (code, reason.as_str()),
                (4001, "device removed"),
                "{method}"
            );
        }
        let refused = device.try_connect(&url, &[], by_token).await;
        let refused = refused.err().expect("the token is good no more");
        assert_eq!(refused.detail(), "AUTH_TOKEN_MISMATCH", "{method}");
    }
    untouched
        .request("health", json!({}))
        .await
        .expect("it goes on");
    let listed = list(&mut owner).await;
    let ids: Vec<_> = listed["paired"].as_array().into_iter().flatten().collect();
    assert_eq!(ids.len(), 3, "{listed}");
    assert!(listed.to_string().contains("revokedAtMs"), "{listed}");
}

#[tokio::test]
async fn what_a_device_asked_for_is_not_done_once_it_is_removed() {
    let gateway = Gateway::start(&[]).await;
    let mut owner = gateway.client(ADMIN, &[]).await;
    let device = Device::new(1);
    let wanted = wanted(&["operator.pairing", "operator.write"]);
    let mut client = device.connect(&gateway.url(), &[], wanted).await;
    ask(&mut client, "sessions.create", json!({"key": "before"})).await;
    let params = json!({"deviceId": device.id(), "role": "operator"});
    let revoking = client.begin("device.token.revoke", params).await;
    for number in 0..20 {
        let key = json!({"key": format!("after-{number}")});
        client.begin("sessions.create", key).await;
    }
    let (code, _, frames) = client.closed().await;
    assert_eq!(code, 4001);
    let revoked = frames.iter().find(|frame| frame["id"] == revoking);
    assert_eq!(revoked.expect("it is answered")["ok"], true);
    let listed = ask(&mut owner, "sessions.list", json!({})).await;
    assert_eq!(listed["totalCount"], 1, "{listed}");
}

#[tokio::test]
async fn a_device_that_removes_itself_is_answered_whatever_is_told_meanwhile() {
    const ROUNDS: u8 = 100;
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let stop: Arc<AtomicBool> = Arc::default();
    let mut others = JoinSet::new();
    for number in 0..8 {
        let (mut other, stop) = (gateway.client(ADMIN, &[]).await, Arc::clone(&stop));
        others.spawn(async move {
            let key = format!("other-{number}");
            ask(&mut other, "sessions.create", json!({"key": key})).await;
            for label in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let params = json!({"key": key, "label": format!("{number}-{label}")});
                ask(&mut other, "sessions.patch", params).await;
            }
        });
    }
    for number in 1..=ROUNDS {
        let device = Device::new(number);
        let mut wanted = wanted(&["operator.pairing", "operator.read"]);
        wanted["caps"] = json!(["session-cursor"]);
        let mut client = device.connect(&url, &[], wanted).await;
        let list = json!({"subscription": "list"});
        ask(&mut client, "sessions.subscribe", list).await;
        let params = json!({"deviceId": device.id()});
        let removing = client.begin("device.pair.remove", params).await;
        let (code, _, frames) = client.closed().await;
        assert_eq!(code, 4001);
        let removed = frames.iter().find(|frame| frame["id"] == removing);
        assert_eq!(removed.expect("it is answered")["ok"], true);
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = others.join_next().await {
        ended.expect("they are answered, too");
    }
}

#[tokio::test]
async fn a_change_that_waits_to_be_committed_is_refused_once_its_device_is_gone() {
    let data = tempfile::tempdir().expect("a folder");
    let gateway = store::open(data.path(), &[]);
    let owner = store::admin(&gateway);
    let bond = Bond {
        device: "gone".to_owned(),
        authority: "of before".to_owned(),
    };
    let bonded = Caller {
        principal: Arc::new(Principal {
            bond: Some(bond),
            ..Principal::owner()
        }),
        ..owner.clone()
    };
    let refused = bonded.commit(|_| Ok(())).await;
    assert_eq!(refused.expect_err("it is gone").code, ErrorCode::Forbidden);
    owner.commit(|_| Ok(())).await.expect("it rests on none");
}

#[tokio::test]
async fn a_device_that_reads_slowly_is_told_nothing_after_it_is_removed() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let mut owner = gateway.client(ADMIN, &[]).await;
    let device = Device::new(1);
    let mut slow = device.connect(&url, &[], wanted(READ)).await;
    let key = json!({"key": "talk"});
    ask(&mut owner, "sessions.create", key.clone()).await;
    ask(&mut slow, "sessions.messages.subscribe", key).await;
    let say = |text: String| json!({"sessionKey": "talk", "message": text});
    for _ in 0..40 {
        ask(&mut owner, "chat.inject", say("x".repeat(500_000))).await;
    }
    let params = json!({"deviceId": device.id(), "role": "operator"});
    ask(&mut owner, "device.token.revoke", params).await;
    ask(&mut owner, "chat.inject", say("not for you".to_owned())).await;
    let (_, _, frames) = slow.closed().await;
    let told = frames
        .iter()
        .filter(|frame| frame["event"] == "session.message");
    let told = told.count();
    assert!((1..40).contains(&told), "{told} messages were told");
    assert!(!format!("{frames:?}").contains("not for you"));
}

#[tokio::test]
async fn a_device_that_rotates_its_own_token_gets_it_before_it_has_to_come_back() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let device = Device::new(1);
    let wanted = wanted(&["operator.pairing", "operator.read"]);
    let mut client = device.connect(&url, &[], wanted.clone()).await;
    let token = client.hello["auth"]["deviceToken"].clone();
    drop(client);
    let by_token = with_auth(wanted.clone(), json!({"token": token}));
    client = device.connect(&url, &[], by_token).await;
    let params =
        json!({"deviceId": device.id(), "role": "operator", "scopes": ["operator.pairing"]});
    let rotated = ask(&mut client, "device.token.rotate", params).await;
    assert_eq!(rotated["tokenDelivery"], "in-band");
    assert_eq!(client.closed().await.0, 4001);
    let auth = json!({"deviceToken": rotated["token"]});
    let refused = device
        .try_connect(&url, &[], with_auth(wanted, auth.clone()))
        .await;
    assert_eq!(
        refused.err().expect("it is good for less").detail(),
        "AUTH_SCOPE_MISMATCH"
    );
    let less = with_auth(self::wanted(PAIRING), auth);
    device.connect(&url, &[], less).await;
}
