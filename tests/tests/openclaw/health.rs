use serde_json::{Value, json};
use sessionwire_tests::TestGateway;

use crate::conformance::script::Socket;

/// Waits until a gateway in front shows what its upstream has.
pub(crate) async fn until_live(front: &TestGateway) {
    until_health(front, |upstream| (upstream["live"] == true).then_some(())).await
}

/// Waits until the health of a gateway in front says so of its upstream.
pub(crate) async fn until_health<T>(front: &TestGateway, is_it: impl Fn(&Value) -> Option<T>) -> T {
    let socket = Socket::connect(&front.url(), TestGateway::TOKEN, &[]).await;
    let mut socket = socket.unwrap_or_else(|error| panic!("{error}"));
    let mut health = socket.call("health", json!({})).await;
    loop {
        if let Some(found) = is_it(&health["upstream"]) {
            return found;
        }
        health = socket.event("health", |_| true).await;
    }
}
