//! A gateway like this one as upstream.

use serde_json::json;

use super::support::{ADMIN, CURSORS, Gateway, TOKEN, whole};
use super::{follower, rows, until_live};

#[tokio::test]
async fn a_gateway_like_this_one_is_mirrored_with_its_generations() {
    let upstream = Gateway::start(&[]).await;
    let mut actor = upstream.client(ADMIN, &[]).await;
    actor
        .request("sessions.create", json!({"key": "a", "label": "A"}))
        .await
        .expect("it is made");
    let url = upstream.url();
    let gateway = Gateway::start(&["--upstream", &url, "--upstream-token", TOKEN]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    until_live(&mut client, true).await;
    let (mut client, mirrored) = follower(&gateway).await;
    let (mut there, expected) = follower(&upstream).await;
    assert_eq!(mirrored, expected.iter().map(whole).collect::<Vec<_>>());
    assert_eq!(rows(&mut client).await, rows(&mut actor).await);

    client
        .request("sessions.reset", json!({"key": "a"}))
        .await
        .expect("it is done");
    let here: Vec<_> = client.unread_events();
    let told = |events: &[serde_json::Value]| -> Vec<_> {
        let of_lists = events.iter().filter(|event| event["subscription"] == "all");
        of_lists
            .map(|event| {
                (
                    event["event"].clone(),
                    event["payload"]["lifecycleRevision"].clone(),
                    event["payload"]["nextLifecycleRevision"].clone(),
                )
            })
            .collect()
    };
    assert_eq!(told(&here), told(&there.events_so_far().await));
    assert_eq!(here.len(), 2, "{here:?}");

    actor
        .request("sessions.delete", json!({"key": "a"}))
        .await
        .expect("it is done");
    let drain = client.next_event("socket.drain").await;
    assert_eq!(drain["payload"]["reason"], "deleted");
}
