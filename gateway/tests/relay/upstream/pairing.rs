use serde_json::{Value, json};

/// What an upstream knows of the device of who connects from elsewhere.
#[derive(Default)]
pub(super) struct Pairing {
    approved: bool,
    /// The device's token, made by the approval.
    pub(super) token: Option<String>,
}

impl Pairing {
    /// The device is let in, with this token.
    pub(super) fn approved(token: &str) -> Self {
        Self {
            approved: true,
            token: Some(token.to_owned()),
        }
    }

    /// Whether it is the device's token that lets it in.
    pub(super) fn check(&self, params: &Value) -> Result<bool, Value> {
        assert!(params["device"].is_object(), "it shows a device");
        if let Some(given) = params["auth"]["deviceToken"].as_str() {
            return match self.token.as_deref() == Some(given) {
                true => Ok(true),
                false => Err(json!({
                    "code": "INVALID_REQUEST",
                    "message": "unauthorized: device token mismatch",
                    "details": {"code": "AUTH_DEVICE_TOKEN_MISMATCH"},
                })),
            };
        }
        match self.approved {
            true => Ok(false),
            false => Err(json!({
                "code": "NOT_PAIRED",
                "message": "pairing required: device is not approved yet",
                "details": {
                    "code": "PAIRING_REQUIRED",
                    "reason": "not-paired",
                    "requestId": "request-1",
                    "remediationHint": "Approve this device from the pending pairing requests.",
                },
            })),
        }
    }
}
