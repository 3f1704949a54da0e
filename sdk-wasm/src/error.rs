//! Errors as JavaScript sees them: an `Error` with a code.

use serde::Serialize;
use sessionwire_client_core::Error;
use sessionwire_protocol::{ErrorBody, ErrorCode};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::host;

/// What a {@link SessionwireError} tells beside its message.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ErrorFields {
    #[serde(skip)]
    message: String,
    /// For programs.
    code: SessionwireErrorCode,
    /// What is particular to the code; `details.code` and `details.reason` tell refusals apart further.
    #[serde(
        skip_serializing_if = "JsValue::is_undefined",
        serialize_with = "serde_wasm_bindgen::preserve::serialize"
    )]
    #[tsify(optional, type = "Record<string, unknown>")]
    details: JsValue,
    /// What people can do about it, in the gateway's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    hint: Option<String>,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// How long to wait before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    retry_after_ms: Option<f64>,
}

/// The derived declaration of an enum has no place for a text of any kind.
#[wasm_bindgen(typescript_custom_section)]
const ERROR_CODE: &str = r#"
/** The codes of protocol 4, and any other: plugins of OpenClaw's gateway have their own. */
export type ErrorCode =
    | "INVALID_REQUEST"
    | "FORBIDDEN"
    | "NOT_PAIRED"
    | "APPROVAL_NOT_FOUND"
    | "UNAVAILABLE"
    | (string & {});
"#;

/// The code of a {@link SessionwireError}: one of the gateway's, or one of the client's own.
#[derive(Serialize, Tsify)]
#[serde(untagged)]
pub enum SessionwireErrorCode {
    /// The gateway refused the request.
    Refused(ErrorCode),
    /// There was no answer.
    Client(ClientErrorCode),
}

/// Why there was no answer.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClientErrorCode {
    /// The connection was lost before the answer; the request may have been carried out.
    Interrupted,
    /// The answer did not come in time; the request may have been carried out.
    TimedOut,
    /// There is no connection; the request was not sent.
    NotConnected,
    /// The gateway closed the connection; the message says why.
    Lost,
    /// The gateway closed the connection because what the client showed it was revoked.
    Revoked,
    /// The gateway asks for a device identity, and there is none; the message says why.
    NoDevice,
    /// The answer is not what the protocol says it is.
    Unreadable,
    /// Live lists cannot do it; the message says what.
    Unsupported,
    /// The client was closed.
    Closed,
}

#[wasm_bindgen(typescript_custom_section)]
const SESSIONWIRE_ERROR: &str = r#"
/**
 * Why a request failed, or a connection ended. Rejected promises have no static type:
 * {@link isSessionwireError} tells this error from others.
 */
export interface SessionwireError extends Error, ErrorFields {
    name: "SessionwireError";
}

/** Whether a value is an error of this package. */
export function isSessionwireError(value: unknown): value is SessionwireError;
"#;

/// The error as a JavaScript `Error`.
pub(crate) fn to_js(error: &Error) -> JsValue {
    let fields = ErrorFields::from(error);
    let made = js_sys::Error::new(&fields.message);
    made.set_name("SessionwireError");
    js_sys::Object::assign(&made, host::to_js(&fields).unchecked_ref()).into()
}

impl From<&Error> for ErrorFields {
    fn from(error: &Error) -> Self {
        let (code, retryable) = match error {
            Error::Refused(body) => return Self::refused(body),
            Error::TimedOut => (ClientErrorCode::TimedOut, true),
            Error::NotConnected => (ClientErrorCode::NotConnected, true),
            Error::Lost(_) => (ClientErrorCode::Lost, true),
            Error::Revoked(_) => (ClientErrorCode::Revoked, false),
            Error::NoDevice(_) => (ClientErrorCode::NoDevice, false),
            Error::Unreadable(_) => (ClientErrorCode::Unreadable, false),
            Error::NotLive(_) => (ClientErrorCode::Unsupported, false),
            Error::Closed => (ClientErrorCode::Closed, false),
            // Of an error yet to be invented nothing is known either.
            Error::Interrupted | _ => (ClientErrorCode::Interrupted, true),
        };
        Self {
            message: error.to_string(),
            code: SessionwireErrorCode::Client(code),
            details: JsValue::UNDEFINED,
            hint: None,
            retryable,
            retry_after_ms: None,
        }
    }
}

impl ErrorFields {
    fn refused(body: &ErrorBody) -> Self {
        Self {
            message: body.message.clone(),
            code: SessionwireErrorCode::Refused(body.code.clone()),
            // Whatever the gateway writes: deep, or with numbers and keys that only a JSON parser takes well.
            details: body
                .details
                .as_ref()
                .map_or(JsValue::UNDEFINED, host::to_js_as_json),
            hint: body.hint().map(str::to_owned),
            retryable: body.retryable.unwrap_or(false),
            retry_after_ms: body.retry_after_ms.map(|wait| wait as f64),
        }
    }
}
