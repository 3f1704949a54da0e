//! Who makes the changes.

use std::net::SocketAddr;
use std::ops::Range;

use anyhow::Result;
use serde_json::{Value, json};

use super::Dialect;
use super::dialect::{answer, frame, request};
use crate::socket::Socket;

/// What stands before the number of a change in every text that tells of it.
pub(crate) const NUMBER: &str = "change-";

/// So many sessions, with nothing but their keys.
pub(crate) fn sessions(count: usize) -> Vec<Value> {
    let session = |number| json!({"key": format!("agent:main:bench-{number}")});
    (0..count).map(session).collect()
}

/// A client that makes changes, numbered from 0.
pub(crate) struct Publisher {
    socket: Socket,
    dialect: Dialect,
    /// The keys of the sessions that are changed in turn.
    keys: Vec<Value>,
    /// What each change of an echo says, beside its number.
    filler: String,
    sent: usize,
}

impl Publisher {
    /// Makes the sessions, where the server has such. Elsewhere each change is told in a text of so many bytes.
    pub(crate) async fn new(
        dialect: Dialect,
        address: SocketAddr,
        sessions: &[Value],
        bytes: usize,
    ) -> Result<Self> {
        let mut socket = dialect.connect(address).await?;
        if let Dialect::Cursors | Dialect::Plain = dialect {
            for params in sessions {
                request(&mut socket, "sessions.create", params.clone()).await?;
            }
        }
        let beside = json!({"text": "", "n": format!("{NUMBER}123")}).to_string();
        Ok(Self {
            socket,
            dialect,
            keys: sessions
                .iter()
                .map(|params| params["key"].clone())
                .collect(),
            filler: "x".repeat(bytes.saturating_sub(beside.len())),
            sent: 0,
        })
    }

    /// The numbers of the next changes.
    pub(crate) fn next(&self, changes: usize) -> Range<usize> {
        self.sent..self.sent + changes
    }

    /// Sends the next changes, in one piece.
    pub(crate) async fn send(&mut self, changes: usize) -> Result<()> {
        let numbers = self.next(changes);
        self.sent = numbers.end;
        let texts: Vec<String> = numbers.map(|number| self.change(number)).collect();
        self.socket.send_all(texts).await
    }

    /// Waits until one further change is made.
    pub(crate) async fn made(&mut self) -> Result<()> {
        match self.dialect {
            Dialect::Cursors | Dialect::Plain => answer(&mut self.socket).await.map(drop),
            Dialect::Echo | Dialect::SocketIo => self.socket.hear().await.map(drop),
        }
    }

    fn change(&self, number: usize) -> String {
        let label = format!("{NUMBER}{number}");
        let said = || json!({"text": self.filler, "n": label}).to_string();
        match self.dialect {
            Dialect::Cursors | Dialect::Plain => {
                let key = &self.keys[number % self.keys.len()];
                frame("sessions.patch", &json!({"key": key, "label": label}))
            }
            Dialect::Echo => said(),
            Dialect::SocketIo => format!("42{}", json!(["m", said()])),
        }
    }
}
