use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Shared;

/// One connection of the upstream.
pub(super) async fn talk(stream: TcpStream, shared: &Shared) {
    let Ok(mut socket) = accept_async(stream).await else {
        return;
    };
    let challenge =
        json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}});
    let mut events = shared.events.subscribe();
    let mut greeted = false;
    let mut scopes = Value::Null;
    let mut seq = 0;
    let mut due = vec![challenge];
    loop {
        for mut frame in due.drain(..) {
            if frame["type"] == "event" && greeted {
                seq += 1;
                frame["seq"] = seq.into();
            }
            if socket.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
        tokio::select! {
            biased;
            Ok(event) = events.recv() => match event["close"].as_u64() {
                Some(_) if event["of"].is_array() && event["of"] != scopes => {}
                Some(code) => {
                    let reason = event["reason"].as_str().unwrap_or_default().to_owned();
                    let frame = CloseFrame { code: (code as u16).into(), reason: reason.into() };
                    let _gone = socket.close(Some(frame)).await;
                }
                None => if greeted { due.push(event) },
            },
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Ok(Ok(frame)) = message.to_text().map(serde_json::from_str::<Value>) else {
                    continue;
                };
                let (id, method) = (frame["id"].clone(), frame["method"].as_str().unwrap_or_default());
                if method == "connect" {
                    scopes = frame["params"]["scopes"].clone();
                }
                let (answer, told) = shared.world().hear(method, &frame["params"], &scopes);
                shared.count.send_modify(|count| *count += 1);
                greeted |= answer.is_ok();
                due.push(match answer {
                    Ok(payload) => json!({"type": "res", "id": id, "ok": true, "payload": payload}),
                    Err(error) => json!({"type": "res", "id": id, "ok": false, "error": error}),
                });
                for payload in told {
                    let event = if payload["runId"].is_null() { "sessions.changed" } else { "chat" };
                    due.push(json!({"type": "event", "event": event, "payload": payload}));
                }
            }
        }
    }
}
