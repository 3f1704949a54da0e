//! The limit of talking to clients one by one: what a server said to one of them, encoded once, with a `write` whenever
//! a client was heard.

use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};

use super::client::{Frame, upgrade};
use super::{Running, listen, own};
use crate::folder::Folder;
use crate::process::{Server, announced};
use crate::socket::put_unmasked;

/// What a server says: at once, and after each frame of the client.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Script {
    pub(crate) turns: Vec<Vec<String>>,
}

impl Script {
    /// Starts a server that says nothing else.
    pub(crate) async fn start(&self) -> Result<Running> {
        let data = Folder::temporary()?;
        let path = data.path().join("script.json");
        std::fs::write(&path, serde_json::to_string(self)?)?;
        let script = path.to_str().context("the path is text")?;
        let server = Server::start(own(["replay", script])?, announced).await?;
        Ok(Running {
            server,
            _data: Rc::new(data),
        })
    }
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
            if let Some(Frame { length, .. }) = Frame::first(&read) {
                read.drain(..length);
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
