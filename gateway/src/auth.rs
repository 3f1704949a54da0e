//! Who may connect, and with which scopes.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use sessionwire_protocol::connect::{ConnectAuth, ConnectParams};
use sessionwire_protocol::{ErrorBody, ErrorCode, Scopes};
use subtle::ConstantTimeEq;

/// `details.code` of the refusal of a wrong secret.
pub const WRONG_SECRET: &str = "AUTH_TOKEN_MISMATCH";

/// The shared secret.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The given token, or for loopback the one kept in the data folder, made where there is none.
    pub fn load_or_make(given: Option<&str>, address: IpAddr, data: &Path) -> Result<Self, String> {
        match given {
            Some("") => Err("the token must not be empty".to_owned()),
            Some(token) => Ok(Self(token.to_owned())),
            None if !address.is_loopback() => Err(format!(
                "refusing to listen on {address} without a token: give --token, or listen on a loopback address"
            )),
            None => kept_token(&data.join("token")).map(Self),
        }
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a client's secret is this one, in a time that tells nothing about either.
    pub fn matches(&self, secret: &str) -> bool {
        self.0.as_bytes().ct_eq(secret.as_bytes()).into()
    }
}

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// The `Origin` header, which browsers always send.
    pub origin: Option<String>,
    /// The `Host` header.
    pub host: Option<String>,
}

/// Decides on the scopes of a connection, by the rules of OpenClaw's gateway for shared tokens.
///
/// Where a browser client would need a device identity there, a right origin and the token do here.
pub fn authorize(
    params: &ConnectParams,
    peer: &Peer,
    token: &Token,
    allowed_origins: &[String],
) -> Result<Scopes, ErrorBody> {
    match params.role.as_deref() {
        None | Some("operator") => {}
        Some("node" | "worker") => return Err(device_required()),
        Some(_) => return Err(ErrorBody::invalid("invalid role")),
    }
    let client = params.client.id.as_str();
    match &peer.origin {
        Some(origin) if !origin_allowed(origin, peer.host.as_deref(), allowed_origins) => {
            return Err(origin_refused("origin not allowed"));
        }
        None if matches!(client, "openclaw-control-ui" | "webchat-ui") => {
            return Err(origin_refused("origin missing or invalid"));
        }
        _ => {}
    }
    check_secret(params.auth.as_ref(), token)?;
    let from_page = peer.origin.is_some();
    if client == "openclaw-tui" && params.device.is_none() {
        return Err(ErrorBody::invalid(
            "control ui requires device identity (use HTTPS or localhost secure context)",
        )
        .with_details(json!({ "code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED" })));
    }
    let trusted = match client {
        "test" | "fingerprint" | "openclaw-probe" => params.device.is_some(),
        "gateway-client" | "cli" => !from_page || params.device.is_some(),
        _ => true,
    };
    let asked = params.scopes.clone().unwrap_or_default();
    Ok(if trusted {
        asked.into_iter().collect()
    } else {
        Scopes::default()
    })
}

/// What an address is told that gave too many wrong secrets.
pub fn locked_out(left: Duration) -> ErrorBody {
    let refusal =
        ErrorBody::invalid("unauthorized: too many failed authentication attempts (retry later)")
            .with_details(json!({ "code": "AUTH_RATE_LIMITED", "authReason": "rate_limited" }));
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    ErrorBody {
        retryable: Some(true),
        retry_after_ms: Some(left),
        ..refusal
    }
}

fn check_secret(auth: Option<&ConnectAuth>, token: &Token) -> Result<(), ErrorBody> {
    let given = auth.and_then(|auth| auth.token.as_deref().or(auth.password.as_deref()));
    match given {
        None => Err(device_required()),
        Some(secret) if token.matches(secret) => Ok(()),
        Some(_) => Err(ErrorBody::invalid(
            "unauthorized: gateway token mismatch (provide gateway auth token)",
        )
        .with_details(json!({
            "code": WRONG_SECRET,
            "authReason": "token_mismatch",
            "canRetryWithDeviceToken": false,
            "recommendedNextStep": "update_auth_credentials",
        }))),
    }
}

fn device_required() -> ErrorBody {
    ErrorBody::new(ErrorCode::NotPaired, "device identity required")
        .with_details(json!({ "code": "DEVICE_IDENTITY_REQUIRED" }))
}

fn origin_refused(reason: &str) -> ErrorBody {
    ErrorBody::invalid(
        "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)",
    )
    .with_details(json!({ "code": "CONTROL_UI_ORIGIN_NOT_ALLOWED", "reason": reason }))
}

/// Pages of this gateway, of this machine, and of listed origins may connect.
pub fn origin_allowed(origin: &str, host: Option<&str>, allowed: &[String]) -> bool {
    if allowed.iter().any(|allowed| allowed == origin) {
        return true;
    }
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    if host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
        && is_address_or_local(authority)
    {
        return true;
    }
    is_loopback(authority)
}

/// A page under a foreign name that was made to resolve to this machine has that name as its host, so a
/// host name by itself proves nothing; an address does.
fn is_address_or_local(authority: &str) -> bool {
    is_loopback(authority) || bare_host(authority).parse::<IpAddr>().is_ok()
}

fn is_loopback(authority: &str) -> bool {
    let host = bare_host(authority);
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn bare_host(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(address, _)| address);
    }
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

fn kept_token(path: &Path) -> Result<String, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    match std::fs::read_to_string(path) {
        Ok(token) if !token.trim().is_empty() => return Ok(token.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(fault(error)),
    }
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers to be had: {error}"))?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(fault)?;
    file.write_all(token.as_bytes()).map_err(fault)?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_and_listed_ones_may_connect() {
        let listed = ["https://picker.example".to_owned()];
        for (origin, host, allowed) in [
            ("http://127.0.0.1:18789", Some("127.0.0.1:18789"), true),
            ("http://localhost:5173", Some("127.0.0.1:18789"), true),
            ("http://[::1]:9", None, true),
            ("http://192.168.1.5:18789", Some("192.168.1.5:18789"), true),
            ("http://192.168.1.5:18789", Some("127.0.0.1:18789"), false),
            ("https://evil.example", Some("127.0.0.1:18789"), false),
            ("https://evil.example", Some("evil.example"), false),
            ("https://picker.example", Some("127.0.0.1:18789"), true),
            ("null", Some("127.0.0.1:18789"), false),
        ] {
            assert_eq!(
                origin_allowed(origin, host, &listed),
                allowed,
                "{origin} at {host:?}"
            );
        }
    }
}
