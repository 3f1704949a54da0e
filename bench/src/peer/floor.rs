//! The limit: frames encoded once, and one `write` for each socket, by one thread that does nothing else.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::Result;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::{LocalSet, spawn_local};

use super::client::{Frame, upgrade};
use super::listen;

type Sockets = Rc<RefCell<Vec<OwnedWriteHalf>>>;

/// Serves until it is killed.
pub(super) async fn serve() -> Result<()> {
    LocalSet::new().run_until(accept()).await
}

async fn accept() -> Result<()> {
    let listener = listen()?;
    let sockets = Sockets::default();
    loop {
        let (stream, _) = listener.accept().await?;
        spawn_local(talk(stream, Rc::clone(&sockets)));
    }
}

async fn talk(mut stream: TcpStream, sockets: Sockets) -> Result<()> {
    upgrade(&mut stream, &[]).await?;
    let (reading, writing) = stream.into_split();
    sockets.borrow_mut().push(writing);
    pass_on(reading, &sockets).await
}

async fn pass_on(mut stream: OwnedReadHalf, sockets: &Sockets) -> Result<()> {
    // As much as comes at once, so that it goes on at once.
    let mut read = Vec::with_capacity(64 << 10);
    while stream.read_buf(&mut read).await? > 0 {
        let mut frames = Vec::new();
        while let Some(frame) = Frame::first(&read) {
            // A server's frame has no mask.
            let second = frames.len() + 1;
            frames.extend(frame.header);
            frames[second] &= 0x7f;
            frames.extend(frame.payload);
            let length = frame.length;
            read.drain(..length);
        }
        for socket in sockets.borrow().iter() {
            // The load keeps so little in flight that no socket is ever full.
            socket.try_write(&frames)?;
        }
    }
    Ok(())
}
