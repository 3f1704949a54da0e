//! A driver that parses frames by its own means.

use serde_json::Value;
use sessionwire_client_core::{ChangeFrame, ClientState, Document, Instant};
use sessionwire_protocol::{ChangeReason, Place};

/// Gives a frame that is JSON, by its fields where it has such a form; `true` where it has.
pub(crate) fn receive(client: &mut ClientState, text: &str, now: Instant) -> bool {
    let frame = serde_json::from_str(text).expect("JSON");
    let change = change(&frame, text);
    let by_fields = change.is_some();
    match change {
        Some(change) => client.change_received(change, now),
        None => client.json_received(&Document::checked(text), now),
    }
    by_fields
}

fn change<'a>(frame: &'a Value, text: &'a str) -> Option<ChangeFrame<'a>> {
    let payload = &frame["payload"];
    let says_more = !payload["change"].is_null() || !payload["sessionKey"].is_null();
    if frame["event"] != "sessions.changed" || says_more {
        return None;
    }
    let subscription = frame["subscription"].as_str()?.into();
    let reason = payload["reason"].as_str();
    Some(ChangeFrame {
        text,
        seq: frame["seq"].as_u64(),
        place: Place::new(
            subscription,
            frame["prev"].as_u64()?,
            frame["cursor"].as_u64(),
        ),
        reason: reason.map(|reason| ChangeReason::from(reason.to_owned())),
        ts: payload["ts"].as_u64(),
        head: serde_json::from_value(payload["session"].clone()).ok()?,
    })
}
