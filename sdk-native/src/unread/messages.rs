use std::collections::VecDeque;

use sessionwire_client_core::MessageEvent;

use crate::inbox::Unread;

/// How many messages wait for a subscriber that takes nothing.
const MESSAGES: usize = 1_024;

/// An unread event of a session's messages.
#[derive(Debug)]
pub(crate) enum Letter {
    Event(MessageEvent),
    /// Messages are missing here.
    Missed,
}

/// Unread events of a session's messages, in order. Where too many wait, the oldest make room, evictions
/// last, and the gap is told.
#[derive(Debug, Default)]
pub(crate) struct MessagesUnread {
    letters: VecDeque<Letter>,
    /// The oldest had to make room.
    missed: bool,
}

impl Unread for MessagesUnread {
    type Event = Letter;

    fn push(&mut self, letter: Letter) {
        let repeats = matches!(
            (&letter, self.letters.back()),
            (Letter::Missed, Some(Letter::Missed))
        );
        if repeats {
            return;
        }
        if self.letters.len() >= MESSAGES {
            self.make_room();
        }
        self.letters.push_back(letter);
    }

    fn pop(&mut self) -> Option<Letter> {
        match std::mem::take(&mut self.missed) {
            true => Some(Letter::Missed),
            false => self.letters.pop_front(),
        }
    }
}

impl MessagesUnread {
    fn make_room(&mut self) {
        let is_eviction =
            |letter: &Letter| matches!(letter, Letter::Event(MessageEvent::Evicted(_)));
        let oldest = self.letters.iter().position(|letter| !is_eviction(letter));
        self.letters.remove(oldest.unwrap_or(0));
        self.missed = true;
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_client_core::Json;

    use super::super::evicted;
    use super::*;

    #[test]
    fn messages_make_room_and_the_gap_is_told() {
        let mut unread = MessagesUnread::default();
        unread.push(Letter::Event(MessageEvent::Evicted(evicted("a"))));
        for index in 0..MESSAGES + 10 {
            let json = Json::written(index.to_string());
            unread.push(Letter::Event(MessageEvent::Message(json)));
        }
        assert!(matches!(unread.pop(), Some(Letter::Missed)));
        assert!(matches!(
            unread.pop(),
            Some(Letter::Event(MessageEvent::Evicted(_)))
        ));
        let rest: Vec<_> = std::iter::from_fn(|| unread.pop()).collect();
        assert_eq!(rest.len(), MESSAGES - 1);
        assert!(matches!(
            &rest[0],
            Letter::Event(MessageEvent::Message(json)) if json.get() == "11"
        ));
        unread.push(Letter::Missed);
        unread.push(Letter::Missed);
        assert!(matches!(unread.pop(), Some(Letter::Missed)));
        assert!(unread.pop().is_none());
    }
}
