//! Who keeps a connection waiting.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::SESSIONS;
use crate::support::{ADMIN, Client, Gateway, READ, TOKEN};

const LIMIT: Duration = Duration::from_secs(20);
/// How much of the long list each session takes.
const LONG: usize = 80_000;
const SESSION_COUNT: usize = 100;

#[tokio::test]
async fn who_stops_reading_is_let_go() {
    let gateway = Gateway::start(&["--write-timeout", "100ms"]).await;
    make_long_list(&gateway).await;
    for path in [SESSIONS.to_owned(), format!("{SESSIONS}/events")] {
        let socket = TcpSocket::new_v4().expect("there is one");
        socket.set_recv_buffer_size(4 << 10).expect("it is small");
        let connecting = socket.connect(gateway.server.address());
        let mut reader = connecting.await.expect("it listens");
        ask(&mut reader, &path).await;
        let reset = timeout(LIMIT, reader.ready(Interest::ERROR)).await;
        let reset = reset.expect("it is not waited for");
        assert!(reset.expect("it is told").is_error(), "{path}");
    }
    while gateway.server.live_lists() > 0 {
        tokio::task::yield_now().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_reads_slowly_is_waited_for() {
    let gateway = Gateway::start(&["--write-timeout", "3s"]).await;
    make_long_list(&gateway).await;
    let connecting = TcpStream::connect(gateway.server.address());
    let mut reader = connecting.await.expect("it listens");
    ask(&mut reader, SESSIONS).await;
    read_slowly(&mut reader).await;
}

#[tokio::test]
async fn who_stops_reading_a_socket_is_let_go() {
    let gateway = Gateway::start(&["--write-timeout", "100ms"]).await;
    make_long_list(&gateway).await;
    let mut watcher = gateway.client(ADMIN, &[]).await;
    let mut reader = gateway.client(READ, &[]).await;
    presence_of(&mut watcher, 3).await;
    reader.begin("sessions.list", json!({})).await;
    presence_of(&mut watcher, 2).await;
    let mut rest = Vec::new();
    let ended = timeout(LIMIT, reader.stream().read_to_end(&mut rest)).await;
    ended.expect("it is not waited for").expect("it ends");
    assert!(rest.len() < LONG * SESSION_COUNT, "{}", rest.len());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_reads_a_socket_slowly_is_waited_for() {
    let gateway = Gateway::start(&["--write-timeout", "3s"]).await;
    make_long_list(&gateway).await;
    let mut reader = gateway.client(READ, &[]).await;
    reader.begin("sessions.list", json!({})).await;
    read_slowly(reader.stream()).await;
}

#[tokio::test]
async fn who_does_not_ask_is_let_go() {
    let gateway = Gateway::start(&["--request-timeout", "2s"]).await;
    for (sent, answered) in [
        ("", ""),
        ("GET /healthz HTTP/1.1\r\nHo", ""),
        (
            "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "HTTP/1.1 200 OK",
        ),
    ] {
        let connecting = TcpStream::connect(gateway.server.address());
        let mut stream = connecting.await.expect("it listens");
        let asked = stream.write_all(sent.as_bytes()).await;
        asked.expect("it is sent");
        let mut answer = String::new();
        let ended = timeout(LIMIT, stream.read_to_string(&mut answer)).await;
        ended.expect("it is not waited for").expect("it ends");
        let status = answer.lines().next().unwrap_or_default();
        assert_eq!(status, answered, "{sent:?}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered() {
    let gateway = Gateway::start(&["--request-timeout", "2s"]).await;
    let token = format!("Bearer {TOKEN}");
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/json"),
        ("Content-Length", "10"),
    ];
    let answer = gateway.raw("POST", SESSIONS, &headers, "").await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.json()["error"]["type"], "request_timeout");
}

/// Waits until so many are there, with the gateway itself.
async fn presence_of(watcher: &mut Client, count: usize) {
    while let Some(there) = watcher.next_event("presence").await["payload"]["presence"].as_array()
        && there.len() != count
    {}
}

/// For longer than nothing may be read.
#[cfg(target_os = "linux")]
async fn read_slowly(reader: &mut TcpStream) {
    let mut some = vec![0; 32 << 10];
    for _ in 0..50 {
        let read = timeout(LIMIT, reader.read_exact(&mut some)).await;
        read.expect("it goes on").expect("it is not let go");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Together more than sockets hold.
async fn make_long_list(gateway: &Gateway) {
    let mut admin = gateway.client(ADMIN, &[]).await;
    let long = "l".repeat(LONG);
    for number in 0..SESSION_COUNT {
        let params = json!({"key": format!("s{number}"), "model": &long});
        let made = admin.request("sessions.patch", params).await;
        made.expect("it is made");
    }
}

async fn ask(reader: &mut TcpStream, path: &str) {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    let asked = reader.write_all(request.as_bytes()).await;
    asked.expect("it is sent");
}
