//! The handshake without its socket: what is said first, and what comes of the answer to it.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use axum::extract::ws::close_code;
use serde_json::Value;
use serde_json::value::to_raw_value;
use sessionwire_protocol::connect::{
    Challenge, Connect, ConnectParams, SESSION_CURSOR, SESSION_SCOPED_EVENTS, protocol_mismatch,
};
use sessionwire_protocol::{ErrorBody, EventFrame, Method, PROTOCOL, ResponseFrame, Scopes, event};

use crate::auth::{self, Peer};
use crate::dispatch;
use crate::gateway::Gateway;
use crate::id::new_id;
use crate::request::or_empty;
use crate::schema;

/// What a handshake agrees on.
pub struct Agreement {
    /// Names the connection.
    pub connection: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it asked for cursors.
    pub cursors: bool,
    /// Whether it wants `chat` events only of sessions that it follows.
    pub session_scoped: bool,
    /// What the client said of itself.
    pub params: ConnectParams,
}

/// What comes of a handshake that agrees on nothing.
pub struct Refusal {
    /// What is answered, if anything.
    pub response: Option<String>,
    /// How the socket is closed then.
    pub code: u16,
    /// And why.
    pub reason: Cow<'static, str>,
    /// How long all that waits.
    pub delay: Duration,
}

/// The frame that a gateway begins with.
pub fn challenge(gateway: &Gateway) -> String {
    let challenge = Challenge {
        nonce: new_id(),
        ts: gateway.clock.now(),
        capabilities: vec![SESSION_CURSOR.to_owned()],
    };
    let payload = to_raw_value(&challenge).expect("a challenge always serialises");
    let frame = EventFrame {
        event: event::CHALLENGE.into(),
        payload: Some(&payload),
        seq: None,
        state_version: None,
        place: None,
    };
    frame.to_json()
}

/// Decides on a client's first frame. A client that is greeted is present, until it leaves.
pub fn greet(text: &str, gateway: &Gateway, peer: &Peer) -> Result<(Agreement, String), Refusal> {
    let (id, agreement) = read(text, gateway, peer)?;
    gateway.presence.enter(
        &agreement.connection,
        &agreement.params.client,
        &agreement.scopes,
        gateway.clock.now(),
    );
    let hello = gateway.hello(
        &agreement.connection,
        agreement.scopes.clone(),
        &dispatch::methods(agreement.cursors),
    );
    let hello = to_raw_value(&hello).expect("a hello always serialises");
    let response = ResponseFrame {
        id: id.into(),
        result: Ok(Some(&hello)),
    };
    Ok((agreement, response.to_json()))
}

impl Refusal {
    fn silent(code: u16, reason: &'static str) -> Self {
        Self {
            response: None,
            code,
            reason: reason.into(),
            delay: Duration::ZERO,
        }
    }

    fn answered(id: &str, code: u16, error: ErrorBody) -> Self {
        let reason = error.message.clone().into();
        Self {
            response: Some(
                ResponseFrame {
                    id: id.into(),
                    result: Err(error),
                }
                .to_json(),
            ),
            code,
            reason,
            delay: Duration::ZERO,
        }
    }
}

fn read(text: &str, gateway: &Gateway, peer: &Peer) -> Result<(String, Agreement), Refusal> {
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return Err(Refusal::silent(close_code::NORMAL, ""));
    };
    if schema::check_frame(&frame).is_err() {
        return Err(Refusal::silent(close_code::POLICY, "invalid request frame"));
    }
    let id = frame["id"].as_str().unwrap_or_default();
    let refuse = |code, error| Refusal::answered(id, code, error);
    let policy = |error| refuse(close_code::POLICY, error);
    if frame["method"] != Connect::NAME {
        return Err(policy(ErrorBody::invalid(
            "invalid handshake: first request must be connect",
        )));
    }
    let params = or_empty(frame["params"].clone());
    schema::check(Connect::NAME, &params).map_err(|message| policy(ErrorBody::invalid(message)))?;
    let params: ConnectParams = serde_json::from_value(params).map_err(|error| {
        policy(ErrorBody::invalid(format!(
            "invalid connect params: {error}"
        )))
    })?;
    if !(params.min_protocol..=params.max_protocol).contains(&PROTOCOL) {
        let details = protocol_mismatch(params.min_protocol, params.max_protocol);
        return Err(refuse(
            close_code::PROTOCOL,
            ErrorBody::invalid("protocol mismatch").with_details(details),
        ));
    }
    let guesses = &gateway.socket_guesses;
    if let Some(left) = guesses.lockout(peer.address, Instant::now()) {
        return Err(policy(auth::locked_out(left)));
    }
    let scopes = auth::authorize(
        &params,
        peer,
        &gateway.token,
        &gateway.config.allowed_origins,
    )
    .map_err(|error| match error.detail_code() {
        Some(auth::WRONG_SECRET) => Refusal {
            delay: guesses.count(peer.address, Instant::now()),
            ..policy(error)
        },
        _ => policy(error),
    })?;
    let has = |capability: &str| params.caps.iter().flatten().any(|cap| cap == capability);
    let agreement = Agreement {
        connection: new_id(),
        scopes,
        cursors: has(SESSION_CURSOR),
        session_scoped: has(SESSION_SCOPED_EVENTS),
        params,
    };
    Ok((id.to_owned(), agreement))
}
