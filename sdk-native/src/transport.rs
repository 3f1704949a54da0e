use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sessionwire_client_core::CloseReason;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tracing::debug;

use crate::address::Address;

/// A connection holds this much at rest; larger frames are gathered as they come.
const READ_BUFFER: usize = 8 << 10;
/// A snapshot of a long list is one frame.
const LARGEST_FRAME: usize = 256 << 20;
/// How long a gateway is given to answer a close.
const FAREWELL: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<TcpStream>;

/// A WebSocket that can be opened again. It never waits outside of [`Transport::poll`], so that opening and
/// writing can be called off at any time.
#[derive(Default)]
pub(crate) enum Transport {
    #[default]
    None,
    Opening(Pin<Box<dyn Future<Output = tungstenite::Result<Socket>> + Send>>),
    Open {
        socket: Box<Socket>,
        unsent: VecDeque<Message>,
    },
}

/// What a transport reports.
#[derive(Debug)]
pub(crate) enum Happening {
    Opened,
    Frame(Utf8Bytes),
    Closed(Option<CloseReason>),
    /// It could not be opened.
    Failed(String),
}

impl Transport {
    /// Begins to open.
    pub(crate) fn open(address: &Address) -> Self {
        debug!(gateway = %address.uri, "connecting");
        Self::Opening(Box::pin(connect(address.clone())))
    }

    /// Has a frame sent as soon as the socket takes it.
    pub(crate) fn send(&mut self, text: String) {
        if let Self::Open { unsent, .. } = self {
            unsent.push_back(Message::text(text));
        }
    }

    /// Sends what is left and says farewell; a gateway that does not answer is left alone.
    pub(crate) async fn close(self, code: u16, reason: &'static str) {
        let Self::Open { socket, unsent } = self else {
            return;
        };
        let mut socket = *socket;
        let farewell = async {
            for message in unsent {
                socket.feed(message).await?;
            }
            let code = CloseCode::from(code);
            let reason = reason.into();
            socket.close(Some(CloseFrame { code, reason })).await?;
            while let Some(message) = socket.next().await {
                if message?.is_close() {
                    break;
                }
            }
            Ok::<_, tungstenite::Error>(())
        };
        match tokio::time::timeout(FAREWELL, farewell).await {
            Ok(Ok(())) => debug!("closed"),
            Ok(Err(error)) => debug!(%error, "the connection broke while it was closed"),
            Err(_) => debug!("the gateway did not answer the close"),
        }
    }

    /// Writes what is unsent, and waits for what happens; for ever while there is no transport.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Happening> {
        let happening = match self {
            Self::None => return Poll::Pending,
            Self::Opening(opening) => match ready!(opening.as_mut().poll(context)) {
                Ok(socket) => {
                    *self = Self::Open {
                        socket: Box::new(socket),
                        unsent: VecDeque::new(),
                    };
                    return Poll::Ready(Happening::Opened);
                }
                Err(error) => {
                    debug!(%error, "cannot connect");
                    Happening::Failed(error.to_string())
                }
            },
            Self::Open { socket, unsent } => {
                match write(socket, unsent, context).and_then(|()| read(socket, context)) {
                    Ok(happening) => ready!(happening),
                    Err(error) => {
                        debug!(%error, "the connection broke");
                        Happening::Closed(None)
                    }
                }
            }
        };
        if matches!(happening, Happening::Closed(_) | Happening::Failed(_)) {
            *self = Self::None;
        }
        Poll::Ready(happening)
    }
}

async fn connect(address: Address) -> tungstenite::Result<Socket> {
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(LARGEST_FRAME))
        .max_frame_size(Some(LARGEST_FRAME));
    let (socket, _) = client_async_with_config(address.uri, stream, Some(config)).await?;
    Ok(socket)
}

fn write(
    socket: &mut Socket,
    unsent: &mut VecDeque<Message>,
    context: &mut Context<'_>,
) -> tungstenite::Result<()> {
    while !unsent.is_empty() && socket.poll_ready_unpin(context)?.is_ready() {
        if let Some(message) = unsent.pop_front() {
            socket.start_send_unpin(message)?;
        }
    }
    let _flushed = socket.poll_flush_unpin(context)?;
    Ok(())
}

fn read(socket: &mut Socket, context: &mut Context<'_>) -> tungstenite::Result<Poll<Happening>> {
    loop {
        let Poll::Ready(message) = socket.poll_next_unpin(context) else {
            return Ok(Poll::Pending);
        };
        let happening = match message.transpose()? {
            Some(Message::Text(text)) => Happening::Frame(text),
            Some(Message::Close(close)) => Happening::Closed(close.as_ref().map(reason)),
            None => Happening::Closed(None),
            Some(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {
                continue;
            }
        };
        return Ok(Poll::Ready(happening));
    }
}

fn reason(close: &CloseFrame) -> CloseReason {
    CloseReason {
        code: close.code.into(),
        reason: close.reason.to_string(),
    }
}
