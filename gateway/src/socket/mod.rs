//! A client's WebSocket. What comes is read by tungstenite; what goes is written by `outbox.rs` as it was encoded,
//! without another copy for each socket.

mod outbox;
#[cfg(test)]
mod tests;
mod wire;

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use tokio::net::TcpStream;
use tokio::task::coop::poll_proceed;
use tokio_tungstenite::tungstenite::protocol::{self, CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::text::Text;

use wire::Wire;

/// Small, because every connection holds one.
const READ_BUFFER: usize = 1 << 10;

/// What messages come from and go to.
pub trait Socket: Send {
    /// The next message; `None` after the last.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>>;

    /// Takes a text, to be written after all that it was given before.
    fn give(&mut self, text: Text);

    /// How many bytes it was given and has not written yet.
    fn unwritten(&self) -> usize;

    /// Writes what it was given, as much as there is room for without waiting, and at most a share.
    fn write(&mut self) -> io::Result<()>;

    /// Waits until there may be room again.
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Writes until nothing is left.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write()?;
        if self.unwritten() == 0 {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_room(context))?;
        // There is room, but others have their turn first.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A socket over TCP, after its upgrade.
pub struct WebSocket {
    protocol: protocol::WebSocket<Wire>,
    ended: bool,
    unreadable: bool,
}

impl WebSocket {
    /// The socket on a stream of which some bytes were read already.
    pub fn new(stream: TcpStream, read: &[u8]) -> Self {
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let wire = Wire::new(stream, read);
        Self {
            protocol: protocol::WebSocket::from_raw_socket(wire, Role::Server, Some(config)),
            ended: false,
            unreadable: false,
        }
    }

    /// Larger ones are an error.
    pub fn take_frames_up_to(&mut self, bytes: usize) {
        self.protocol.set_config(|config| {
            config.max_message_size = Some(bytes);
            config.max_frame_size = Some(bytes);
        });
    }

    /// Reads on where what came was unreadable, until the peer is gone.
    pub async fn discard(&mut self) {
        while self.unreadable && self.protocol.get_mut().discard().await.is_ok() {}
    }

    /// The next message; `None` after the last.
    pub async fn receive(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Gives it a text, and writes until nothing is left.
    pub async fn send(&mut self, text: Text) -> io::Result<()> {
        self.give(text);
        self.flush().await
    }

    /// Writes until nothing is left.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_write(context)).await
    }

    /// Says goodbye.
    pub async fn close(&mut self, goodbye: CloseFrame) -> Result<(), Error> {
        self.protocol.close(Some(goodbye))?;
        Ok(self.flush().await?)
    }
}

impl Socket for WebSocket {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        let budget = ready!(poll_proceed(context));
        while !self.ended {
            // What a peer does not take, it does not ask for either.
            if self.protocol.get_ref().is_full() {
                ready!(self.poll_write(context))?;
            }
            match self.protocol.read() {
                Ok(message) => {
                    budget.made_progress();
                    return Poll::Ready(Some(Ok(message)));
                }
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    if let Poll::Ready(Err(error)) = self.poll_write(context) {
                        return Poll::Ready(Some(Err(error.into())));
                    }
                    ready!(self.protocol.get_ref().poll_readable(context))?;
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => self.ended = true,
                Err(error) => {
                    (self.ended, self.unreadable) = (true, true);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        // The answer to a goodbye.
        let _gone = ready!(self.poll_write(context));
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
