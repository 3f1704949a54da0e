//! The limit of an answer: so many bytes as a request asks for, in one frame that is ready.

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Frame, upgrade};
use super::listen;
use crate::socket::{TEXT, head};

/// Serves until it is killed.
pub(super) async fn serve() -> Result<()> {
    let listener = listen()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        talk(stream).await?;
    }
}

async fn talk(mut stream: TcpStream) -> Result<()> {
    upgrade(&mut stream, &[]).await?;
    let mut read = Vec::new();
    let mut answer = Vec::new();
    while stream.read_buf(&mut read).await? > 0 {
        while let Some(Frame {
            payload, length, ..
        }) = Frame::first(&read)
        {
            let bytes: usize = std::str::from_utf8(payload)?.parse()?;
            if answer.len() < bytes {
                answer.clear();
                head(&mut answer, TEXT, 0, bytes);
                answer.resize(answer.len() + bytes, b'x');
            }
            stream.write_all(&answer).await?;
            read.drain(..length);
        }
    }
    Ok(())
}
