use core::time::Duration;

use crate::time::microseconds;

/// Exponential waits with full jitter: after the nth failure between zero and `min` · 2ⁿ⁻¹, at most `max`.
///
/// A gateway that restarts loses all its clients at once; any lower bound above zero would bring them back at
/// once, too.
#[derive(Debug)]
pub(crate) struct Backoff {
    /// In microseconds, like `max`: to multiply a [`Duration`] by a fraction is large code.
    min: f64,
    max: f64,
    random: Random,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration, seed: u64) -> Self {
        Self {
            min: microseconds(min) as f64,
            max: microseconds(max) as f64,
            random: Random(seed),
        }
    }

    /// How long to wait after so many failures in a row.
    pub(crate) fn delay(&mut self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let ceiling = (self.min * f64::from(1_u32 << doublings)).min(self.max);
        Duration::from_micros((ceiling * self.random.fraction()) as u64)
    }
}

/// SplitMix64: jitter needs to differ between clients, not to be unpredictable.
#[derive(Debug)]
struct Random(u64);

impl Random {
    /// Evenly distributed from 0 up to, not including, 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what an f64 can hold"
    )]
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_fill_their_range() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30), 7);
        for (failures, ceiling) in [
            (1, 500),
            (2, 1_000),
            (3, 2_000),
            (7, 30_000),
            (u32::MAX, 30_000),
        ] {
            let ceiling = Duration::from_millis(ceiling);
            let waits: Vec<_> = (0..1_000).map(|_| backoff.delay(failures)).collect();
            assert!(waits.iter().all(|wait| *wait < ceiling));
            assert!(waits.iter().any(|wait| *wait < ceiling / 20));
            assert!(waits.iter().any(|wait| *wait > ceiling * 19 / 20));
        }
    }

    #[test]
    fn seeds_set_clients_apart() {
        let wait =
            |seed| Backoff::new(Duration::from_secs(1), Duration::from_secs(1), seed).delay(1);
        assert_eq!(wait(1), wait(1));
        assert_ne!(wait(1), wait(2));
    }
}
