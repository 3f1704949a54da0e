use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{Criers, Listener, Listeners, Listening};

/// How many parts an interval has. All who began in the same part are told together.
const SLOTS: usize = 32;

/// A timing wheel: tells its listeners once in each interval that time has passed, without a timer for each.
#[derive(Debug)]
pub struct Wheel {
    slots: [Arc<Slot>; SLOTS],
    /// The slot that was told last.
    position: AtomicUsize,
}

#[derive(Debug, Default)]
struct Slot {
    listeners: Arc<Listeners>,
    told: AtomicU64,
}

/// A place on the wheel, until this is dropped.
#[derive(Debug)]
pub struct Ticking {
    slot: Arc<Slot>,
    heard: u64,
    _listening: Listening,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            slots: std::array::from_fn(|_| Arc::default()),
            position: AtomicUsize::new(0),
        }
    }
}

impl Wheel {
    /// Lets somebody be told, for the first time after one interval.
    pub fn begin(&self, listener: Weak<dyn Listener>) -> Ticking {
        let slot = Arc::clone(&self.slots[self.position.load(Ordering::Relaxed)]);
        Ticking {
            heard: slot.told.load(Ordering::Relaxed),
            _listening: slot.listeners.listen(listener),
            slot,
        }
    }

    /// Turns once in each interval, for ever.
    pub async fn run(&self, period: Duration, criers: &Criers) {
        let part = (period / SLOTS as u32).max(Duration::from_millis(1));
        let mut parts = interval_at(Instant::now() + part, part);
        parts.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            parts.tick().await;
            self.turn(criers);
        }
    }

    /// Goes on by one slot.
    fn turn(&self, criers: &Criers) {
        let position = (self.position.load(Ordering::Relaxed) + 1) % SLOTS;
        let slot = &self.slots[position];
        slot.told.fetch_add(1, Ordering::Relaxed);
        self.position.store(position, Ordering::Relaxed);
        criers.announce(0, &[Arc::clone(&slot.listeners)]);
    }
}

impl Ticking {
    /// Whether an interval has passed since it was asked before.
    pub fn is_due(&mut self) -> bool {
        let told = self.slot.told.load(Ordering::Relaxed);
        std::mem::replace(&mut self.heard, told) != told
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::Notify;

    use super::*;

    #[test]
    fn each_is_told_once_in_an_interval_and_first_after_one() {
        let (wheel, criers) = (Wheel::default(), Criers::new(1));
        let turn = || {
            wheel.turn(&criers);
            criers.tell_waiting();
        };
        let bells: [Arc<Notify>; 2] = Default::default();
        let begin = |bell: &Arc<Notify>| {
            let listener: Weak<Notify> = Arc::downgrade(bell);
            wheel.begin(listener)
        };
        let mut early = begin(&bells[0]);
        turn();
        let mut late = begin(&bells[1]);
        let mut told = [Vec::new(), Vec::new()];
        for part in 2..=2 * SLOTS + 1 {
            turn();
            for (index, ticking) in [&mut early, &mut late].into_iter().enumerate() {
                let is_rung = bells[index].notified().now_or_never().is_some();
                assert_eq!(is_rung, ticking.is_due());
                if is_rung {
                    told[index].push(part);
                }
            }
        }
        assert_eq!(told, [[SLOTS, 2 * SLOTS], [SLOTS + 1, 2 * SLOTS + 1]]);
    }
}
