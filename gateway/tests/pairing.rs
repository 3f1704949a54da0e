//! Devices that have to be approved: what is asked for, who decides, and how that is taken back.

mod device;
mod support;

use device::{Device, FROM_ELSEWHERE, Refused, params, with_auth};
use serde_json::{Value, json};
use sessionwire_gateway::auth::{Bond, Principal};
use sessionwire_gateway::request::Caller;
use sessionwire_protocol::ErrorCode;
use std::sync::Arc;
use support::{ADMIN, Client, Gateway, READ, store};

const BOTH: &[&str] = &["operator.read", "operator.write"];
const PAIRING: &[&str] = &["operator.pairing"];
const READER: usize = 0;
const CLERK: usize = 1;
const OWNER: usize = 2;
const GUEST: usize = 3;

#[tokio::test]
async fn a_device_from_elsewhere_waits_for_approval() {
    let gateway = Gateway::start(&[]).await;
    let mut owner = gateway.client(ADMIN, &[]).await;
    let mut reader = gateway.client(READ, &[]).await;
    let device = Device::new(1);
    let refused = knock(&gateway, &device, BOTH).await;
    let request = request_of(&refused);
    assert_eq!(refused.error["code"], "NOT_PAIRED");
    assert_eq!(
        refused.error["message"],
        "pairing required: device is not approved yet"
    );
    assert_eq!(
        refused.error["details"],
        json!({
            "code": "PAIRING_REQUIRED",
            "reason": "not-paired",
            "requestId": request,
            "remediationHint": "Approve this device from the pending pairing requests.",
            "deviceId": device.id(),
            "requestedRole": "operator",
            "requestedScopes": BOTH,
        })
    );
    assert_eq!(refused.code, 1008);
    assert_eq!(
        refused.reason,
        format!("pairing required: device is not approved yet (requestId: {request})")
    );
    let told = owner.next_event("device.pair.requested").await["payload"].take();
    assert_eq!(
        (&told["requestId"], &told["deviceId"], &told["scopes"]),
        (&json!(request), &json!(device.id()), &json!(BOTH))
    );
    let again = knock(&gateway, &device, BOTH).await;
    assert_eq!(
        request_of(&again),
        request,
        "asking again is the same request"
    );
    let listed = list(&mut owner).await;
    assert_eq!(listed["pending"], json!([told]));
    assert_eq!(listed["paired"], json!([]));

    let approved = ask(
        &mut owner,
        "device.pair.approve",
        json!({"requestId": request}),
    )
    .await;
    assert_eq!(approved["device"]["approvedVia"], "owner");
    assert_eq!(approved["device"]["scopes"], json!(BOTH));
    let resolved = owner.next_event("device.pair.resolved").await["payload"].take();
    assert_eq!(
        (&resolved["requestId"], &resolved["decision"]),
        (&json!(request), &json!("approved"))
    );
    let client = device
        .connect(&gateway.url(), &[FROM_ELSEWHERE], wanted(BOTH))
        .await;
    assert_eq!(client.hello["auth"]["scopes"], json!(BOTH));
    let listed = list(&mut owner).await;
    assert_eq!(listed["pending"], json!([]));
    assert_eq!(listed["paired"][0]["connected"], true);
    assert_eq!(listed["paired"][0]["remoteIp"], "127.0.0.1");
    assert_eq!(
        (reader.events_so_far().await.iter())
            .filter(|event| event["event"]
                .as_str()
                .expect("a name")
                .starts_with("device."))
            .count(),
        0,
        "readers are told nothing of devices"
    );
}

#[tokio::test]
async fn a_device_that_asks_for_more_waits_again() {
    let gateway = Gateway::start(&[]).await;
    let mut owner = gateway.client(ADMIN, &[]).await;
    let device = Device::new(1);
    let url = gateway.url();
    let client = device.connect(&url, &[], wanted(READ)).await;
    let token = &client.hello["auth"]["deviceToken"];

    let more = knock(&gateway, &device, BOTH).await;
    let details = &more.error["details"];
    assert_eq!(details["reason"], "scope-upgrade");
    assert_eq!(details["approvedScopes"], json!(READ));
    assert_eq!(details["approvedRoles"], json!(["operator"]));
    let mut as_node = wanted(&[]);
    as_node["role"] = "node".into();
    let node = device.try_connect(&url, &[], as_node).await;
    let node = node.err().expect("it is refused");
    assert_eq!(node.error["details"]["reason"], "role-upgrade");
    let mut elsewhere = wanted(READ);
    elsewhere["client"]["platform"] = "another".into();
    let moved = device.try_connect(&url, &[], elsewhere).await;
    let moved = moved.err().expect("it is refused");
    assert_eq!(moved.error["details"]["reason"], "metadata-upgrade");

    let pending = list(&mut owner).await["pending"].take();
    let [one] = pending.as_array().expect("a list").as_slice() else {
        panic!("a device has one request: {pending}");
    };
    assert_eq!(one["isRepair"], true);
    assert_eq!(one["roles"], json!(["operator", "node"]));
    assert_eq!(one["requestId"], request_of(&moved));
    let gone = json!({"requestId": request_of(&more)});
    let error = owner.request("device.pair.approve", gone).await;
    assert_eq!(
        error.expect_err("it is gone")["message"],
        "unknown requestId"
    );
    let rejected = json!({"requestId": one["requestId"]});
    let rejected = ask(&mut owner, "device.pair.reject", rejected).await;
    assert_eq!(rejected["deviceId"], device.id());
    let by_token = with_auth(wanted(READ), json!({"token": token}));
    device.connect(&url, &[FROM_ELSEWHERE], by_token).await;

    let on_this_machine = device.connect(&url, &[], wanted(BOTH)).await;
    assert_eq!(on_this_machine.hello["auth"]["scopes"], json!(BOTH));
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    const APPROVE: &str = "device.pair.approve";
    const NO_REQUEST: &str =
        "invalid device.pair.approve params: must have required property 'requestId'";
    let (device, other, guest) = (Device::new(1), Device::new(2), Device::new(3));
    let request = request_of(&knock(&gateway, &device, READ).await);
    let wild = request_of(&knock(&gateway, &other, &["operator.read", "bogus.scope"]).await);
    let client = guest.connect(&url, &[], wanted(PAIRING)).await;
    let own = &client.hello["auth"]["deviceToken"];
    let by_token = with_auth(wanted(PAIRING), json!({"token": own}));
    let mut clients = [
        gateway.client(READ, &[]).await,
        gateway.client(PAIRING, &[]).await,
        gateway.client(ADMIN, &[]).await,
        guest.connect(&url, &[], by_token).await,
    ];
    let of = |id: &str| json!({"requestId": id});
    let token = |device: &Device| json!({"deviceId": device.id(), "role": "operator"});
    for (who, method, params, sentence) in [
        (
            READER,
            "device.pair.list",
            json!({}),
            "missing scope: operator.pairing",
        ),
        (CLERK, APPROVE, of(&request), "missing scope: operator.read"),
        (
            OWNER,
            APPROVE,
            of(&wild),
            "invalid scope for requested roles: bogus.scope",
        ),
        (OWNER, APPROVE, of("none"), "unknown requestId"),
        (OWNER, APPROVE, json!({}), NO_REQUEST),
        (OWNER, "device.pair.reject", of("none"), "unknown requestId"),
        (
            OWNER,
            "device.pair.remove",
            json!({"deviceId": "none"}),
            "unknown deviceId",
        ),
        (
            OWNER,
            "device.token.revoke",
            token(&device),
            "device token revocation denied",
        ),
        (
            GUEST,
            APPROVE,
            of(&request),
            "device pairing approval denied",
        ),
        (
            GUEST,
            "device.pair.reject",
            of(&request),
            "device pairing rejection denied",
        ),
        (
            GUEST,
            "device.pair.remove",
            json!({"deviceId": device.id()}),
            "device pairing removal denied",
        ),
        (
            GUEST,
            "device.token.revoke",
            token(&device),
            "device token revocation denied",
        ),
        (
            GUEST,
            "device.token.rotate",
            token(&device),
            "device token rotation denied",
        ),
    ] {
        let error = clients[who].request(method, params).await;
        let error = error.expect_err("it is refused");
        assert_eq!(error["message"], sentence, "{method}");
    }
    let seen = list(&mut clients[GUEST]).await;
    assert_eq!(seen["pending"], json!([]), "a device sees itself only");
    assert_eq!(seen["paired"][0]["deviceId"], guest.id());
    assert_eq!(
        list(&mut clients[OWNER]).await["pending"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

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

#[tokio::test]
async fn a_revoked_device_is_approved_anew() {
    let gateway = Gateway::start(&[]).await;
    let url = gateway.url();
    let mut owner = gateway.client(ADMIN, &[]).await;
    let device = Device::new(1);
    device.connect(&url, &[], wanted(READ)).await;
    let params = json!({"deviceId": device.id(), "role": "operator"});
    ask(&mut owner, "device.token.revoke", params).await;
    let refused = knock(&gateway, &device, READ).await;
    assert_eq!(refused.error["details"]["reason"], "role-upgrade");
    let request = json!({"requestId": request_of(&refused)});
    ask(&mut owner, "device.pair.approve", request).await;
    device.connect(&url, &[FROM_ELSEWHERE], wanted(READ)).await;
}

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
