//! Many subscribers in one thread, that note which changes they are told and when.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

use crate::peer::NUMBER;
use crate::socket::{Header, Socket, number_at};

/// How long nothing may come before it is taken that nothing more will.
const SILENCE: Duration = Duration::from_secs(2);

/// Subscribers that listen until this is dropped.
pub(crate) struct Crowd {
    shared: Rc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    tally: RefCell<Tally>,
    told: Notify,
    came: Notify,
    buffer: RefCell<Vec<u8>>,
    needle: &'static [u8],
}

#[derive(Default)]
struct Tally {
    changes: BTreeMap<usize, Change>,
    /// How many deliveries are awaited.
    awaited: usize,
    latencies: Vec<Duration>,
    bytes: usize,
    last: Option<Instant>,
}

struct Change {
    sent: Instant,
    /// How many are to be told of it still.
    listeners: usize,
    /// How long that took for the last who was told.
    last: Duration,
}

/// What a crowd was told.
#[derive(Default)]
pub(crate) struct Told {
    /// How often somebody was told of a change.
    pub(crate) deliveries: usize,
    /// How long that took, in order.
    pub(crate) latencies: Vec<Duration>,
    /// How long it took until the last was told, for each change that everybody was told of, in order.
    pub(crate) last: Vec<Duration>,
    /// All bytes of the frames that told it.
    pub(crate) bytes: usize,
    /// When the last was told.
    pub(crate) ended: Option<Instant>,
}

impl Crowd {
    /// Takes over sockets that are subscribed. Frames count whose text begins with `needle`.
    pub(crate) fn new(sockets: Vec<Socket>, needle: &'static [u8]) -> Self {
        let shared = Rc::new(Shared {
            tally: RefCell::default(),
            told: Notify::new(),
            came: Notify::new(),
            buffer: RefCell::new(vec![0; 256 << 10]),
            needle,
        });
        let mut crowd = Self {
            shared,
            tasks: Vec::new(),
        };
        sockets.into_iter().for_each(|socket| crowd.join(socket));
        crowd
    }

    /// Takes over one more socket.
    pub(crate) fn join(&mut self, socket: Socket) {
        let listening = listen(socket, Rc::clone(&self.shared));
        self.tasks.push(spawn_local(listening));
    }

    /// Waits until nobody hears anything for a moment, or it has taken long.
    pub(crate) async fn quiet(&self) {
        const MOMENT: Duration = Duration::from_millis(500);
        const LONG: Duration = Duration::from_secs(10);
        let until_quiet =
            async { while timeout(MOMENT, self.shared.came.notified()).await.is_ok() {} };
        // Somebody always hears a tick where there are many.
        let _quiet = timeout(LONG, until_quiet).await;
    }

    /// The changes of these numbers are being sent, and concern so many subscribers each.
    pub(crate) fn sending(&self, numbers: Range<usize>, listeners: usize) {
        let mut tally = self.shared.tally.borrow_mut();
        tally.awaited += numbers.len() * listeners;
        let change = |number| {
            let change = Change {
                sent: Instant::now(),
                listeners,
                last: Duration::ZERO,
            };
            (number, change)
        };
        tally.changes.extend(numbers.map(change));
    }

    /// Waits until everybody was told of every change that concerns them, or nothing more comes.
    pub(crate) async fn settle(&self) {
        loop {
            let told = self.shared.told.notified();
            if self.has_heard_all() || timeout(SILENCE, told).await.is_err() {
                return;
            }
        }
    }

    /// Takes what was told since it was taken before.
    pub(crate) fn told(&self) -> Told {
        let mut tally = self.shared.tally.take();
        tally.latencies.sort_unstable();
        let changes = tally.changes.values();
        let whole = changes.filter(|change| change.listeners == 0);
        let mut last: Vec<Duration> = whole.map(|change| change.last).collect();
        last.sort_unstable();
        Told {
            deliveries: tally.latencies.len(),
            latencies: tally.latencies,
            last,
            bytes: tally.bytes,
            ended: tally.last,
        }
    }

    fn has_heard_all(&self) -> bool {
        let tally = self.shared.tally.borrow();
        tally.latencies.len() >= tally.awaited
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn listen(socket: Socket, shared: Rc<Shared>) {
    let (mut stream, read) = socket.into_parts();
    let mut listener = Listener::default();
    listener.take_in(&read, &shared);
    while poll_fn(|context| shared.read(context, &mut stream, &mut listener))
        .await
        .is_ok()
    {}
}

impl Shared {
    fn read(
        &self,
        context: &mut Context<'_>,
        stream: &mut TcpStream,
        listener: &mut Listener,
    ) -> Poll<Result<()>> {
        let mut buffer = self.buffer.borrow_mut();
        let mut read = ReadBuf::new(&mut buffer);
        Pin::new(stream)
            .poll_read(context, &mut read)
            .map(|result| {
                result?;
                ensure!(!read.filled().is_empty(), "the server hung up");
                listener.take_in(read.filled(), self);
                Ok(())
            })
    }
}

/// One subscriber.
#[derive(Default)]
struct Listener {
    /// The beginning of a frame that is not whole yet.
    begun: Vec<u8>,
    /// By number, whether it was told of a change.
    told: Vec<bool>,
}

impl Listener {
    fn take_in(&mut self, bytes: &[u8], shared: &Shared) {
        shared.came.notify_one();
        if self.begun.is_empty() {
            let heard = self.hear_all(bytes, shared);
            self.begun.extend(&bytes[heard..]);
        } else {
            self.begun.extend(bytes);
            let begun = std::mem::take(&mut self.begun);
            let heard = self.hear_all(&begun, shared);
            self.begun.extend(&begun[heard..]);
        }
    }

    /// Hears all whole frames; returns how many bytes they take.
    fn hear_all(&mut self, bytes: &[u8], shared: &Shared) -> usize {
        let mut heard = 0;
        while let Some(header) = Header::read(&bytes[heard..])
            && let Some(frame) = bytes[heard..].get(..header.frame())
        {
            let text = &frame[header.length..];
            if text.starts_with(shared.needle)
                && let Some(number) = number(text)
            {
                self.hear(number, frame.len(), shared);
            }
            heard += frame.len();
        }
        heard
    }

    fn hear(&mut self, number: usize, bytes: usize, shared: &Shared) {
        let mut tally = shared.tally.borrow_mut();
        let tally = &mut *tally;
        // What was sent before the crowd was asked to count does not, and what is told twice counts once.
        let Some(change) = tally.changes.get_mut(&number) else {
            return;
        };
        if self.told.len() <= number {
            self.told.resize(number + 1, false);
        }
        if std::mem::replace(&mut self.told[number], true) {
            return;
        }
        let now = Instant::now();
        change.last = now.duration_since(change.sent);
        change.listeners = change.listeners.saturating_sub(1);
        tally.latencies.push(change.last);
        tally.bytes += bytes;
        tally.last = Some(now);
        shared.told.notify_one();
    }
}

/// The number of the change that a text tells of.
fn number(text: &[u8]) -> Option<usize> {
    let begin = memmem::find(text, NUMBER.as_bytes())? + NUMBER.len();
    usize::try_from(number_at(text, begin)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::put_unmasked;

    #[test]
    fn frames_in_pieces_are_heard_once() {
        let crowd = Crowd::new(Vec::new(), b"{");
        crowd.sending(7..9, 1);
        let mut bytes = Vec::new();
        for text in [
            "{\"change-7\"",
            "[\"change-8\"",
            "{\"change-7\"",
            "{\"change-8\"",
        ] {
            put_unmasked(&mut bytes, text);
        }
        let mut listener = Listener::default();
        for byte in &bytes {
            listener.take_in(&[*byte], &crowd.shared);
        }
        let told = crowd.told();
        assert_eq!((told.deliveries, told.last.len()), (2, 2));
        assert_eq!(told.bytes, 2 * (2 + 11));
    }
}
