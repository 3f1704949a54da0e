//! The handshake without its socket: what is said first, and what comes of the answer to it.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use axum::extract::ws::close_code;
use serde_json::Value;
use serde_json::value::to_raw_value;
use sessionwire_protocol::connect::{
    Challenge, Connect, ConnectParams, HelloAuth, SESSION_CURSOR, SESSION_SCOPED_EVENTS,
    protocol_mismatch,
};
use sessionwire_protocol::{ErrorBody, EventFrame, Method, PROTOCOL, ResponseFrame, Scopes, event};

use crate::admission::{self, Denial};
use crate::auth::{Peer, Principal, refusal};
use crate::device::DeviceToken;
use crate::dispatch;
use crate::encoded::Encoded;
use crate::gateway::Gateway;
use crate::id::new_id;
use crate::pairing;
use crate::presence::Present;
use crate::request::or_empty;
use crate::schema;
use crate::text::Text;
use crate::watch::Watch;

/// What a gateway begins with.
pub struct Opening {
    /// What a device has to sign.
    pub nonce: String,
    /// The frame that says so.
    pub frame: String,
}

/// What a handshake agrees on.
pub struct Agreement {
    /// Names the connection.
    pub connection: String,
    /// Who it is.
    pub principal: Principal,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it asked for cursors.
    pub cursors: bool,
    /// Whether it wants `chat` events only of sessions that it follows.
    pub session_scoped: bool,
    /// What the client said of itself.
    pub params: ConnectParams,
}

/// What a client is greeted with.
pub struct Greeting {
    /// What was agreed on.
    pub agreement: Agreement,
    /// That it is there.
    pub present: Present,
    /// What changes after what it is told.
    pub watch: Watch,
    /// What it is told.
    pub hello: Text,
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

/// How a gateway begins.
pub fn challenge(gateway: &Gateway) -> Opening {
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
    Opening {
        frame: frame.to_json(),
        nonce: challenge.nonce,
    }
}

/// Decides on a client's first frame.
///
/// Only a device may have to wait, for the store.
pub async fn greet(
    text: &str,
    nonce: &str,
    gateway: &Gateway,
    peer: &Peer,
) -> Result<Greeting, Refusal> {
    let (id, params) = read(text)?;
    let (agreement, token) = agree(&id, params, nonce, gateway, peer).await?;
    let present = gateway.presence.enter(
        &agreement.connection,
        &agreement.params.client,
        &agreement.principal,
        &agreement.scopes,
        gateway.clock.now(),
    );
    let watch = Watch::begin(gateway);
    let auth = HelloAuth {
        role: agreement.principal.role.clone(),
        scopes: agreement.scopes.clone(),
        method: Some(agreement.principal.method.as_str().to_owned()),
        issued_at_ms: token.as_ref().map(|token| token.issued_at),
        device_token: token.map(|token| token.secret),
    };
    let methods = dispatch::methods(agreement.cursors);
    let hello = gateway.hello(&agreement.connection, auth, &methods);
    let hello = match &gateway.upstream {
        Some(upstream) => Encoded::of(&upstream.complete(&hello)),
        None => Encoded::of(&hello),
    };
    Ok(Greeting {
        agreement,
        present,
        watch,
        hello: Text::answer(&id.into(), hello),
    })
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
        let request = error
            .details
            .as_ref()
            .and_then(|it| it["requestId"].as_str());
        let reason = match request {
            Some(request) => format!("{} (requestId: {request})", error.message),
            None => error.message.clone(),
        };
        let response = ResponseFrame {
            id: id.into(),
            result: Err(error),
        };
        Self {
            response: Some(response.to_json()),
            code,
            reason: reason.into(),
            delay: Duration::ZERO,
        }
    }

    fn policy(id: &str, error: ErrorBody) -> Self {
        Self::answered(id, close_code::POLICY, error)
    }
}

/// The id of the request, and the params of `connect`.
fn read(text: &str) -> Result<(String, ConnectParams), Refusal> {
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return Err(Refusal::silent(close_code::NORMAL, ""));
    };
    if schema::check_frame(&frame).is_err() {
        return Err(Refusal::silent(close_code::POLICY, "invalid request frame"));
    }
    let id = frame["id"].as_str().unwrap_or_default();
    let policy = |error| Refusal::policy(id, error);
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
        let error = ErrorBody::invalid("protocol mismatch").with_details(details);
        return Err(Refusal::answered(id, close_code::PROTOCOL, error));
    }
    Ok((id.to_owned(), params))
}

/// Who the client is and what it may do, and with what its device can come back.
async fn agree(
    id: &str,
    params: ConnectParams,
    nonce: &str,
    gateway: &Gateway,
    peer: &Peer,
) -> Result<(Agreement, Option<DeviceToken>), Refusal> {
    let guesses = &gateway.socket_guesses;
    if let Some(left) = guesses.lockout(peer.address, Instant::now()) {
        return Err(Refusal::policy(id, refusal::locked_out(left)));
    }
    let admission = match admission::admit(&params, peer, nonce, gateway) {
        Ok(admission) => admission,
        Err(Denial { error, guessed }) => {
            let delay = match guessed {
                true => guesses.count(peer.address, Instant::now()),
                false => Duration::ZERO,
            };
            return Err(Refusal {
                delay,
                ..Refusal::policy(id, error)
            });
        }
    };
    let joined = pairing::join(&params, peer, &admission, gateway).await;
    let joined = joined.map_err(|error| Refusal::policy(id, error))?;
    let has = |capability: &str| params.caps.iter().flatten().any(|cap| cap == capability);
    let agreement = Agreement {
        connection: new_id(),
        principal: Principal {
            role: admission.role,
            method: admission.method,
            bond: joined.bond,
        },
        scopes: admission.scopes,
        cursors: has(SESSION_CURSOR),
        session_scoped: has(SESSION_SCOPED_EVENTS),
        params,
    };
    Ok((agreement, joined.token))
}
