use alloc::borrow::Cow;
use alloc::string::String;

use serde::{Deserialize, Serialize};

/// A place in a gateway's journal that outlives the connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Cursor {
    /// Names one life of the journal; offsets of different epochs cannot be compared.
    pub epoch: String,
    /// How many entries of that journal lie before or at this place.
    pub offset: u64,
}

/// Where an event stands in one subscription: it follows the place `prev` and leads to `cursor`, both
/// offsets in the epoch that the answer to `sessions.subscribe` named.
///
/// A subscriber whose own offset equals `prev` has missed nothing, also when entries that it may not see
/// lie between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The id that the client gave the subscription.
    pub subscription: Cow<'a, str>,
    /// Offset before the event.
    pub prev: u64,
    /// Offset after it.
    pub cursor: u64,
}

impl<'a> Place<'a> {
    /// A place as frames tell it: without a cursor it leads to the next offset.
    pub fn new(subscription: Cow<'a, str>, prev: u64, cursor: Option<u64>) -> Self {
        Self {
            subscription,
            prev,
            cursor: cursor.unwrap_or_else(|| prev.saturating_add(1)),
        }
    }

    /// The cursor as frames tell it.
    pub fn cursor_unless_next(&self) -> Option<u64> {
        (self.cursor.checked_sub(1) != Some(self.prev)).then_some(self.cursor)
    }
}
