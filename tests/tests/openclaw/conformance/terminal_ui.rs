//! The terminal UI: `openclaw tui`.

use pty_process::Command;
use serde_json::{Value, json};
use sessionwire_tests::TestGateway;

use super::report::{Report, THEIRS_HERE, THEIRS_IN_FRONT};
use super::script::Socket;
use super::stage::Stage;
use super::terminal::Terminal;
use crate::cli;

const NAME: &str = "terminal UI";
const KEY: &str = "agent:main:alpha";

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_ui() {
    play(Report::of(THEIRS_HERE, NAME), Stage::alone(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `cargo xtask conformance` runs it"]
async fn the_terminal_ui_in_front() {
    let stage = Stage::in_front(&[]).await;
    play(Report::of(THEIRS_IN_FRONT, NAME), stage).await;
}

async fn play(report: Report, mut stage: Stage) {
    let mut actor = connected(stage.gateway()).await;
    for (key, label) in [("alpha", "The alpha"), ("beta", "The beta")] {
        let made = json!({"key": key, "label": label});
        actor.call("sessions.create", made).await;
    }
    let said = json!({"sessionKey": "alpha", "message": "hello from afar"});
    actor.call("chat.inject", said).await;
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut terminal = Terminal::start(program(&stage.tap.url(), home.path()));

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
        terminal.shows(stage.after_goal()).await;
        let named = |row: &Value| row["label"] == "Named in a terminal";
        let pursues = |row: &Value| row["goal"]["objective"] == "Ship it";
        actor.becomes(KEY, |row| named(row) && pursues(row)).await;
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
        actor.becomes(KEY, |row| row["goal"].is_null()).await;
    };
    report.shows("resets", resets).await;
    let returns = async {
        stage.restart().await;
        terminal.shows("gateway reconnected").await;
        terminal.enter("/name After the restart").await;
        terminal
            .shows("Session renamed to “After the restart”.")
            .await;
        let mut actor = connected(stage.gateway()).await;
        actor
            .becomes(KEY, |row| row["label"] == "After the restart")
            .await;
    };
    report.shows("comes back after a restart", returns).await;
    terminal.enter("/exit").await;
    terminal.ends().await;

    stage.end(report).await;
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
    let mut socket = socket.unwrap_or_else(|error| panic!("{error}"));
    socket.call("sessions.subscribe", json!({})).await;
    socket
}
