//! Wrong secrets, counted by address: who guesses has to wait, and from elsewhere is locked out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Within this time wrong secrets are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// So many of them lock an address out.
const MOST: u32 = 10;
/// For so long.
const LOCKOUT: Duration = Duration::from_secs(300);
/// How long an answer waits after the first wrong secret from this machine; twice as long after each further one.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// At the most.
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// Addresses whose time is over are forgotten when there are more than so many.
const ROOMY: usize = 4_096;

/// The addresses that gave wrong secrets.
#[derive(Debug, Default)]
pub struct Guesses {
    wrong: Mutex<HashMap<IpAddr, Wrong>>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    since: Instant,
}

impl Guesses {
    /// How long an address is still locked out. This machine never is: its own programs share the address.
    pub fn lockout(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let wrong = self.lock().get(&address).copied()?;
        if address.is_loopback() || wrong.count < MOST {
            return None;
        }
        (wrong.since + LOCKOUT)
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())
    }

    /// Counts a wrong secret; returns how long its answer has to wait.
    pub fn count(&self, address: IpAddr, now: Instant) -> Duration {
        let mut all = self.lock();
        if all.len() > ROOMY {
            all.retain(|_, wrong| now.duration_since(wrong.since) < LOCKOUT);
        }
        let wrong = all.entry(address).or_insert(Wrong {
            count: 0,
            since: now,
        });
        let over = if wrong.count < MOST { WINDOW } else { LOCKOUT };
        if now.duration_since(wrong.since) >= over {
            *wrong = Wrong {
                count: 0,
                since: now,
            };
        }
        wrong.count = wrong.count.saturating_add(1);
        if wrong.count == MOST {
            wrong.since = now;
        }
        match address.is_loopback() {
            true => LONGEST_DELAY.min(FIRST_DELAY * 2u32.saturating_pow((wrong.count - 1).min(8))),
            false => Duration::ZERO,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, Wrong>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn ten_wrong_secrets_lock_an_address_out() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for _ in 0..MOST {
            assert_eq!(guesses.lockout(ELSEWHERE, start), None);
            assert_eq!(guesses.count(ELSEWHERE, start), Duration::ZERO);
        }
        assert_eq!(guesses.lockout(ELSEWHERE, start), Some(LOCKOUT));
        assert_eq!(guesses.lockout(ELSEWHERE, start + LOCKOUT), None);
        guesses.count(ELSEWHERE, start + LOCKOUT);
        assert_eq!(
            guesses.lockout(ELSEWHERE, start + LOCKOUT),
            None,
            "counting begins anew"
        );
    }

    #[test]
    fn slow_mistakes_are_forgiven() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for count in 0..3 * MOST {
            let now = start + WINDOW * count / 5;
            guesses.count(ELSEWHERE, now);
            assert_eq!(guesses.lockout(ELSEWHERE, now), None);
        }
    }

    #[test]
    fn this_machine_waits_longer_and_longer() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let here = IpAddr::from([127, 0, 0, 1]);
        let waits: Vec<_> = (0..12)
            .map(|_| guesses.count(here, start).as_millis())
            .collect();
        assert_eq!(waits[..6], [250, 500, 1_000, 2_000, 4_000, 5_000]);
        assert_eq!(waits[11], 5_000);
        assert_eq!(guesses.lockout(here, start), None);
    }
}
