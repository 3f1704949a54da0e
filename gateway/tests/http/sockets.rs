//! Where sockets open, and how many.

use crate::support::{Client, Gateway, READ, connect_params};

#[tokio::test]
async fn sockets_open_wherever_no_route_is() {
    let gateway = Gateway::start(&[]).await;
    for path in ["", "/", "/ws", "/some/random/path?x=1", "/v1/elsewhere"] {
        let mut client = Client::open(&format!("{}{path}", gateway.url())).await;
        client.next_event("connect.challenge").await;
    }
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let owned = gateway.raw("GET", "/healthz", &upgrade, "").await;
    assert_eq!(owned.status, 200, "a route keeps its path");
    let other = [("Upgrade", "h2c")];
    let page = gateway.raw("GET", "/", &other, "").await;
    assert_eq!(page.status, 404, "another protocol is no socket");
}

#[tokio::test]
async fn an_address_has_only_so_many_sockets_in_their_handshake() {
    let gateway = Gateway::start(&[]).await;
    let mut waiting = Vec::new();
    for _ in 0..32 {
        let mut client = Client::open(&gateway.url()).await;
        client.next_event("connect.challenge").await;
        waiting.push(client);
    }
    let refused = tokio_tungstenite::connect_async(gateway.url()).await;
    let Err(tokio_tungstenite::tungstenite::Error::Http(answer)) = refused else {
        panic!("one too many is refused");
    };
    assert_eq!(answer.status(), 503);
    let mut first = waiting.pop().expect("there are some");
    first
        .request("connect", connect_params(READ, &[]))
        .await
        .expect("the handshake succeeds");
    gateway.client(READ, &[]).await;
}
