//! Why a connection is refused, in the words and with the details of OpenClaw's gateway.

use std::time::Duration;

use serde_json::{Value, json};
use sessionwire_protocol::connect::ClientInfo;
use sessionwire_protocol::{ErrorBody, ErrorCode, Scopes};

/// What an address is told that gave too many wrong secrets.
pub fn locked_out(left: Duration) -> ErrorBody {
    let sentence = "unauthorized: too many failed authentication attempts (retry later)";
    let refusal = unauthorized(
        sentence,
        "AUTH_RATE_LIMITED",
        "rate_limited",
        "wait_then_retry",
    );
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    ErrorBody {
        retryable: Some(true),
        retry_after_ms: Some(left),
        ..refusal
    }
}

/// Neither a secret nor a device that would do without.
pub fn device_required() -> ErrorBody {
    ErrorBody::new(ErrorCode::NotPaired, "device identity required")
        .with_details(json!({ "code": "DEVICE_IDENTITY_REQUIRED" }))
}

/// The same, for the programs that people work with.
pub fn device_required_of_ui() -> ErrorBody {
    ErrorBody::invalid(
        "control ui requires device identity (use HTTPS or localhost secure context)",
    )
    .with_details(json!({ "code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED" }))
}

/// A page from elsewhere, or none where it takes one.
pub fn origin(reason: &str) -> ErrorBody {
    ErrorBody::invalid(
        "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)",
    )
    .with_details(json!({ "code": "CONTROL_UI_ORIGIN_NOT_ALLOWED", "reason": reason }))
}

/// No secret beside a device.
pub fn token_missing(client: &ClientInfo, local: bool) -> ErrorBody {
    let hint = token_hint(client, local);
    let sentence = format!("unauthorized: gateway token missing ({hint})");
    let next = "update_auth_configuration";
    unauthorized(&sentence, "AUTH_TOKEN_MISSING", "token_missing", next)
}

/// Another secret than the gateway's.
pub fn token_mismatch(client: &ClientInfo, local: bool, may_have_another: bool) -> ErrorBody {
    let hint = token_hint(client, local);
    let sentence = format!("unauthorized: gateway token mismatch ({hint})");
    let next = match may_have_another {
        true => "retry_with_device_token",
        false => "update_auth_credentials",
    };
    let mut refusal = unauthorized(&sentence, "AUTH_TOKEN_MISMATCH", "token_mismatch", next);
    if let Some(details) = &mut refusal.details {
        details["canRetryWithDeviceToken"] = may_have_another.into();
    }
    refusal
}

/// Another token than the device's.
pub fn device_token_mismatch() -> ErrorBody {
    unauthorized(
        "unauthorized: device token mismatch (rotate/reissue device token)",
        "AUTH_DEVICE_TOKEN_MISMATCH",
        "device_token_mismatch",
        "update_auth_credentials",
    )
}

/// The device's token, which is good for less than was asked for.
pub fn scope_mismatch() -> ErrorBody {
    unauthorized(
        "unauthorized: device token scope mismatch (re-pair or approve scope upgrade)",
        "AUTH_SCOPE_MISMATCH",
        "scope_mismatch",
        "review_auth_configuration",
    )
}

/// A device that did not show who it is.
pub fn device_proof(code: &str, reason: &str, sentence: &str) -> ErrorBody {
    ErrorBody::invalid(sentence).with_details(json!({ "code": code, "reason": reason }))
}

/// Why a device has to be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingReason {
    /// It never was.
    NotPaired,
    /// It asks for a role that it does not have.
    RoleUpgrade,
    /// It asks for scopes that it does not have.
    ScopeUpgrade,
    /// It says another thing of its machine than before.
    MetadataUpgrade,
}

/// A device that has to be approved first.
pub struct PairingRequired<'a> {
    /// Why.
    pub reason: PairingReason,
    /// The request that was made for it.
    pub request: &'a str,
    /// The device.
    pub device: &'a str,
    /// What it asks for.
    pub role: &'a str,
    /// What it asks for.
    pub scopes: &'a Scopes,
    /// What it has.
    pub approved_roles: &'a [String],
    /// What it has.
    pub approved_scopes: &'a Scopes,
    /// Whether its program tries again by itself.
    pub waits: bool,
}

impl PairingRequired<'_> {
    /// The refusal.
    pub fn to_error(&self) -> ErrorBody {
        let (requirement, hint) = self.reason.words();
        let mut details = json!({
            "code": "PAIRING_REQUIRED",
            "reason": self.reason.as_str(),
            "requestId": self.request,
            "remediationHint": hint,
            "deviceId": self.device,
            "requestedRole": self.role,
        });
        let mut add = |name: &str, value: Value| details[name] = value;
        if !self.scopes.is_empty() {
            add("requestedScopes", json!(self.scopes));
        }
        if !self.approved_roles.is_empty() {
            add("approvedRoles", json!(self.approved_roles));
        }
        if !self.approved_scopes.is_empty() {
            add("approvedScopes", json!(self.approved_scopes));
        }
        if self.waits {
            add("recommendedNextStep", "wait_then_retry".into());
            add("retryable", true.into());
            add("pauseReconnect", false.into());
        }
        let sentence = format!("pairing required: {requirement}");
        ErrorBody::new(ErrorCode::NotPaired, sentence).with_details(details)
    }
}

impl PairingReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::NotPaired => "not-paired",
            Self::RoleUpgrade => "role-upgrade",
            Self::ScopeUpgrade => "scope-upgrade",
            Self::MetadataUpgrade => "metadata-upgrade",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotPaired => (
                "device is not approved yet",
                "Approve this device from the pending pairing requests.",
            ),
            Self::RoleUpgrade => (
                "device is asking for a higher role than currently approved",
                "Review the requested role upgrade, then approve the pending request.",
            ),
            Self::ScopeUpgrade => (
                "device is asking for more scopes than currently approved",
                "Review the requested scopes, then approve the pending upgrade.",
            ),
            Self::MetadataUpgrade => (
                "device identity changed and must be re-approved",
                "Review the refreshed device details, then approve the pending request.",
            ),
        }
    }
}

fn unauthorized(sentence: &str, code: &str, reason: &str, next: &str) -> ErrorBody {
    ErrorBody::invalid(sentence).with_details(json!({
        "code": code,
        "authReason": reason,
        "canRetryWithDeviceToken": false,
        "recommendedNextStep": next,
    }))
}

fn token_hint(client: &ClientInfo, local: bool) -> &'static str {
    match (client.mode.as_str(), client.id.as_str()) {
        ("cli", _) if local => "use this gateway's gateway.auth.token or pair the device",
        ("cli", _) => "set gateway.remote.token to match gateway.auth.token",
        ("webchat", _) | (_, "openclaw-control-ui" | "openclaw-tui" | "webchat-ui") => {
            "open the dashboard URL and paste the token in Control UI settings"
        }
        _ => "provide gateway auth token",
    }
}
