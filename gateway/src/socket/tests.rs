use std::io::Write;
use std::net::TcpStream as BlockingStream;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::*;

/// A text that goes on in what follows.
const BEGIN_TEXT: [u8; 6] = [0x01, 0x80, 0, 0, 0, 0];
const GO_ON_WITH_NOTHING: [u8; 6] = [0x00, 0x80, 0, 0, 0, 0];
const PING: [u8; 10] = [0x89, 0x84, 0, 0, 0, 0, b'p', b'i', b'n', b'g'];
const PONG: [u8; 6] = [0x8a, 0x04, b'p', b'i', b'n', b'g'];

#[tokio::test]
async fn a_goodbye_is_answered() {
    let (mut peer, mut socket) = pair().await;
    peer.write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])
        .await
        .expect("the socket is there");
    let goodbye = socket.receive().await;
    assert!(matches!(goodbye, Some(Ok(Message::Close(Some(_))))));
    assert!(socket.receive().await.is_none());
    drop(socket);
    let mut answer = Vec::new();
    peer.read_to_end(&mut answer).await.expect("it ends well");
    assert_eq!(answer, [0x88, 0x02, 0x03, 0xe8]);
}

#[tokio::test]
async fn a_peer_that_never_pauses_leaves_time_for_others() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has one");
    let flood = thread::spawn(move || {
        let mut peer = BlockingStream::connect(address).expect("it listens");
        let mut frames = BEGIN_TEXT.to_vec();
        while peer.write_all(&frames).is_ok() {
            frames = GO_ON_WITH_NOTHING.repeat(10_000);
        }
    });
    let (stream, _) = listener.accept().await.expect("it comes");
    let mut socket = WebSocket::new(stream, &[]);
    let nothing_whole = timeout(Duration::from_millis(200), socket.receive()).await;
    assert!(nothing_whole.is_err(), "{nothing_whole:?}");
    drop(socket);
    flood.join().expect("it ends with the socket");
}

#[tokio::test]
async fn a_peer_that_reads_no_answers_is_not_read_and_gets_all_of_them_later() {
    const TOO_MUCH: usize = 64 << 20;
    const STILL: usize = 1_000;
    let (mut peer, mut socket) = pair().await;
    let pings = PING.repeat(1_000);
    let (mut sent, mut still) = (0, 0);
    while still < STILL && sent < TOO_MUCH {
        still += 1;
        while let Ok(bytes) = peer.try_write(&pings[sent % PING.len()..]) {
            sent += bytes;
            still = 0;
        }
        while let Some(message) = socket.receive().now_or_never() {
            assert!(matches!(message, Some(Ok(Message::Ping(_)))));
            still = 0;
        }
        yield_now().await;
    }
    assert!(sent < TOO_MUCH, "what was sent was all read");
    tokio::spawn(async move { while socket.receive().await.is_some() {} });
    for _ in 0..sent / PING.len() {
        let mut pong = [0; PONG.len()];
        peer.read_exact(&mut pong).await.expect("it is told");
        assert_eq!(pong, PONG);
    }
}

async fn pair() -> (TcpStream, WebSocket) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has one");
    let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (stream, _) = accepted.expect("it comes");
    (peer.expect("it listens"), WebSocket::new(stream, &[]))
}
