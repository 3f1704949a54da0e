//! What a client's `connect` shows of who it is, by the rules of OpenClaw's gateway for shared tokens.

use sessionwire_protocol::connect::{ConnectAuth, ConnectParams, SESSION_CURSOR};
use sessionwire_protocol::{ErrorBody, Scopes};

use crate::auth::proof::{self, ProvenDevice};
use crate::auth::{Method, Peer, origin_allowed, refusal};
use crate::device::{OPERATOR, missing};
use crate::gateway::Gateway;

/// A client that may connect. A device may have to be approved yet.
#[derive(Clone, Debug)]
pub struct Admission {
    /// `operator`, `node` or `worker`.
    pub role: String,
    /// What it may do: what it asked for, or nothing.
    pub scopes: Scopes,
    /// How it was recognised.
    pub method: Method,
    /// The device that it is, if it says so.
    pub device: Option<ProvenDevice>,
}

/// A client that may not.
#[derive(Debug)]
pub struct Denial {
    /// What it is told.
    pub error: ErrorBody,
    /// Whether it gave a wrong secret.
    pub guessed: bool,
}

/// Decides whether a client may connect, and what it may do without further ado.
pub fn admit(
    params: &ConnectParams,
    peer: &Peer,
    nonce: &str,
    gateway: &Gateway,
) -> Result<Admission, Denial> {
    let role = match params.role.as_deref() {
        None => OPERATOR,
        Some(role @ (OPERATOR | "node" | "worker")) => role,
        Some(_) => return Err(innocent(ErrorBody::invalid("invalid role"))),
    };
    check_origin(params, peer, &gateway.config.allowed_origins).map_err(innocent)?;
    let secret = shared_secret(params.auth.as_ref());
    let shared = secret.map(|secret| gateway.token.matches(secret));
    let deny = |error| Denial {
        error,
        guessed: shared == Some(false),
    };
    let asked: Scopes = params.scopes.iter().flatten().cloned().collect();
    let Some(device) = &params.device else {
        let scopes = without_device(params, peer, role, shared, asked).map_err(deny)?;
        return Ok(Admission {
            role: role.to_owned(),
            scopes,
            method: Method::Shared,
            device: None,
        });
    };
    let now = gateway.clock.now();
    let device = proof::verify(device, params, nonce, now).map_err(deny)?;
    let method = match shared {
        Some(true) => Method::Shared,
        _ => {
            check_device_token(params, peer, role, &asked, &device.id, gateway)?;
            Method::Device
        }
    };
    Ok(Admission {
        role: role.to_owned(),
        scopes: asked,
        method,
        device: Some(device),
    })
}

/// Whether it is OpenClaw's own name for a program beside the gateway, which is trusted like the gateway itself.
pub fn is_backend(params: &ConnectParams, peer: &Peer) -> bool {
    let client = (params.client.id.as_str(), params.client.mode.as_str());
    client == ("gateway-client", "backend") && peer.is_local() && peer.origin.is_none()
}

/// Whether it is one of the programs that people work with, of whom OpenClaw always wants a device.
pub fn is_control_ui(params: &ConnectParams) -> bool {
    let client = params.client.id.as_str();
    matches!(client, "openclaw-control-ui" | "openclaw-tui")
}

/// Whether it is a chat in a page.
pub fn is_webchat(params: &ConnectParams) -> bool {
    params.client.mode == "webchat" || params.client.id == "webchat-ui"
}

/// The secret that may be the shared one.
fn shared_secret(auth: Option<&ConnectAuth>) -> Option<&str> {
    let auth = auth?;
    let given = [&auth.token, &auth.password].into_iter().flatten();
    given.map(|text| text.trim()).find(|text| !text.is_empty())
}

fn check_origin(params: &ConnectParams, peer: &Peer, allowed: &[String]) -> Result<(), ErrorBody> {
    let in_page = is_webchat(params)
        || matches!(
            params.client.id.as_str(),
            "openclaw-control-ui" | "openclaw-browser-copilot"
        );
    match &peer.origin {
        Some(origin) if origin_allowed(origin, peer, allowed) => Ok(()),
        Some(origin) if origin.contains("://") => Err(refusal::origin("origin not allowed")),
        None if !in_page => Ok(()),
        _ => Err(refusal::origin("origin missing or invalid")),
    }
}

/// What a client may do that is no device.
///
/// OpenClaw trusts only its programs on this machine so far. Here the clients that know cursors are trusted, too:
/// those of this project have no device identity.
fn without_device(
    params: &ConnectParams,
    peer: &Peer,
    role: &str,
    shared: Option<bool>,
    asked: Scopes,
) -> Result<Scopes, ErrorBody> {
    let client = (params.client.id.as_str(), params.client.mode.as_str());
    let is_cli = client == ("cli", "cli") && peer.is_local() && peer.origin.is_none();
    let knows_cursors = || {
        params
            .caps
            .iter()
            .flatten()
            .any(|cap| cap == SESSION_CURSOR)
    };
    match (role, shared) {
        _ if is_control_ui(params) => Err(refusal::device_required_of_ui()),
        (OPERATOR, Some(true)) if is_backend(params, peer) || is_cli || knows_cursors() => {
            Ok(asked)
        }
        (OPERATOR, Some(true)) => Ok(Scopes::default()),
        (_, Some(false)) => Err(refusal::token_mismatch(
            &params.client,
            peer.is_local(),
            false,
        )),
        _ => Err(refusal::device_required()),
    }
}

/// Looks for the token among those of the device.
fn check_device_token(
    params: &ConnectParams,
    peer: &Peer,
    role: &str,
    asked: &Scopes,
    device: &str,
    gateway: &Gateway,
) -> Result<(), Denial> {
    let auth = params.auth.as_ref();
    let text = |field: Option<&String>| {
        let text = field.map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let explicit = text(auth.and_then(|auth| auth.device_token.as_ref()));
    let token = text(auth.and_then(|auth| auth.token.as_ref()));
    let local = peer.is_local();
    let Some(secret) = explicit.as_ref().or(token.as_ref()) else {
        return Err(match shared_secret(auth) {
            Some(_) => guessed(refusal::token_mismatch(&params.client, local, false)),
            None => innocent(refusal::token_missing(&params.client, local)),
        });
    };
    let state = gateway.sessions.read();
    let grant = state.devices().get(device).and_then(|device| {
        let grant = device.grant(role)?;
        grant.issued_at(secret)?;
        Some((device, grant))
    });
    match grant {
        Some((device, grant))
            if missing(role, asked, &grant.scopes).is_some()
                || missing(role, asked, &device.approved).is_some() =>
        {
            Err(innocent(refusal::scope_mismatch()))
        }
        Some(_) => Ok(()),
        None if explicit.is_some() => Err(guessed(refusal::device_token_mismatch())),
        None => Err(guessed(refusal::token_mismatch(
            &params.client,
            local,
            true,
        ))),
    }
}

fn innocent(error: ErrorBody) -> Denial {
    Denial {
        error,
        guessed: false,
    }
}

fn guessed(error: ErrorBody) -> Denial {
    Denial {
        error,
        guessed: true,
    }
}
