//! One connection's two directions, each in order, with faults.

use std::collections::{BTreeSet, VecDeque};

use sessionwire_dice::Dice;
use sessionwire_protocol::{EventFrame, Frame, event};

/// How bad the network, the disk and the gateway's machine are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) lose_percent: u64,
    /// Beyond that of the events of subscriptions, so that answers tell of what they should have told.
    pub(crate) lose_events_percent: u64,
    pub(crate) repeat_percent: u64,
    pub(crate) delay_ms: u64,
    /// How long a commit may wait for the disk.
    pub(crate) commit_ms: u64,
    /// How late a connection may notice that something is to be told.
    pub(crate) wake_ms: u64,
    /// How often much happens to a session while the question about it is on its way.
    pub(crate) meddle_percent: u64,
}

impl Weather {
    pub(crate) const CALM: Self = Self {
        lose_percent: 0,
        lose_events_percent: 0,
        repeat_percent: 0,
        delay_ms: 20,
        commit_ms: 5,
        wake_ms: 3,
        meddle_percent: 0,
    };

    pub(crate) fn bad(dice: &mut Dice) -> Self {
        Self {
            lose_percent: dice.below(8),
            lose_events_percent: match dice.chance(25) {
                true => dice.below(80),
                false => 0,
            },
            repeat_percent: dice.below(8),
            delay_ms: 1 + dice.below(400),
            commit_ms: 1 + dice.below(60),
            wake_ms: 1 + dice.below(200),
            meddle_percent: 60,
        }
    }
}

const CONNECT: &str = r#""method":"connect""#;

/// One direction. What a stalled reader leaves lying fills it up.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    frames: VecDeque<(u64, String)>,
    /// Whether any frame got lost, or came twice.
    pub(crate) is_faulty: bool,
    /// Subscriptions of which the rest of a step has to get lost, too.
    broken: BTreeSet<String>,
}

impl Wire {
    /// How many frames lie in a wire before its sender has to wait.
    const CAPACITY: usize = 40;

    pub(crate) fn put(&mut self, frame: &str, now: u64, weather: Weather, dice: &mut Dice) {
        if self.loses(frame, weather, dice) {
            self.is_faulty = true;
            return;
        }
        // What comes twice in a handshake ends it for good, as nothing does that a transport does.
        let repeats = dice.chance(weather.repeat_percent) && !frame.contains(CONNECT);
        self.is_faulty |= repeats;
        for _ in 0..1 + u64::from(repeats) {
            let due = now + 1 + dice.below(weather.delay_ms);
            let due = self.frames.back().map_or(due, |(last, _)| due.max(*last));
            self.frames.push_back((due, frame.to_owned()));
        }
    }

    /// The sender has to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.frames.len() >= Self::CAPACITY
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.frames.front().map(|(due, _)| *due)
    }

    pub(crate) fn take(&mut self, now: u64) -> Option<String> {
        self.frames
            .pop_front_if(|(due, _)| *due <= now)
            .map(|(_, frame)| frame)
    }

    /// Of the frames that make one step only an end can get lost, as by a cut: the last one alone tells the
    /// receiver's place, so a loss before it could not be noticed, and transports have none.
    fn loses(&mut self, frame: &str, weather: Weather, dice: &mut Dice) -> bool {
        let lost = dice.chance(weather.lose_percent);
        if !lost && weather.lose_events_percent == 0 && self.broken.is_empty() {
            return false;
        }
        let Ok(Frame::Event(EventFrame {
            event,
            place: Some(place),
            ..
        })) = Frame::parse(frame)
        else {
            return lost;
        };
        let lost = lost || dice.chance(weather.lose_events_percent);
        let subscription = place.subscription.as_ref();
        let moves = place.prev != place.cursor;
        if self.broken.contains(subscription) {
            if moves {
                self.broken.remove(subscription);
            }
            return true;
        }
        if lost && !moves && event != event::TICK {
            self.broken.insert(subscription.to_owned());
        }
        lost
    }
}
