//! A client's WebSocket. What comes is read by tungstenite; what goes is written by `Outbox` as it was encoded,
//! without another copy for each socket.

mod outbox;
mod wire;

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::config::MAX_READ_FRAME;
use crate::text::Text;

use wire::Wire;

/// Small, because every connection holds one.
const READ_BUFFER: usize = 1 << 10;

/// What messages come from and go to.
pub trait Socket: Send {
    /// The next message; `None` after the last.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>>;

    /// Takes a text, to be written after all that was given before.
    fn give(&mut self, text: Text);

    /// How many bytes it was given and has not written yet.
    fn unwritten(&self) -> usize;

    /// Writes what it was given, as much as there is room for without waiting.
    fn write(&mut self) -> io::Result<()>;

    /// Waits until there may be room again.
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Writes what it was given.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.write()?;
            if self.unwritten() == 0 {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_room(context))?;
        }
    }
}

/// A socket over TCP, after its upgrade.
pub struct WebSocket {
    protocol: tokio_tungstenite::tungstenite::WebSocket<Wire>,
    ended: bool,
}

impl WebSocket {
    /// The socket on a stream of which some bytes were read already.
    pub fn new(stream: TcpStream, read: &[u8]) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_READ_FRAME))
            .max_frame_size(Some(MAX_READ_FRAME));
        let wire = Wire::new(stream, read);
        Self {
            protocol: tokio_tungstenite::tungstenite::WebSocket::from_raw_socket(
                wire,
                Role::Server,
                Some(config),
            ),
            ended: false,
        }
    }

    /// The next message; `None` after the last.
    pub async fn receive(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Writes a text.
    pub async fn send(&mut self, text: Text) -> io::Result<()> {
        self.give(text);
        self.flush().await
    }

    /// Writes what it was given.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_write(context)).await
    }

    /// Says goodbye.
    pub async fn close(&mut self, goodbye: CloseFrame) -> Result<(), Error> {
        match self.protocol.close(Some(goodbye)) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                self.flush().await?;
                self.protocol.flush()?;
            }
            closed => closed?,
        }
        Ok(self.flush().await?)
    }
}

impl Socket for WebSocket {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        while !self.ended {
            match self.protocol.read() {
                Ok(message) => return Poll::Ready(Some(Ok(message))),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.protocol.get_ref().poll_readable(context))?;
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }

    fn give(&mut self, text: Text) {
        self.protocol.get_mut().give(text.into_frame());
    }

    fn unwritten(&self) -> usize {
        self.protocol.get_ref().unwritten()
    }

    fn write(&mut self) -> io::Result<()> {
        self.protocol.get_mut().write_given()
    }

    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.protocol.get_ref().poll_writable(context)
    }
}
