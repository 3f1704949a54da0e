//! The limit of talking to clients one by one: what a server said to one of them, encoded once, with a `write` whenever
//! a client was heard.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};

use super::{Running, listen, own};
use crate::process::{Server, announced};
use crate::socket::{Header, put_unmasked};

/// What every client's key in the upgrade leads to: they all send the one of RFC 6455, section 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// The bytes of a client's mask.
const MASK: usize = 4;

/// What a server says: at once, and after each frame of the client.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Script {
    pub(crate) turns: Vec<Vec<String>>,
}

impl Script {
    /// Starts a server that says nothing else.
    pub(crate) async fn start(&self) -> Result<Running> {
        let data = tempfile::tempdir()?;
        let path = path(&data);
        std::fs::write(&path, serde_json::to_string(self)?)?;
        let script = path.to_str().context("the path is text")?;
        let server = Server::start(own(["replay", script])?, announced).await?;
        Ok(Running {
            server,
            _data: data,
        })
    }
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("script.json")
}

/// Serves until it is killed.
pub(super) async fn serve(script: &Path) -> Result<()> {
    let script: Script = serde_json::from_str(&std::fs::read_to_string(script)?)?;
    let encode = |texts: &Vec<String>| {
        let mut frames = Vec::new();
        texts
            .iter()
            .for_each(|text| put_unmasked(&mut frames, text));
        frames
    };
    let turns: Rc<[Vec<u8>]> = script.turns.iter().map(encode).collect();
    LocalSet::new().run_until(accept(turns)).await
}

async fn accept(turns: Rc<[Vec<u8>]>) -> Result<()> {
    let listener = listen()?;
    loop {
        let (stream, _) = listener.accept().await?;
        spawn_local(talk(stream, Rc::clone(&turns)));
    }
}

async fn talk(mut stream: TcpStream, turns: Rc<[Vec<u8>]>) -> Result<()> {
    let [first, later @ ..] = &*turns else {
        return Ok(());
    };
    upgrade(&mut stream, first).await?;
    let mut read = Vec::new();
    for frames in later {
        loop {
            if let Some(header) = Header::read(&read)
                && let end = MASK + header.frame()
                && read.len() >= end
            {
                read.drain(..end);
                break;
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        stream.write_all(frames).await?;
    }
    // The client says when it has heard enough.
    while stream.read_buf(&mut read).await? > 0 {}
    Ok(())
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
