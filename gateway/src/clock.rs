//! The wall clock, as the wire writes it.

use std::time::{SystemTime, UNIX_EPOCH};

use sessionwire_protocol::Millis;

/// Milliseconds since the Unix epoch.
pub fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
