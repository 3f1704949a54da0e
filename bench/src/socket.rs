//! A WebSocket client that costs as little as it can, so that the load leaves the processors to the server.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// A socket after its upgrade.
pub(crate) struct Socket {
    stream: TcpStream,
    read: Vec<u8>,
}

/// The first bytes of a frame.
pub(crate) struct Header {
    pub(crate) opcode: u8,
    /// Of the header itself.
    pub(crate) length: usize,
    pub(crate) payload: usize,
}

impl Header {
    /// Reads the header of a server's frame; `None` while bytes are missing.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (length, payload) = match second & 0x7f {
            126 => (4, u16::from_be_bytes(rest.first_chunk().copied()?).into()),
            127 => (
                10,
                usize::try_from(u64::from_be_bytes(rest.first_chunk().copied()?)).ok()?,
            ),
            short => (2, short.into()),
        };
        Some(Self {
            opcode: first & 0xf,
            length,
            payload,
        })
    }
}

impl Socket {
    /// Connects and upgrades.
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut socket = Self {
            stream,
            read: Vec::new(),
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.stream.write_all(request.as_bytes()).await?;
        loop {
            if let Some(end) = socket.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&socket.read[..end]).into_owned();
                ensure!(head.starts_with("HTTP/1.1 101"), "no upgrade: {head}");
                socket.read.drain(..end + 4);
                return Ok(socket);
            }
            socket.fill().await?;
        }
    }

    /// Sends a text.
    pub(crate) async fn send(&mut self, text: &str) -> Result<()> {
        self.send_all([text]).await
    }

    /// Sends texts in one piece.
    pub(crate) async fn send_all(
        &mut self,
        texts: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<()> {
        let mut frames = Vec::new();
        for text in texts {
            put(&mut frames, TEXT, text.as_ref().as_bytes());
        }
        Ok(self.stream.write_all(&frames).await?)
    }

    /// The next text.
    pub(crate) async fn hear(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(header) = Header::read(&self.read)
                && let end = header.length + header.payload
                && self.read.len() >= end
            {
                let payload = self.read[header.length..end].to_vec();
                self.read.drain(..end);
                match header.opcode {
                    TEXT => return Ok(payload),
                    CLOSE => bail!("closed: {}", String::from_utf8_lossy(&payload)),
                    // OpenClaw hangs up on who does not answer.
                    PING => {
                        let mut pong = Vec::new();
                        put(&mut pong, PONG, &payload);
                        self.stream.write_all(&pong).await?;
                    }
                    _ => {}
                }
                continue;
            }
            self.fill().await?;
        }
    }

    /// The stream, and what was read of it already.
    pub(crate) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.read)
    }

    async fn fill(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.read).await?;
        (read > 0).then_some(()).context("the server hung up")
    }
}

/// Writes the beginning of a frame.
pub(crate) fn head(frames: &mut Vec<u8>, opcode: u8, masked: u8, bytes: usize) {
    frames.push(0x80 | opcode);
    match bytes {
        short @ ..126 => frames.push(masked | short as u8),
        medium @ ..0x1_0000 => {
            frames.push(masked | 126);
            frames.extend((medium as u16).to_be_bytes());
        }
        long => {
            frames.push(masked | 127);
            frames.extend((long as u64).to_be_bytes());
        }
    }
}

/// Writes a frame. Its mask is zero, which leaves the payload as it is.
fn put(frames: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    const MASKED: u8 = 0x80;
    head(frames, opcode, MASKED, payload.len());
    frames.extend([0; 4]);
    frames.extend(payload);
}
