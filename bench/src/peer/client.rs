//! Clients as the limits hear them: nothing of what the load sends is checked.

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::socket::Header;

/// What every client's key in the upgrade leads to: they all send the one of RFC 6455, section 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// The bytes of a client's mask. They are zero, so the payload stands as it is.
const MASK: usize = 4;

/// A frame of a client.
pub(super) struct Frame<'a> {
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
    /// All its bytes.
    pub(super) length: usize,
}

impl<'a> Frame<'a> {
    /// The first frame in what came; `None` while bytes of it are missing.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let header = Header::read(bytes)?;
        let length = header.frame() + MASK;
        Some(Self {
            payload: bytes.get(header.length + MASK..length)?,
            header: &bytes[..header.length],
            length,
        })
    }
}

/// Lets a client in, and says something at once.
pub(super) async fn upgrade(stream: &mut TcpStream, first: &[u8]) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut read).await?;
    }
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    Ok(stream
        .write_all(&[answer.as_bytes(), first].concat())
        .await?)
}
