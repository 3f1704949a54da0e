//! What has to be approved, and by whom.

use serde_json::json;

use crate::device::{Device, FROM_ELSEWHERE, with_auth};
use crate::support::{ADMIN, Gateway, READ};
use crate::{BOTH, PAIRING, ask, knock, list, request_of, wanted};

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
