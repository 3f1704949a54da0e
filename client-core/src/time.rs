use core::ops::{Add, Sub};
use core::time::Duration;

/// A reading of the driver's clock.
///
/// The standard library's type cannot be made in a browser, nor in a test that chooses the time; this one is
/// the time since an origin that the driver fixes once, by a clock that never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The instant at which the clock shows `elapsed`.
    pub const fn since_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(length))
    }
}

/// How long after `earlier` it is, zero if it is not.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}
