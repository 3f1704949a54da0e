//! One connection's two directions, each in order, with faults.

use std::collections::VecDeque;

use sessionwire_dice::Dice;

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) lose_percent: u64,
    pub(crate) repeat_percent: u64,
    pub(crate) delay_ms: u64,
}

impl Weather {
    pub(crate) const CALM: Self = Self {
        lose_percent: 0,
        repeat_percent: 0,
        delay_ms: 20,
    };
}

#[derive(Debug, Default)]
pub(crate) struct Wire(VecDeque<(u64, String)>);

impl Wire {
    /// Sends frames that belong together: of those only an end can get lost, as by a cut. The last one
    /// alone tells the receiver's place, so a loss before it could not be noticed; transports have none.
    pub(crate) fn put(&mut self, frames: &[String], now: u64, weather: Weather, dice: &mut Dice) {
        for frame in frames {
            if dice.chance(weather.lose_percent) {
                return;
            }
            for _ in 0..1 + u64::from(dice.chance(weather.repeat_percent)) {
                let due = now + 1 + dice.below(weather.delay_ms);
                let due = self.0.back().map_or(due, |(last, _)| due.max(*last));
                self.0.push_back((due, frame.clone()));
            }
        }
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.0.front().map(|(due, _)| *due)
    }

    pub(crate) fn take(&mut self, now: u64) -> Option<String> {
        self.0
            .pop_front_if(|(due, _)| *due <= now)
            .map(|(_, frame)| frame)
    }
}
