use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;

use sessionwire_json::digits;

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

impl Error {
    /// The error in words, put together without the machinery of formats: it is large code.
    pub fn words(&self) -> String {
        match self {
            Self::Refused(refusal) => ["refused: ", &refusal.words()].concat(),
            Self::Interrupted => "the connection was lost".to_owned(),
            Self::Unreachable(cause) => ["cannot connect: ", cause].concat(),
            Self::TimedOut => "no answer in time".to_owned(),
            Self::NotConnected => "not connected".to_owned(),
            Self::Unreadable(problem) => ["unreadable answer: ", problem].concat(),
            Self::NotLive(param) => ["a live list takes no ", param].concat(),
            Self::Lost(close) => ["the gateway closed the connection: ", &close.words()].concat(),
            Self::Revoked(close) => ["the gateway revoked the access: ", &close.words()].concat(),
            Self::NoDevice(problem) => {
                ["the gateway asks for a device identity: ", problem].concat()
            }
            Self::Lagged => "too many events were not taken".to_owned(),
            Self::Closed => "the client is closed".to_owned(),
        }
    }
}

impl CloseReason {
    fn words(&self) -> String {
        let code = digits(self.code.into());
        match self.reason.as_str() {
            "" => ["code ", &code].concat(),
            reason => [reason, " (", &code, ")"].concat(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl core::error::Error for Error {}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}
