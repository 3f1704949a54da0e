//! `sessionwire import`: what moves in, what stays out, and that nothing happens twice.

#[path = "../support/mod.rs"]
mod support;

mod bad_folders;
mod folder;
mod moving;
mod odd_rows;
mod repeating;

use std::path::Path;

use serde_json::{Value, json};

use support::process::{Process, serve};
use support::{ADMIN, CURSORS, Client};

/// A gateway on the data folder of an import.
fn start(data: &Path) -> Process {
    Process::start(serve(
        env!("CARGO_BIN_EXE_sessionwire"),
        data,
        "127.0.0.1:0",
    ))
}

async fn client(gateway: &Process) -> Client {
    Client::connect(&gateway.url(), ADMIN, CURSORS).await
}

async fn ask(client: &mut Client, method: &str, params: Value) -> Value {
    let answered = client.request(method, params).await;
    answered.unwrap_or_else(|error| panic!("{method}: {error}"))
}

async fn row(client: &mut Client, key: &str) -> Value {
    ask(client, "sessions.describe", json!({ "key": key })).await["session"].take()
}

async fn history(client: &mut Client, key: &str) -> Vec<Value> {
    let answer = ask(client, "chat.history", json!({ "sessionKey": key })).await;
    let messages = answer["messages"].as_array();
    messages.expect("there are messages").clone()
}
