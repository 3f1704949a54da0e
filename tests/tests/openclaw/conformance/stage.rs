use std::env;
use std::path::Path;
use std::time::Duration;

use sessionwire::Client;
use sessionwire::protocol::gateway::{Empty, HealthGet};
use sessionwire_tests::{Program, TestGateway};

use super::contract;
use super::report::Report;
use super::tap::Tap;
use crate::cli;
use crate::gateway::OpenClaw;

/// Short enough that a client's watch is seen to work, long enough for a busy machine.
pub(crate) const TICKS: [&str; 2] = ["--tick-interval", "2s"];
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

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
        stage.until_live().await;
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
        self.until_live().await;
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

    async fn until_live(&self) {
        let client = Client::connect(&self.gateway.url(), TestGateway::TOKEN);
        let client = client.expect("it is an address");
        let is_live = async || {
            let health = client.call::<HealthGet>(&Empty {}).await;
            let upstream = health.expect("it answers").upstream;
            upstream.is_none_or(|upstream| upstream.live)
        };
        while !is_live().await {
            tokio::task::yield_now().await;
        }
        client.close().await;
    }
}

/// Runs tests in JavaScript, named as behaviours are, with a client of OpenClaw's on a stage whose gateway they may
/// restart and silence. All that the gateway said must be as the protocol's schema has it.
pub(crate) async fn perform(report: Report, test: &[&str], mut stage: Stage) {
    let folder = env::var_os("SESSIONWIRE_OPENCLAW_DIR").expect("OpenClaw is installed");
    let runner = ["--test-reporter=tap"];
    let mut play = Program::new(cli::node(), runner.iter().chain(test))
        .folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("js"))
        .env("SESSIONWIRE_URL", stage.tap.url())
        .env("SESSIONWIRE_HTTP", stage.tap.http_url())
        .env("SESSIONWIRE_TOKEN", TestGateway::TOKEN)
        .env("SESSIONWIRE_AFTER_GOAL", stage.after_goal())
        .env("SESSIONWIRE_OPENCLAW_DIR", folder)
        .talk();
    let (mut said, mut failed) = (Vec::new(), false);
    while let Some(line) = play.hear_until_the_end(PATIENCE).await {
        let wish = line.strip_prefix('@');
        match wish {
            Some("restart") => stage.restart().await,
            Some("silence") => stage.tap.silence(),
            Some(other) => panic!("a wish of no meaning: {other}"),
            None => {}
        }
        if wish.is_some() {
            play.say("done").await;
        } else if let Some((behaviour, passed)) = outcome(&line) {
            report.note(behaviour, passed);
            failed |= !passed;
        }
        said.push(line);
    }
    assert!(!failed, "{}", said.join("\n"));
    play.end(PATIENCE).await;
    stage.end(report).await;
}

/// The test of a line such as "ok 3 - renames", and whether it passed; none if it was skipped.
fn outcome(line: &str) -> Option<(&str, bool)> {
    let (result, rest) = line.split_once("ok ")?;
    let passed = match result {
        "" => true,
        "not " => false,
        _ => return None,
    };
    let (_, name) = rest.split_once(" - ")?;
    (!name.contains(" # SKIP")).then_some((name, passed))
}
