//! From an open socket to a connection: challenge, `connect`, `hello-ok`.

use axum::extract::ws::close_code;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::auth::Peer;
use crate::config::MAX_HANDSHAKE_FRAME;
use crate::farewell::close;
use crate::gateway::Gateway;
use crate::greeting::{self, Agreement, Opening};
use crate::socket::WebSocket;

/// Carries out the handshake. After a refusal or in silence the socket is closed, and there is no agreement.
pub async fn shake(socket: &mut WebSocket, gateway: &Gateway, peer: &Peer) -> Option<Agreement> {
    let Opening { nonce, frame } = greeting::challenge(gateway);
    socket.send(frame.into()).await.ok()?;
    let Ok(first) = timeout(gateway.config.handshake_timeout, first_frame(socket)).await else {
        close(socket, close_code::NORMAL, "").await;
        return None;
    };
    match greeting::greet(&first?, &nonce, gateway, peer).await {
        Ok((agreement, hello)) => {
            if socket.send(hello.into()).await.is_err() {
                gateway.presence.leave(&agreement.connection);
                return None;
            }
            Some(agreement)
        }
        Err(refusal) => {
            tracing::debug!(code = refusal.code, reason = %refusal.reason, "handshake refused");
            gateway.metrics.handshake_refused(refusal.code);
            sleep(refusal.delay).await;
            if let Some(response) = refusal.response {
                socket.send(response.into()).await.ok()?;
            }
            close(socket, refusal.code, &refusal.reason).await;
            None
        }
    }
}

async fn first_frame(socket: &mut WebSocket) -> Option<String> {
    loop {
        let text = match socket.receive().await?.ok()? {
            Message::Text(text) => text.as_str().to_owned(),
            Message::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Close(_) => return None,
        };
        if text.len() > MAX_HANDSHAKE_FRAME {
            close(socket, close_code::SIZE, "").await;
            return None;
        }
        return Some(text);
    }
}
