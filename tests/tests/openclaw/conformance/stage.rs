use std::env;

use sessionwire_tests::{Program, TestGateway};

use super::contract;
use super::report::Report;
use super::tap::Tap;
use crate::cli;
use crate::follower::PATIENCE;
use crate::play::{Heard, Play};
use crate::relay::Relay;

/// Short enough that a client's watch is seen to work, long enough for a busy machine.
pub(crate) const TICKS: [&str; 2] = ["--tick-interval", "2s"];

/// Runs tests in JavaScript, named as behaviours are, with a client of OpenClaw's on a gateway that they may restart
/// and silence, and whose owner they may ask to let devices in. All that the gateway said must be as the protocol's schema has it.
pub(crate) async fn perform(report: Report, test: &[&str], options: &[&str]) {
    let mut gateway = TestGateway::start_with(options).await;
    let tap = Tap::start(gateway.address()).await;
    let elsewhere = Relay::elsewhere(tap.address()).await;
    let folder = env::var_os("SESSIONWIRE_OPENCLAW_DIR").expect("OpenClaw is installed");
    let program = Play::program(cli::node(), test)
        .env("SESSIONWIRE_URL", tap.url())
        .env("SESSIONWIRE_HTTP", tap.http_url())
        .env("SESSIONWIRE_ELSEWHERE_URL", elsewhere.url())
        .env("SESSIONWIRE_TOKEN", TestGateway::TOKEN)
        .env("SESSIONWIRE_OPENCLAW_DIR", folder);
    let mut play = Play::start(program);
    while let Some(heard) = play.hear().await {
        let wish = match heard {
            Heard::Outcome { test, passed } => {
                report.note(&test, passed);
                continue;
            }
            Heard::Wish(wish) => wish,
        };
        let words: Vec<_> = wish.split(' ').collect();
        match words[..] {
            ["restart"] => gateway.restart().await,
            ["silence"] => tap.silence(),
            ["devices", ..] => run(&words, &gateway).await,
            _ => panic!("a wish of no meaning: {wish}"),
        }
        play.done().await;
    }
    play.end().await;
    let recording = tap.end().await;
    report
        .shows("is sent valid frames only", contract::hold(&recording))
        .await;
    gateway.stop().await;
}

/// Runs a command as the gateway's owner does.
async fn run(words: &[&str], gateway: &TestGateway) {
    let program = env::var_os("SESSIONWIRE_GATEWAY").expect("the gateway's program is compiled");
    let url = gateway.url();
    let options = ["--url", &url, "--token", TestGateway::TOKEN];
    let program = Program::new(program, words.iter().chain(&options));
    let finished = program.run(PATIENCE).await;
    assert!(finished.success, "{words:?}: {finished:?}");
}
