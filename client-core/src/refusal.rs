use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use sessionwire_json::{Json, Record, Unreadable, Value};
use sessionwire_protocol::{ErrorBody, ErrorCode};

/// Why a gateway refused: [`ErrorBody`] with its details as they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// For programs; told apart further by `details.code` or `details.reason`.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// What is particular to the code.
    pub details: Option<Json>,
    /// The same request may succeed later.
    pub retryable: Option<bool>,
    /// How long to wait before that, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    pub(crate) fn read(value: Value<'_>) -> Result<Self, Unreadable> {
        let mut said = Record::of(value);
        let mut code = Cow::default();
        said.require("code", &mut code);
        let mut refusal = Self {
            code: ErrorCode::from(&*code),
            message: String::new(),
            details: said.get("details").map(Value::to_json),
            retryable: None,
            retry_after_ms: None,
        };
        said.require("message", &mut refusal.message)
            .read("retryable", &mut refusal.retryable)
            .read("retryAfterMs", &mut refusal.retry_after_ms);
        said.end()?;
        Ok(refusal)
    }

    /// `details.code`, which names connect refusals and missing scopes.
    pub fn detail_code(&self) -> Option<Cow<'_, str>> {
        self.detail("code")?.text()
    }

    /// `details.reason`, which names failed comparisons such as `session-changed`.
    pub fn detail_reason(&self) -> Option<Cow<'_, str>> {
        self.detail("reason")?.text()
    }

    /// `details.remediationHint`: what people can do about it, in the gateway's words.
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        self.detail("remediationHint")?.text()
    }

    /// `details.requestId`: the request of a device that somebody has to approve.
    pub fn pair_request(&self) -> Option<Cow<'_, str>> {
        self.detail("requestId")?.text()
    }

    /// The refusal in words.
    pub fn words(&self) -> String {
        [&self.message, " (", self.code.as_str(), ")"].concat()
    }

    /// One of the details.
    pub fn detail(&self, name: &str) -> Option<Value<'_>> {
        self.details.as_ref()?.value().field(name)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl core::error::Error for Refusal {}

impl From<Refusal> for ErrorBody {
    fn from(refusal: Refusal) -> Self {
        let details = refusal.details.as_ref();
        Self {
            code: refusal.code,
            message: refusal.message,
            details: details.and_then(|details| serde_json::from_str(details.get()).ok()),
            retryable: refusal.retryable,
            retry_after_ms: refusal.retry_after_ms,
        }
    }
}
