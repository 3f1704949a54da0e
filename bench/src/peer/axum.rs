//! What one writes with axum: each connection has a task that reads, a task that writes, and a channel between them and
//! all others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt as _;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::say;

type Clients = Arc<Mutex<HashMap<usize, UnboundedSender<Utf8Bytes>>>>;

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Serves until it is killed.
pub(super) async fn serve() -> Result<()> {
    let router = Router::new()
        .route("/", any(upgrade))
        .with_state(Clients::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // A connection that keeps Nagle's algorithm only is a slower one.
        let _set = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

async fn upgrade(upgrade: WebSocketUpgrade, State(clients): State<Clients>) -> Response {
    upgrade
        .read_buffer_size(4 << 10)
        .on_upgrade(|socket| talk(socket, clients))
}

async fn talk(socket: WebSocket, clients: Clients) {
    let (mut sink, mut stream) = socket.split();
    let (sender, mut texts) = unbounded_channel::<Utf8Bytes>();
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    clients.lock().expect("nobody panics").insert(id, sender);
    let writing = tokio::spawn(async move {
        while let Some(text) = texts.recv().await {
            sink.feed(Message::Text(text)).await?;
            while let Ok(text) = texts.try_recv() {
                sink.feed(Message::Text(text)).await?;
            }
            sink.flush().await?;
        }
        Ok::<(), axum::Error>(())
    });
    while let Some(Ok(Message::Text(text))) = stream.next().await {
        for client in clients.lock().expect("nobody panics").values() {
            // A client that has gone is removed by its own task.
            let _told = client.send(text.clone());
        }
    }
    clients.lock().expect("nobody panics").remove(&id);
    writing.abort();
}
