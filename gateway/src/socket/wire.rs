use std::io::{self, Read, Write};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;

use super::outbox::Outbox;

/// How much may wait before the protocol's own answers do. It keeps only its newest pong meanwhile, so a peer that sends
/// pings and reads nothing costs no more.
const FULL: usize = 64 << 10;

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

    pub(super) fn give(&mut self, frame: Bytes) {
        self.outbox.push(frame);
    }

    pub(super) fn unwritten(&self) -> usize {
        self.outbox.unwritten()
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
        if self.unwritten() > FULL {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.outbox.push(Bytes::copy_from_slice(bytes));
        Ok(bytes.len())
    }

    /// What there is no room for goes with what is written next.
    fn flush(&mut self) -> io::Result<()> {
        self.write_given()
    }
}
