use core::ops::{Add, Sub};
use core::time::Duration;

/// A reading of the driver's clock.
///
/// The standard library's type cannot be made in a browser, nor in a test that chooses the time; this one is
/// the time since an origin that the driver fixes once, by a clock that never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// One number is smaller in code than a [`Duration`], and no deadline needs more than microseconds.
    microseconds: u64,
}

impl Instant {
    /// The instant at which the clock shows `elapsed`.
    pub const fn since_origin(elapsed: Duration) -> Self {
        Self::from_micros(microseconds(elapsed))
    }

    /// The same, in microseconds.
    pub const fn from_micros(microseconds: u64) -> Self {
        Self { microseconds }
    }

    /// What the clock shows then, in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.microseconds
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self {
            microseconds: self.microseconds.saturating_add(microseconds(length)),
        }
    }
}

/// How long after `earlier` it is, zero if it is not.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_micros(self.microseconds.saturating_sub(earlier.microseconds))
    }
}

pub(crate) const fn microseconds(length: Duration) -> u64 {
    const SECOND: u64 = 1_000_000;
    match length.as_secs() {
        seconds if seconds < u64::MAX / SECOND => seconds * SECOND + length.subsec_micros() as u64,
        _ => u64::MAX,
    }
}
