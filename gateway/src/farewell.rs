//! The end of a socket: saying so, and letting that arrive.

use std::time::Duration;

use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::socket::WebSocket;

/// How long a peer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Says goodbye and waits a moment for the peer's own, so that what was sent before is not lost. A peer that does not
/// even read is left alone.
pub async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    let goodbye = socket.close(close_frame(code, reason));
    if let Ok(Ok(())) = timeout(PATIENCE, goodbye).await {
        linger(socket).await;
    }
}

/// Reads on until the peer is gone, for a moment. After an unreadable frame nothing is made of what comes, but ending
/// the connection with unread input would destroy the goodbye on its way.
pub async fn linger(socket: &mut WebSocket) {
    let reading = async {
        while socket.receive().await.is_some() {}
        socket.discard().await;
    };
    let _patience = timeout(PATIENCE, reading).await;
}

/// A close frame; its reason is cut to what the WebSocket protocol allows.
fn close_frame(code: u16, reason: &str) -> CloseFrame {
    const REASON_BYTES: usize = 123;
    let end = (0..=REASON_BYTES.min(reason.len()))
        .rev()
        .find(|end| reason.is_char_boundary(*end))
        .unwrap_or(0);
    CloseFrame {
        code: code.into(),
        reason: reason[..end].into(),
    }
}
