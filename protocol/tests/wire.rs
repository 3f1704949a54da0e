//! Every fixture reads into its type; what this project writes itself is written back the same, and of what
//! OpenClaw's gateway and clients sent (recorded from release 2026.9.6) nothing that we know is lost.

mod support;

use std::collections::BTreeSet;
use std::fs;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use sessionwire_protocol::chat::{ChatEvent, RunStarted};
use sessionwire_protocol::connect::{Challenge, ConnectParams, HelloOk};
use sessionwire_protocol::device::{PairRequest, PairResolved};
use sessionwire_protocol::event::{SessionMessage, SessionsChanged, Shutdown, SocketDrain, Tick};
use sessionwire_protocol::gateway::{Health, Presence};
use sessionwire_protocol::sessions::{
    Groups, Previews, SessionResolved, SessionsCreated, SessionsDeleted, SessionsDescribed,
    SessionsListed, SessionsPatchParams, SessionsPatched, SessionsSubscribed,
};
use sessionwire_protocol::{ErrorBody, ErrorCode, EvictionReason, Frame, SessionKind, event};

use support::{fixtures, folder, json, rewrite};

#[test]
fn own_frames_are_written_as_they_are_read() {
    for (path, text) in fixtures("frames") {
        let frame =
            Frame::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let written = match &frame {
            Frame::Request(request) => request.to_json(),
            Frame::Response(response) => response.to_json(),
            Frame::Event(event) => event.to_json(),
        };
        assert_eq!(json(&written), json(&text), "{}", path.display());
    }
}

#[test]
fn own_payloads_are_written_as_they_are_read() {
    let mut told = BTreeSet::new();
    for (path, text) in fixtures("frames") {
        let Some((event, payload)) = event_of(&text) else {
            continue;
        };
        let written = match event.as_str() {
            "connect.challenge" => rewrite::<Challenge>(&payload),
            "sessions.changed" => rewrite::<SessionsChanged>(&payload),
            "socket.drain" => rewrite::<SocketDrain>(&payload),
            "session.message" => rewrite::<SessionMessage>(&payload),
            "chat" => rewrite::<ChatEvent>(&payload),
            "presence" => rewrite::<Presence>(&payload),
            "device.pair.requested" => rewrite::<PairRequest>(&payload),
            "device.pair.resolved" => rewrite::<PairResolved>(&payload),
            "health" => rewrite::<Health>(&payload),
            "tick" => rewrite::<Tick>(&payload),
            "shutdown" => rewrite::<Shutdown>(&payload),
            _ => continue,
        };
        assert_eq!(written, Ok(json(&payload)), "{}", path.display());
        told.insert(event);
    }
    for event in event::ALL {
        assert!(told.contains(event), "{event} has a fixture");
    }
    for name in ["subscribed-with-snapshot", "subscribed-resumed"] {
        let payload = result_of(&read("frames", name))
            .expect("it is a result")
            .to_string();
        assert_eq!(
            rewrite::<SessionsSubscribed>(&payload),
            Ok(json(&payload)),
            "{name}"
        );
    }
    let text = read("frames", "request");
    let Ok(Frame::Request(request)) = Frame::parse(&text) else {
        panic!("it is a request")
    };
    let params = request.params.map(RawValue::get).expect("it has params");
    assert_eq!(rewrite::<SessionsPatchParams>(params), Ok(json(params)));
}

#[test]
fn recorded_results_are_read() {
    keeps::<HelloOk>(
        "hello-ok",
        &[
            "/protocol",
            "/server/connId",
            "/auth/scopes",
            "/policy/tickIntervalMs",
        ],
    );
    keeps::<SessionsListed>(
        "sessions-list-result",
        &[
            "/sessions/0/key",
            "/sessions/0/label",
            "/totalCount",
            "/limitApplied",
        ],
    );
    keeps::<SessionsSubscribed>(
        "sessions-subscribe-result",
        &["/subscribed", "/list/sessions/0/sessionId"],
    );
    keeps::<SessionsCreated>(
        "sessions-create-result",
        &[
            "/key",
            "/sessionId",
            "/entry/lifecycleRevision",
            "/entry/label",
        ],
    );
    keeps::<SessionsPatched>(
        "sessions-patch-result",
        &["/path", "/entry/pinnedAt", "/entry/sessionRoot"],
    );
    keeps::<SessionsPatched>(
        "sessions-reset-result",
        &["/entry/lifecycleRevision", "/entry/thinkingLevel"],
    );
    keeps::<SessionsDeleted>("sessions-delete-result", &["/deleted", "/archived"]);
    keeps::<SessionsDescribed>(
        "sessions-describe-result",
        &[
            "/session/category",
            "/session/pinnedAt",
            "/session/thinkingLevel",
        ],
    );
    keeps::<SessionResolved>("sessions-resolve-result", &["/ok", "/key", "/agentId"]);
    keeps::<Previews>("sessions-preview-result", &["/previews/0/status"]);
    keeps::<Groups>(
        "sessions-groups-list-result",
        &["/groups/0/name", "/sectionOrder"],
    );
    keeps::<RunStarted>("chat-send-result", &["/runId", "/status"]);
}

#[test]
fn recorded_requests_are_read() {
    for name in ["connect-backend", "connect-cli", "connect-tui-with-device"] {
        let text = read("openclaw", name);
        let Ok(Frame::Request(request)) = Frame::parse(&text) else {
            panic!("{name} is a request")
        };
        let params = request.params.map(RawValue::get).expect("it has params");
        assert_eq!(rewrite::<ConnectParams>(params), Ok(json(params)), "{name}");
    }
}

#[test]
fn recorded_events_are_read() {
    for name in ["create", "patch", "command-metadata", "reset"] {
        keeps::<SessionsChanged>(
            &format!("sessions-changed-{name}"),
            &[
                "/sessionKey",
                "/reason",
                "/session/key",
                "/session/sessionId",
                "/session/updatedAt",
            ],
        );
    }
    keeps::<SessionsChanged>("sessions-changed-delete", &["/sessionKey", "/reason"]);
    keeps::<SessionsChanged>("sessions-changed-keyless", &["/reason"]);
    keeps::<SessionMessage>(
        "session-message-user",
        &["/message/content", "/messageId", "/messageSeq"],
    );
    keeps::<SessionMessage>(
        "session-message-assistant",
        &["/message/content/0/text", "/message/__openclaw/seq"],
    );
    keeps::<ChatEvent>(
        "chat-final",
        &["/runId", "/state", "/message/content/0/text"],
    );
    keeps::<ChatEvent>("chat-error", &["/errorMessage"]);
    keeps::<Health>("health", &["/ok", "/sessions/count"]);
    keeps::<Tick>("tick", &["/ts"]);
    keeps::<Shutdown>("shutdown", &["/reason"]);
    keeps::<Challenge>("connect-challenge", &["/nonce", "/ts", "/capabilities/0"]);
}

#[test]
fn recorded_refusals_are_read() {
    for (name, code, detail) in [
        ("refused-label-in-use", ErrorCode::InvalidRequest, None),
        (
            "refused-missing-scope",
            ErrorCode::Forbidden,
            Some("MISSING_SCOPE"),
        ),
        (
            "refused-protocol",
            ErrorCode::InvalidRequest,
            Some("PROTOCOL_MISMATCH"),
        ),
    ] {
        let error = refusal(name);
        assert_eq!(
            (&error.code, error.detail_code()),
            (&code, detail),
            "{name}"
        );
    }
    assert_eq!(
        refusal("refused-session-changed").detail_reason(),
        Some("session-changed")
    );
}

#[test]
fn what_is_unknown_is_tolerated() {
    let reason: EvictionReason = serde_json::from_str("\"melted\"").expect("an unknown reason");
    assert_eq!(reason, EvictionReason::Unknown);
    let code: ErrorCode = serde_json::from_str("\"ON_FIRE\"").expect("an unknown code");
    assert_eq!(code, ErrorCode::Other("ON_FIRE".into()));
    let again = serde_json::to_string(&code).expect("it is a text");
    assert_eq!(again, "\"ON_FIRE\"");
    let kind: SessionKind = serde_json::from_str("\"swarm\"").expect("an unknown kind");
    assert_eq!(kind, SessionKind::Unknown);
}

#[test]
fn what_is_no_frame_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"type":"req","method":"x"}"#,
        r#"{"type":"req","id":"1"}"#,
        r#"{"type":"res","id":"1"}"#,
        r#"{"type":"res","id":"1","ok":false}"#,
        r#"{"type":"event"}"#,
        r#"{"type":"event","event":"tick","subscription":"1","cursor":3}"#,
        r#"{"type":"parcel","id":"1"}"#,
    ] {
        assert!(Frame::parse(text).is_err(), "{text}");
    }
}

/// The recorded payload reads, and writing it again keeps the fields that the pointers name.
fn keeps<T: DeserializeOwned + Serialize>(name: &str, pointers: &[&str]) {
    let text = read("openclaw", name);
    let payload = result_of(&text).or_else(|| event_of(&text).map(|(_, payload)| json(&payload)));
    let payload = payload.unwrap_or_else(|| panic!("{name} has a payload"));
    let written =
        rewrite::<T>(&payload.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
    for pointer in pointers {
        let recorded = payload.pointer(pointer);
        assert!(recorded.is_some(), "{name} has no {pointer}");
        assert_eq!(written.pointer(pointer), recorded, "{name}: {pointer}");
    }
}

fn event_of(text: &str) -> Option<(String, String)> {
    match Frame::parse(text) {
        Ok(Frame::Event(event)) => {
            Some((event.event.into_owned(), event.payload?.get().to_owned()))
        }
        Ok(Frame::Request(_) | Frame::Response(_)) | Err(_) => None,
    }
}

fn result_of(text: &str) -> Option<Value> {
    match Frame::parse(text) {
        Ok(Frame::Response(response)) => Some(json(response.result.ok()??.get())),
        Ok(Frame::Request(_) | Frame::Event(_)) | Err(_) => None,
    }
}

fn refusal(name: &str) -> ErrorBody {
    let text = read("openclaw", name);
    let Ok(Frame::Response(response)) = Frame::parse(&text) else {
        panic!("{name} is a response")
    };
    response
        .result
        .err()
        .unwrap_or_else(|| panic!("{name} is a refusal"))
}

fn read(kind: &str, name: &str) -> String {
    let path = folder(kind).join(format!("{name}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
