use std::env;
use std::path::Path;
use std::time::Duration;

use sessionwire_tests::{Program, TestGateway};

use super::contract;
use super::report::Report;
use super::tap::Tap;
use crate::cli;

/// Short enough that a client's watch is seen to work, long enough for a busy machine.
pub(crate) const TICKS: [&str; 2] = ["--tick-interval", "2s"];
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// Runs tests in JavaScript, named as behaviours are, with a client of OpenClaw's on a gateway that they may restart
/// and silence. All that the gateway said must be as the protocol's schema has it.
pub(crate) async fn perform(report: Report, test: &[&str], options: &[&str]) {
    let mut gateway = TestGateway::start_with(options).await;
    let tap = Tap::start(gateway.address()).await;
    let folder = env::var_os("SESSIONWIRE_OPENCLAW_DIR").expect("OpenClaw is installed");
    let runner = ["--test-reporter=tap"];
    let mut play = Program::new(cli::node(), runner.iter().chain(test))
        .folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("js"))
        .env("SESSIONWIRE_URL", tap.url())
        .env("SESSIONWIRE_HTTP", tap.http_url())
        .env("SESSIONWIRE_TOKEN", TestGateway::TOKEN)
        .env("SESSIONWIRE_OPENCLAW_DIR", folder)
        .talk();
    let (mut said, mut failed) = (Vec::new(), false);
    while let Some(line) = play.hear_until_the_end(PATIENCE).await {
        let wish = line.strip_prefix('@');
        match wish {
            Some("restart") => gateway.restart().await,
            Some("silence") => tap.silence(),
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
    let recording = tap.end().await;
    report
        .shows("is sent valid frames only", contract::hold(&recording))
        .await;
    gateway.stop().await;
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
