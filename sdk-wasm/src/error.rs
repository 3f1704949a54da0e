//! Errors as JavaScript gets them: the message and the fields of what it throws.

use sessionwire_client_core::{Error, Refusal};
use sessionwire_json::{Json, Object};

/// Writes an error.
pub(crate) fn write(error: &Error) -> Json {
    if let Error::Refused(refusal) = error {
        refused(refusal)
    } else {
        of_client(error)
    }
}

fn of_client(error: &Error) -> Json {
    let (code, retryable) = match error {
        Error::TimedOut => ("TIMED_OUT", true),
        Error::NotConnected => ("NOT_CONNECTED", true),
        Error::Lost(_) => ("LOST", true),
        Error::Revoked(_) => ("REVOKED", false),
        Error::NoDevice(_) => ("NO_DEVICE", false),
        Error::Unreadable(_) => ("UNREADABLE", false),
        Error::NotLive(_) => ("UNSUPPORTED", false),
        Error::Closed => ("CLOSED", false),
        // Of an error yet to be invented nothing is known either.
        Error::Interrupted | _ => ("INTERRUPTED", true),
    };
    Object::default()
        .text("message", &*error.words())
        .text("code", code)
        .flag("retryable", retryable)
        .end()
}

fn refused(refusal: &Refusal) -> Json {
    let details = refusal.details.as_ref();
    Object::default()
        .text("message", &*refusal.message)
        .text("code", refusal.code.as_str())
        .json("details", details.map(Json::value))
        .text("hint", refusal.hint().as_deref())
        .flag("retryable", refusal.retryable.unwrap_or(false))
        .number("retryAfterMs", refusal.retry_after_ms)
        .end()
}
