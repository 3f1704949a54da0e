use alloc::string::String;
use core::fmt;

use crate::refusal::Refusal;

/// Why something was not done. Each variant says whether the gateway may have done it all the same.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The gateway refused: the request, or the connection that it waited for. It was not carried out.
    Refused(Refusal),
    /// The connection was lost before the answer came. The request may have been carried out.
    Interrupted,
    /// No answer came in time. The request may have been carried out.
    TimedOut,
    /// The gateway cannot be reached, for this reason. A request that waited for it was not sent.
    Unreachable(String),
    /// There is no connection. The request was not sent.
    NotConnected,
    /// The gateway answered something that this version cannot read.
    Unreadable(String),
    /// A list that is kept live does not take the param of this name.
    NotLive(&'static str),
    /// The gateway closed the connection and said why. A request that waited for it was not sent.
    Lost(CloseReason),
    /// The gateway closed the connection because what the client showed it was revoked. Connecting again in the
    /// same way is pointless.
    Revoked(CloseReason),
    /// The gateway asks for a device identity, and there is none, for this reason.
    NoDevice(String),
    /// The subscriber did not take its events, and more of them came than are kept for it.
    Lagged,
    /// The client was closed by its own program.
    Closed,
}

/// What a peer said when it closed the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseReason {
    /// The WebSocket close code.
    pub code: u16,
    /// In words; often empty.
    pub reason: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(body) => write!(f, "refused: {body}"),
            Self::Interrupted => f.write_str("the connection was lost"),
            Self::Unreachable(cause) => write!(f, "cannot connect: {cause}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::NotConnected => f.write_str("not connected"),
            Self::Unreadable(problem) => write!(f, "unreadable answer: {problem}"),
            Self::NotLive(param) => write!(f, "a live list takes no {param}"),
            Self::Lost(close) => write!(f, "the gateway closed the connection: {close}"),
            Self::Revoked(close) => write!(f, "the gateway revoked the access: {close}"),
            Self::NoDevice(problem) => {
                write!(f, "the gateway asks for a device identity: {problem}")
            }
            Self::Lagged => f.write_str("too many events were not taken"),
            Self::Closed => f.write_str("the client is closed"),
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason.as_str() {
            "" => write!(f, "code {}", self.code),
            reason => write!(f, "{reason} ({})", self.code),
        }
    }
}
