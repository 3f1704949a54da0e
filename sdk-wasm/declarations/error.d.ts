/**
 * Why a request failed, or a connection ended. Rejected promises have no static type:
 * {@link isSessionwireError} tells this error from others.
 */
export interface SessionwireError extends Error, ErrorFields {
    name: "SessionwireError";
}

/** Whether a value is an error of this package. */
export function isSessionwireError(value: unknown): value is SessionwireError;

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
