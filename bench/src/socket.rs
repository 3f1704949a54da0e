//! A WebSocket client that costs as little as it can, so that the load leaves the processors to the server.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

pub(crate) const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// A socket after its upgrade.
pub(crate) struct Socket {
    stream: TcpStream,
    read: Vec<u8>,
    /// How much of `read` was heard.
    heard: usize,
    /// All bytes that came, also those that were forgotten.
    received: usize,
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

    /// Of the frame with its header.
    pub(crate) fn frame(&self) -> usize {
        self.length + self.payload
    }
}

impl Socket {
    /// Connects from an address of this machine and upgrades.
    pub(crate) async fn open(address: SocketAddr, path: &str, from: Ipv4Addr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // Unbound, a socket may have the port of another to elsewhere.
        if from != Ipv4Addr::LOCALHOST {
            socket.bind((from, 0).into())?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let mut socket = Self {
            stream,
            read: Vec::new(),
            heard: 0,
            received: 0,
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.stream.write_all(request.as_bytes()).await?;
        loop {
            if let Some(end) = memchr::memmem::find(&socket.read, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&socket.read[..end]).into_owned();
                ensure!(head.starts_with("HTTP/1.1 101"), "no upgrade: {head}");
                socket.heard = end + 4;
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
            let unheard = &self.read[self.heard..];
            if let Some(header) = Header::read(unheard)
                && unheard.len() >= header.frame()
            {
                let payload = unheard[header.length..header.frame()].to_vec();
                self.heard += header.frame();
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
            self.read.drain(..self.heard);
            self.heard = 0;
            self.fill().await?;
        }
    }

    /// How many bytes came over it so far.
    pub(crate) fn received(&self) -> usize {
        self.received
    }

    /// The stream, and what was read of it and not heard.
    pub(crate) fn into_parts(mut self) -> (TcpStream, Vec<u8>) {
        self.read.drain(..self.heard);
        (self.stream, self.read)
    }

    async fn fill(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.read).await?;
        self.received += read;
        (read > 0).then_some(()).context("the server hung up")
    }
}

/// The number that stands at a place of a text, without reading the text.
pub(crate) fn number_at(text: &[u8], place: usize) -> Option<u64> {
    let digits = text[place..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    digits
        .map(|digit| u64::from(digit - b'0'))
        .reduce(|number, digit| number * 10 + digit)
}

/// Writes the frame of a text as a server sends it.
pub(crate) fn put_unmasked(frames: &mut Vec<u8>, text: &str) {
    head(frames, TEXT, 0, text.len());
    frames.extend(text.as_bytes());
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

/// Writes a frame as a client sends it. Its mask is zero, which leaves the payload as it is.
fn put(frames: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    const MASKED: u8 = 0x80;
    head(frames, opcode, MASKED, payload.len());
    frames.extend([0; 4]);
    frames.extend(payload);
}
