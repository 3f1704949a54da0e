use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Why a request was refused, as sent in a response with `ok: false`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// For programs; told apart further by `details.code` or `details.reason`.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// What is particular to the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "Record<string, unknown>"))]
    pub details: Option<Value>,
    /// The same request may succeed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// How long to wait before that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorBody {
    /// A refusal with a code and a sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            retryable: None,
            retry_after_ms: None,
        }
    }

    /// `INVALID_REQUEST`: asking again in the same way will be refused again.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    /// `UNAVAILABLE`: the gateway cannot do it at the moment.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            retryable: Some(true),
            ..Self::new(ErrorCode::Unavailable, message)
        }
    }

    /// The same refusal with details, an object.
    #[must_use]
    pub fn with_details(self, details: Value) -> Self {
        Self {
            details: Some(details),
            ..self
        }
    }

    /// `details.code`, which names connect refusals and missing scopes.
    pub fn detail_code(&self) -> Option<&str> {
        self.details.as_ref()?.get("code")?.as_str()
    }

    /// `details.reason`, which names failed comparisons such as `session-changed`.
    pub fn detail_reason(&self) -> Option<&str> {
        self.details.as_ref()?.get("reason")?.as_str()
    }

    /// `details.remediationHint`: what people can do about it, in the gateway's words.
    pub fn hint(&self) -> Option<&str> {
        self.details.as_ref()?.get("remediationHint")?.as_str()
    }

    /// `details.requestId`: the request of a device that somebody has to approve.
    pub fn pair_request(&self) -> Option<&str> {
        self.details.as_ref()?.get("requestId")?.as_str()
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.as_str())
    }
}

impl core::error::Error for ErrorBody {}

/// The codes of protocol 4, and any other: plugins of OpenClaw's gateway have their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is wrong, or not possible in this state.
    InvalidRequest,
    /// A scope is missing.
    Forbidden,
    /// A device must be approved first.
    NotPaired,
    /// No such approval.
    ApprovalNotFound,
    /// Not possible at the moment.
    Unavailable,
    /// A code that this version does not know.
    Other(Box<str>),
}

impl ErrorCode {
    const KNOWN: [Self; 5] = [
        Self::InvalidRequest,
        Self::Forbidden,
        Self::NotPaired,
        Self::ApprovalNotFound,
        Self::Unavailable,
    ];

    /// The code as written on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Forbidden => "FORBIDDEN",
            Self::NotPaired => "NOT_PAIRED",
            Self::ApprovalNotFound => "APPROVAL_NOT_FOUND",
            Self::Unavailable => "UNAVAILABLE",
            Self::Other(code) => code,
        }
    }
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|code| code.as_str() == text);
        known.unwrap_or_else(|| Self::Other(text.into()))
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Ok(Self::from(&*text))
    }
}
