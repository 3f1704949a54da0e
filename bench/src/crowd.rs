//! Many subscribers in one thread, that count what they are told and note when.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

use crate::socket::{Header, Socket};

/// More than any needle and the longest header.
const HEAD: usize = 64;

/// Subscribers that listen until this is dropped.
pub(crate) struct Crowd {
    shared: Rc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    tally: RefCell<Tally>,
    told: Notify,
    buffer: RefCell<Vec<u8>>,
    needle: &'static [u8],
}

#[derive(Default)]
struct Tally {
    /// When each change was sent.
    sent: Vec<Instant>,
    latencies: Vec<Duration>,
    bytes: usize,
}

/// What a crowd was told.
pub(crate) struct Told {
    /// How often somebody was told of a change.
    pub(crate) deliveries: usize,
    /// How long that took, in order.
    pub(crate) latencies: Vec<Duration>,
    /// All bytes, headers of frames among them.
    pub(crate) bytes: usize,
}

impl Crowd {
    /// Takes over sockets that are subscribed. Frames count whose text begins with `needle`.
    pub(crate) fn new(sockets: Vec<Socket>, needle: &'static [u8]) -> Self {
        let shared = Rc::new(Shared {
            tally: RefCell::default(),
            told: Notify::new(),
            buffer: RefCell::new(vec![0; 256 << 10]),
            needle,
        });
        let listen = |socket: Socket| spawn_local(listen(socket, Rc::clone(&shared)));
        let tasks = sockets.into_iter().map(listen).collect();
        Self { shared, tasks }
    }

    /// The next change is being sent.
    pub(crate) fn sending(&self) {
        self.shared.tally.borrow_mut().sent.push(Instant::now());
    }

    /// Waits until every change was told to everybody, or nothing more comes for two seconds.
    pub(crate) async fn hear_all(&self) -> Told {
        loop {
            let told = self.shared.told.notified();
            if self.has_heard_all() || timeout(Duration::from_secs(2), told).await.is_err() {
                let mut tally = self.shared.tally.take();
                tally.latencies.sort_unstable();
                return Told {
                    deliveries: tally.latencies.len(),
                    latencies: tally.latencies,
                    bytes: tally.bytes,
                };
            }
        }
    }

    fn has_heard_all(&self) -> bool {
        let tally = self.shared.tally.borrow();
        tally.latencies.len() >= tally.sent.len() * self.tasks.len()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn listen(socket: Socket, shared: Rc<Shared>) {
    let (stream, read) = socket.into_parts();
    let mut frames = Frames::default();
    frames.take_in(&read, &shared);
    while shared.read(&stream, &mut frames).await.is_ok() {}
}

impl Shared {
    async fn read(&self, stream: &TcpStream, frames: &mut Frames) -> Result<()> {
        stream.readable().await?;
        let mut buffer = self.buffer.borrow_mut();
        match stream.try_read(&mut buffer) {
            Ok(0) => bail!("the server hung up"),
            Ok(read) => frames.take_in(&buffer[..read], self),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// One subscriber's place in its stream of frames.
#[derive(Default)]
struct Frames {
    /// The beginning of a frame that is not whole yet.
    head: Vec<u8>,
    /// What is left of a frame that was looked at.
    skip: usize,
    heard: usize,
}

impl Frames {
    fn take_in(&mut self, mut bytes: &[u8], shared: &Shared) {
        shared.tally.borrow_mut().bytes += bytes.len();
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            bytes = &bytes[skipped..];
            self.skip -= skipped;
            if self.skip > 0 || bytes.is_empty() {
                return;
            }
            let before = self.head.len();
            let taken = (HEAD - before).min(bytes.len());
            self.head.extend(&bytes[..taken]);
            let Some(header) = Header::read(&self.head) else {
                return;
            };
            let end = header.length + header.payload;
            let wanted = end.min(header.length + shared.needle.len());
            if self.head.len() < wanted {
                return;
            }
            if self.head[header.length..wanted] == *shared.needle {
                self.hear(shared);
            }
            // Of the bytes in `head`, those before came earlier, and those after the frame are looked at again.
            let used = self.head.len().min(end) - before;
            self.skip = end - self.head.len().min(end);
            self.head.clear();
            bytes = &bytes[used..];
        }
    }

    fn hear(&mut self, shared: &Shared) {
        let mut tally = shared.tally.borrow_mut();
        // What was sent before the crowd was asked to count does not.
        let Some(sent) = tally.sent.get(self.heard).copied() else {
            return;
        };
        self.heard += 1;
        tally.latencies.push(sent.elapsed());
        shared.told.notify_one();
    }
}
