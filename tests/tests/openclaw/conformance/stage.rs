use std::env;

use sessionwire_tests::{Program, TestGateway};

use super::contract;
use super::report::Report;
use super::tap::Tap;
use crate::cli;
use crate::follower::PATIENCE;
use crate::gateway::OpenClaw;
use crate::health::until_live;
use crate::play::{Heard, Play};
use crate::relay::Relay;

/// Short enough that a client's watch is seen to work, long enough for a busy machine.
pub(crate) const TICKS: [&str; 2] = ["--tick-interval", "2s"];

/// A gateway of ours for OpenClaw's clients, by itself or in front of OpenClaw's own. All that is said there is heard.
pub(crate) struct Stage {
    gateway: TestGateway,
    behind: Option<OpenClaw>,
    pub(crate) tap: Tap,
}

impl Stage {
    /// The gateway by itself.
    pub(crate) async fn alone(options: &[&str]) -> Self {
        Self::of(TestGateway::start_with(options).await, None).await
    }

    /// The gateway in front of OpenClaw's own.
    pub(crate) async fn in_front(options: &[&str]) -> Self {
        let behind = OpenClaw::start().await;
        let (url, token) = (behind.url(), OpenClaw::TOKEN);
        let upstream = ["--upstream", &url, "--upstream-token", token];
        let gateway = TestGateway::start_with(&[&upstream, options].concat()).await;
        Self::of(gateway, Some(behind)).await
    }

    async fn of(gateway: TestGateway, behind: Option<OpenClaw>) -> Self {
        let stage = Self {
            tap: Tap::start(gateway.address()).await,
            gateway,
            behind,
        };
        stage.until_it_serves().await;
        stage
    }

    /// Where the gateway is without the tap, for those who are not looked at.
    pub(crate) fn gateway(&self) -> &TestGateway {
        &self.gateway
    }

    /// What a chat shows after `/goal start Ship it`. OpenClaw's own gateway begins a run, which fails without a model.
    pub(crate) fn after_goal(&self) -> &'static str {
        match self.behind {
            Some(_) => "No route-compatible authentication source",
            None => "Goal started: Ship it",
        }
    }

    /// Stops the gateway and starts it again.
    pub(crate) async fn restart(&mut self) {
        self.gateway.restart().await;
        self.until_it_serves().await;
    }

    /// Holds all that the gateway said by itself to the protocol's schema, and stops the gateways.
    pub(crate) async fn end(mut self, report: Report) {
        let recording = self.tap.end().await;
        self.gateway.stop().await;
        match &mut self.behind {
            None => {
                let held = contract::hold(&recording);
                report.shows("is sent valid frames only", held).await;
            }
            // What is passed on is younger than the schema that is published.
            Some(behind) => behind.stop().await,
        }
    }

    async fn until_it_serves(&self) {
        if self.behind.is_some() {
            until_live(&self.gateway).await;
        }
    }
}

/// Runs tests in JavaScript, named as behaviours are, with a client of OpenClaw's on a stage whose gateway they may
/// restart and silence, and whose owner they may ask to let devices in.
pub(crate) async fn perform(report: Report, test: &[&str], mut stage: Stage) {
    let elsewhere = Relay::elsewhere(stage.tap.address()).await;
    let folder = env::var_os("SESSIONWIRE_OPENCLAW_DIR").expect("OpenClaw is installed");
    let program = Play::program(cli::node(), test)
        .env("SESSIONWIRE_URL", stage.tap.url())
        .env("SESSIONWIRE_HTTP", stage.tap.http_url())
        .env("SESSIONWIRE_ELSEWHERE_URL", elsewhere.url())
        .env("SESSIONWIRE_TOKEN", TestGateway::TOKEN)
        .env("SESSIONWIRE_IN_FRONT", stage.behind.is_some().to_string())
        .env("SESSIONWIRE_AFTER_GOAL", stage.after_goal())
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
            ["restart"] => stage.restart().await,
            ["silence"] => stage.tap.silence(),
            ["devices", ..] => run(&words, stage.gateway()).await,
            _ => panic!("a wish of no meaning: {wish}"),
        }
        play.done().await;
    }
    play.end().await;
    stage.end(report).await;
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
