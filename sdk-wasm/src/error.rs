//! Errors as JavaScript sees them: an `Error` with a code.

use sessionwire_client_core::{Error, Refusal};
use sessionwire_json::{Json, Object};
use wasm_bindgen::prelude::*;

use crate::host;

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

/** The code of a {@link SessionwireError}: one of the gateway's, or one of the client's own. */
export type SessionwireErrorCode = ErrorCode | ClientErrorCode;

/** Why there was no answer. */
export type ClientErrorCode = "INTERRUPTED" | "TIMED_OUT" | "NOT_CONNECTED" | "LOST" | "REVOKED" | "NO_DEVICE" | "UNREADABLE" | "UNSUPPORTED" | "CLOSED";

/** What a {@link SessionwireError} tells beside its message. */
export interface ErrorFields {
    /** For programs. */
    code: SessionwireErrorCode;
    /** What is particular to the code; `details.code` and `details.reason` tell refusals apart further. */
    details?: Record<string, unknown>;
    /** What people can do about it, in the gateway's words. */
    hint?: string;
    /** Whether the same request may succeed later. */
    retryable: boolean;
    /** How long to wait before that. */
    retryAfterMs?: number;
}
"#;

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
    let (message, fields) = if let Error::Refused(refusal) = error {
        (refusal.message.clone(), refused(refusal))
    } else {
        (error.words(), of_client(error))
    };
    let made = js_sys::Error::new(&message);
    made.set_name("SessionwireError");
    js_sys::Object::assign(&made, host::parse_own(&fields).unchecked_ref()).into()
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
        .text("code", code)
        .flag("retryable", retryable)
        .end()
}

fn refused(refusal: &Refusal) -> Json {
    let details = refusal.details.as_ref();
    Object::default()
        .text("code", refusal.code.as_str())
        .json("details", details.map(Json::value))
        .text("hint", refusal.hint().as_deref())
        .flag("retryable", refusal.retryable.unwrap_or(false))
        .number("retryAfterMs", refusal.retry_after_ms)
        .end()
}
