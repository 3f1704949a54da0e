//! From an open socket to a connection: challenge, `connect`, `hello-ok`.

use std::time::Duration;

use axum::extract::ws::close_code;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::auth::Peer;
use crate::config::{MAX_HANDSHAKE_FRAME, MAX_READ_FRAME};
use crate::farewell::close;
use crate::gateway::Gateway;
use crate::greeting::{self, Agreement, Greeting, Opening};
use crate::presence::Present;
use crate::socket::WebSocket;
use crate::text::Text;
use crate::watch::Watch;

/// Carries out the handshake. After a refusal or in silence the socket is closed, and there is no agreement. Neither is
/// there one with a peer that does not read what it is told.
pub async fn shake(
    socket: &mut WebSocket,
    gateway: &Gateway,
    peer: &Peer,
) -> Option<(Agreement, Present, Watch)> {
    let patience = gateway.config.handshake_timeout;
    let Opening { nonce, frame } = greeting::challenge(gateway);
    say(socket, frame.into(), patience).await?;
    let Ok(first) = timeout(patience, first_frame(socket)).await else {
        close(socket, close_code::NORMAL, "").await;
        return None;
    };
    match greeting::greet(&first?, &nonce, gateway, peer).await {
        Ok(Greeting {
            agreement,
            present,
            watch,
            hello,
        }) => {
            say(socket, hello, patience).await?;
            socket.take_frames_up_to(MAX_READ_FRAME);
            Some((agreement, present, watch))
        }
        Err(refusal) => {
            tracing::debug!(code = refusal.code, reason = %refusal.reason, "handshake refused");
            gateway.metrics.handshake_refused(refusal.code);
            sleep(refusal.delay).await;
            if let Some(response) = refusal.response {
                say(socket, response.into(), patience).await?;
            }
            close(socket, refusal.code, &refusal.reason).await;
            None
        }
    }
}

async fn say(socket: &mut WebSocket, text: Text, patience: Duration) -> Option<()> {
    let said = timeout(patience, socket.send(text)).await;
    said.ok()?.ok()
}

async fn first_frame(socket: &mut WebSocket) -> Option<String> {
    socket.take_frames_up_to(MAX_HANDSHAKE_FRAME);
    loop {
        match socket.receive().await? {
            Ok(Message::Text(text)) => return Some(text.as_str().to_owned()),
            Ok(Message::Binary(bytes)) => {
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(Error::Capacity(_)) => {
                close(socket, close_code::SIZE, "").await;
                return None;
            }
            Ok(Message::Close(_)) | Err(_) => return None,
        }
    }
}
