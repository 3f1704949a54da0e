use alloc::borrow::Cow;
use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Why a row of the list changed. An open set: any text is a reason, the constants are those in use here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct ChangeReason(
    #[cfg_attr(feature = "typescript", tsify(type = "string"))] Cow<'static, str>,
);

impl ChangeReason {
    /// A session came to be.
    pub const CREATE: Self = Self(Cow::Borrowed("create"));
    /// `sessions.patch`, and chat commands that set an option such as `/think`.
    pub const PATCH: Self = Self(Cow::Borrowed("patch"));
    /// `/name` and `/goal`.
    pub const COMMAND_METADATA: Self = Self(Cow::Borrowed("command-metadata"));
    /// `sessions.goal.*`.
    pub const GOAL: Self = Self(Cow::Borrowed("goal"));
    /// A message was added.
    pub const SEND: Self = Self(Cow::Borrowed("send"));
    /// The session begins a new generation after a reset.
    pub const RESET: Self = Self(Cow::Borrowed("reset"));
    /// The session begins a new generation by `/new` or `sessions.reset` with reason `new`.
    pub const NEW: Self = Self(Cow::Borrowed("new"));
    /// The session is gone (frames of plain protocol 4).
    pub const DELETE: Self = Self(Cow::Borrowed("delete"));
    /// The groups changed.
    pub const GROUPS: Self = Self(Cow::Borrowed("groups"));
    /// Sessions were removed by policy (frames of plain protocol 4).
    pub const CLEANUP: Self = Self(Cow::Borrowed("cleanup"));

    /// The reason as written on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ChangeReason {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// Why a generation of a session was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum EvictionReason {
    /// Its context was destroyed; key, label and pins live on in the next generation.
    Reset,
    /// The same, asked for as a new start.
    New,
    /// The session was deleted.
    Deleted,
    /// A policy removed the session: idle time, age or number of sessions.
    Expired,
    /// A reason that this version does not know, or none was told.
    #[serde(other)]
    Unknown,
}
