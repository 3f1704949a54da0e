//! The terminal UI: `openclaw tui`.

use pty_process::Command;
use serde_json::{Value, json};
use sessionwire_tests::TestGateway;

use super::contract;
use super::report::{Report, THEIRS_HERE};
use super::script::Socket;
use super::tap::Tap;
use super::terminal::Terminal;
use crate::cli;

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_ui() {
    let report = Report::of(THEIRS_HERE, "terminal UI");
    let mut gateway = TestGateway::start().await;
    let tap = Tap::start(gateway.address()).await;
    let mut actor = connected(&gateway).await;
    for (key, label) in [("alpha", "The alpha"), ("beta", "The beta")] {
        let made = json!({"key": key, "label": label});
        actor.call("sessions.create", made).await;
    }
    let said = json!({"sessionKey": "alpha", "message": "hello from afar"});
    actor.call("chat.inject", said).await;
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut terminal = Terminal::start(program(&tap.url(), home.path()));

    report
        .shows("connects", terminal.shows(" connected | idle"))
        .await;
    let lists = async {
        terminal.enter("/sessions").await;
        terminal.shows("The alpha (alpha)").await;
        terminal.shows("The beta (beta)").await;
    };
    report.shows("lists sessions", lists).await;
    let opens = async {
        // The picker takes the session that its filter leaves first.
        terminal.enter("alpha").await;
        terminal.shows("session alpha (The alpha)").await;
        terminal.shows("hello from afar").await;
    };
    report.shows("opens a session", opens).await;
    let commands = async {
        terminal.enter("/name Named in a terminal").await;
        terminal
            .shows("Session renamed to “Named in a terminal”.")
            .await;
        terminal.shows("session alpha (Named in a terminal)").await;
        terminal.enter("/goal start Ship it").await;
        terminal.shows("Goal started: Ship it").await;
        let row = stored(&mut actor).await;
        assert_eq!(row["label"], "Named in a terminal");
        assert_eq!(row["goal"]["objective"], "Ship it");
    };
    report.shows("sends /name and /goal", commands).await;
    let refusals = async {
        terminal.enter("/name The beta").await;
        terminal.shows("label already in use: The beta").await;
    };
    report.shows("is told of refusals", refusals).await;
    let resets = async {
        terminal.enter("/reset").await;
        terminal.shows("session agent:main:alpha reset").await;
        terminal.hides("hello from afar").await;
        assert_eq!(stored(&mut actor).await["goal"], Value::Null);
    };
    report.shows("resets", resets).await;
    let returns = async {
        gateway.restart().await;
        terminal.shows("gateway reconnected").await;
        terminal.enter("/name After the restart").await;
        terminal
            .shows("Session renamed to “After the restart”.")
            .await;
        let mut actor = connected(&gateway).await;
        assert_eq!(stored(&mut actor).await["label"], "After the restart");
    };
    report.shows("comes back after a restart", returns).await;
    terminal.enter("/exit").await;
    terminal.ends().await;

    let recording = tap.end().await;
    let held = contract::hold(&recording);
    report.shows("is sent valid frames only", held).await;
    gateway.stop().await;
}

fn program(url: &str, home: &std::path::Path) -> Command {
    let command = Command::new(cli::node())
        .arg(cli::program())
        .args(["tui", "--url", url, "--token", TestGateway::TOKEN])
        .env("TERM", "xterm-256color");
    cli::environment(home)
        .into_iter()
        .fold(command, |command, (name, value)| command.env(name, value))
}

async fn connected(gateway: &TestGateway) -> Socket {
    let socket = Socket::connect(&gateway.url(), TestGateway::TOKEN, &[]).await;
    socket.unwrap_or_else(|error| panic!("{error}"))
}

async fn stored(actor: &mut Socket) -> Value {
    let described = actor
        .call("sessions.describe", json!({"key": "alpha"}))
        .await;
    described["session"].clone()
}
