use std::io::{self, Read, Write};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::coop::poll_proceed;

use super::outbox::Outbox;

/// How much may wait before no more is read: a peer that sends pings and reads nothing costs no more.
const FULL: usize = 64 << 10;
/// Small ones take more than their bytes.
const FULL_OF_FRAMES: usize = 1_024;

/// The stream under a WebSocket. Whatever writes to it, the outbox is the only way out, so frames stay whole and in
/// order.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    /// What was read before there was a WebSocket.
    read: Bytes,
    outbox: Outbox,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, read: &[u8]) -> Self {
        Self {
            stream,
            // Even when nothing is left, what was read keeps the whole buffer of the HTTP connection.
            read: Bytes::copy_from_slice(read),
            outbox: Outbox::default(),
        }
    }

    /// Reads a piece and forgets it.
    pub(super) async fn discard(&mut self) -> io::Result<()> {
        let mut piece = [0; 4 << 10];
        match self.stream.read(&mut piece).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    pub(super) fn give(&mut self, frame: Bytes) {
        self.outbox.push(frame);
    }

    pub(super) fn unwritten(&self) -> usize {
        self.outbox.unwritten()
    }

    /// Whether what is to be written should go before more is read.
    pub(super) fn is_full(&self) -> bool {
        self.outbox.unwritten() > FULL || self.outbox.len() > FULL_OF_FRAMES
    }

    pub(super) fn write_given(&mut self) -> io::Result<()> {
        self.outbox.write(|parts| match parts {
            // Cheaper than the call for several, and mostly there is one.
            [part] => self.stream.try_write(part),
            parts => self.stream.try_write_vectored(parts),
        })
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_read_ready(context)
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_write_ready(context)
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.is_empty() {
            // A peer that sends faster than it is read would keep the worker from all others.
            let mut nobody = Context::from_waker(Waker::noop());
            let Poll::Ready(budget) = poll_proceed(&mut nobody) else {
                return Err(io::ErrorKind::WouldBlock.into());
            };
            budget.made_progress();
            return self.stream.try_read(buffer);
        }
        let taken = buffer.len().min(self.read.len());
        self.read.copy_to_slice(&mut buffer[..taken]);
        Ok(taken)
    }
}

/// What the protocol says by itself: pongs and goodbyes.
impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outbox.push(Bytes::copy_from_slice(bytes));
        Ok(bytes.len())
    }

    /// What there is no room for goes with what is written next.
    fn flush(&mut self) -> io::Result<()> {
        self.write_given()
    }
}
