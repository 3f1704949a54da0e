//! The npm package at OpenClaw's gateway. The tests themselves are in `tests/js`.

use crate::conformance::contract;
use crate::conformance::report::{OURS_THERE, Report};
use crate::conformance::tap::Tap;
use crate::gateway::OpenClaw;
use crate::play::{Heard, Play};
use crate::relay::Relay;

const IN_NODE: &str = "npm package in Node";
const IN_CHROMIUM: &str = "npm package in Chromium";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_node_do_everything_and_a_device_comes_and_goes() {
    let mut gateway = OpenClaw::start().await;
    let node = Tap::start(gateway.address()).await;
    let page = Tap::start(gateway.address()).await;
    let elsewhere = Relay::elsewhere(gateway.address()).await;
    let program = Play::program("node", &["openclaw.test.mjs"])
        .env("SESSIONWIRE_NODE_URL", node.url())
        .env("SESSIONWIRE_PAGE_URL", page.url())
        .env("SESSIONWIRE_ELSEWHERE_URL", elsewhere.url())
        .env("SESSIONWIRE_TOKEN", OpenClaw::TOKEN);
    let mut play = Play::start(program);
    while let Some(heard) = play.hear().await {
        let Heard::Outcome { test, passed } = heard else {
            panic!("it wishes for nothing");
        };
        let behaviours = [IN_NODE, IN_CHROMIUM].map(|client| (client, test.strip_prefix(client)));
        for (client, behaviour) in behaviours {
            if let Some(behaviour) = behaviour.and_then(|rest| rest.strip_prefix(": ")) {
                Report::of(OURS_THERE, client).note(behaviour, passed);
            }
        }
    }
    play.end().await;
    for (client, tap) in [(IN_NODE, node), (IN_CHROMIUM, page)] {
        let recording = tap.end().await;
        let held = contract::hold_requests(&recording);
        let report = Report::of(OURS_THERE, client);
        report.shows("sends valid requests only", held).await;
    }
    gateway.stop().await;
}
