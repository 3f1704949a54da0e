use crate::time::Instant;

/// How a subscription stands on the connection of the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not asked for.
    #[default]
    Down,
    /// Asked for; the answer is due.
    Asking,
    /// Events follow.
    Live,
    /// To be asked for at this time.
    Resting(Instant),
}

impl Phase {
    pub(crate) fn rests_until(self) -> Option<Instant> {
        match self {
            Self::Resting(until) => Some(until),
            Self::Down | Self::Asking | Self::Live => None,
        }
    }
}
