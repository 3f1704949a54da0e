use std::collections::VecDeque;

use sessionwire_client_core::FrameEvent;

use crate::inbox::Unread;

/// How many frames wait for a subscriber that takes nothing.
const FRAMES: usize = 16_384;
/// And how many bytes of payloads.
const FRAMES_BYTES: usize = 32 << 20;

/// Unread frames, in order. Where too many wait, the oldest make room, and the gap is told.
#[derive(Debug, Default)]
pub(crate) struct FramesUnread {
    frames: VecDeque<FrameEvent>,
    bytes: usize,
    /// The oldest had to make room.
    missed: bool,
}

impl FramesUnread {
    fn take(&mut self) -> Option<FrameEvent> {
        let oldest = self.frames.pop_front()?;
        self.bytes -= bytes(&oldest);
        Some(oldest)
    }
}

/// What a frame takes, about.
fn bytes(frame: &FrameEvent) -> usize {
    match frame {
        FrameEvent::Hello(payload) | FrameEvent::Event { payload, .. } => payload.get().len(),
        FrameEvent::Missed => 0,
    }
}

impl Unread for FramesUnread {
    type Event = FrameEvent;

    fn push(&mut self, frame: FrameEvent) {
        self.bytes += bytes(&frame);
        self.frames.push_back(frame);
        // The newest waits, however large it is.
        while self.frames.len() > 1 && (self.frames.len() > FRAMES || self.bytes > FRAMES_BYTES) {
            self.take();
            self.missed = true;
        }
    }

    fn pop(&mut self) -> Option<FrameEvent> {
        match std::mem::take(&mut self.missed) {
            true => Some(FrameEvent::Missed),
            false => self.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_client_core::Json;

    use super::*;

    #[test]
    fn frames_make_room_by_their_number_and_their_size() {
        let event = |bytes: usize| {
            let json = format!("\"{}\"", "x".repeat(bytes - 2));
            FrameEvent::Event {
                name: "agent".to_owned(),
                payload: Json::written(json),
            }
        };
        let taken = |unread: &mut FramesUnread| -> Vec<usize> {
            let frames = std::iter::from_fn(|| unread.pop());
            frames.map(|frame| bytes(&frame)).collect()
        };
        let mut unread = FramesUnread::default();
        for _ in 0..=FRAMES {
            unread.push(event(3));
        }
        assert!(matches!(unread.pop(), Some(FrameEvent::Missed)));
        assert_eq!(taken(&mut unread).len(), FRAMES);
        let half = FRAMES_BYTES / 2;
        for size in [half, half, half, 3] {
            unread.push(event(size));
        }
        assert_eq!(taken(&mut unread), [0, half, 3]);
        unread.push(event(FRAMES_BYTES * 2));
        assert_eq!(taken(&mut unread), [FRAMES_BYTES * 2]);
    }
}
