//! What the upstream told last, for connections that have not heard it yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{Receiver, Sender};

use super::events::Told;

/// How many events wait for a connection that takes none, before it is told that it missed some.
const ROOM: usize = 1_024;
/// And how many bytes of payloads, all connections together.
const ROOM_BYTES: usize = 32 << 20;

/// Something that the upstream told, on its way to connections.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An event.
    Event(Arc<Told>),
    /// Some were missed.
    Missed,
}

/// The newest events. Who comes too late for one has missed it.
pub(super) struct Recent {
    kept: Mutex<Kept>,
    told: Sender<Option<Weak<Told>>>,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<Arc<Told>>,
    bytes: usize,
}

/// A connection's place among them.
pub struct Hearing(Receiver<Option<Weak<Told>>>);

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            kept: Mutex::default(),
            told: Sender::new(ROOM),
        }
    }

    pub(super) fn listen(&self) -> Hearing {
        Hearing(self.told.subscribe())
    }

    pub(super) fn put(&self, heard: Heard) {
        let told = match heard {
            Heard::Event(told) => {
                let known = Arc::downgrade(&told);
                self.keep(told);
                Some(known)
            }
            Heard::Missed => None,
        };
        // Nobody may listen.
        let _nobody = self.told.send(told);
    }

    fn keep(&self, told: Arc<Told>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += told.bytes();
        kept.events.push_back(told);
        // The newest is kept, however large it is.
        while kept.events.len() > 1 && (kept.events.len() > ROOM || kept.bytes > ROOM_BYTES) {
            let oldest = kept.events.pop_front();
            kept.bytes -= oldest.map_or(0, |oldest| oldest.bytes());
        }
    }
}

impl Hearing {
    /// What comes next.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(told) => heard(told),
            Err(RecvError::Lagged(_)) => Heard::Missed,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// What has come.
    pub fn unread(&mut self) -> Option<Heard> {
        match self.0.try_recv() {
            Ok(told) => Some(heard(told)),
            Err(TryRecvError::Lagged(_)) => Some(Heard::Missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

fn heard(told: Option<Weak<Told>>) -> Heard {
    let told = told.and_then(|told| told.upgrade());
    told.map_or(Heard::Missed, Heard::Event)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn event(bytes: usize) -> Heard {
        let text = format!("\"{}\"", "x".repeat(bytes - 2));
        let payload = RawValue::from_string(text).expect("it is JSON");
        let told = Told::new("agent".to_owned(), payload, 0);
        Heard::Event(Arc::new(told.expect("it is passed on")))
    }

    /// What a connection hears: how many events, and where it missed some.
    fn taken(hearing: &mut Hearing) -> Vec<Option<usize>> {
        let heard = std::iter::from_fn(|| hearing.unread());
        heard
            .map(|heard| match heard {
                Heard::Event(told) => Some(told.bytes()),
                Heard::Missed => None,
            })
            .collect()
    }

    #[test]
    fn who_takes_too_few_misses_the_oldest_and_is_told_so() {
        let recent = Recent::new();
        let mut hearing = recent.listen();
        for _ in 0..ROOM + 10 {
            recent.put(event(10));
        }
        let heard = taken(&mut hearing);
        assert_eq!(heard.len(), ROOM + 1);
        assert_eq!(heard[0], None);
        assert!(heard[1..].iter().all(Option::is_some));
        recent.put(Heard::Missed);
        recent.put(event(10));
        assert_eq!(taken(&mut hearing), [None, Some(10)]);
    }

    #[test]
    fn large_events_leave_room_for_few() {
        let recent = Recent::new();
        let mut hearing = recent.listen();
        let large = ROOM_BYTES / 2;
        for _ in 0..4 {
            recent.put(event(large));
        }
        recent.put(event(10));
        let heard = taken(&mut hearing);
        assert_eq!(heard, [None, None, None, Some(large), Some(10)]);
        recent.put(event(ROOM_BYTES * 2));
        assert_eq!(taken(&mut hearing), [Some(ROOM_BYTES * 2)]);
    }
}
