//! The limit: frames encoded once, and one `write` for each socket, by one thread that does nothing else, or that makes
//! what it read durable first.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::{LocalSet, spawn_local};

use super::client::{Frame, upgrade};
use super::listen;
use super::log::Log;

struct Floor {
    sockets: RefCell<Vec<OwnedWriteHalf>>,
    log: Option<Log>,
}

/// Serves until it is killed. Where there is a folder, what is told stands in a database in it before.
pub(super) async fn serve(folder: Option<&Path>) -> Result<()> {
    let floor = Rc::new(Floor {
        sockets: RefCell::default(),
        log: folder.map(Log::create).transpose()?,
    });
    LocalSet::new().run_until(accept(&floor)).await
}

async fn accept(floor: &Rc<Floor>) -> Result<()> {
    let listener = listen()?;
    loop {
        let (stream, _) = listener.accept().await?;
        spawn_local(talk(stream, Rc::clone(floor)));
    }
}

async fn talk(mut stream: TcpStream, floor: Rc<Floor>) -> Result<()> {
    upgrade(&mut stream, &[]).await?;
    let (reading, writing) = stream.into_split();
    floor.sockets.borrow_mut().push(writing);
    pass_on(reading, &floor).await
}

async fn pass_on(mut stream: OwnedReadHalf, floor: &Floor) -> Result<()> {
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
        if let Some(log) = &floor.log {
            log.append(&frames)?;
        }
        for socket in floor.sockets.borrow().iter() {
            // The load keeps so little in flight that no socket is ever full.
            socket.try_write(&frames)?;
        }
    }
    Ok(())
}
