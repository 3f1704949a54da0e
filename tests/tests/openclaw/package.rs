//! The npm package at OpenClaw's gateway. The tests themselves are in `tests/js`.

use std::path::Path;
use std::time::Duration;

use sessionwire_tests::Program;

use crate::gateway::OpenClaw;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_node_do_everything_and_a_device_comes_and_goes() {
    let mut gateway = OpenClaw::start().await;
    let tests = ["--test", "--test-reporter", "spec", "openclaw.test.mjs"];
    let finished = Program::new("node", tests)
        .folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("js"))
        .env("SESSIONWIRE_URL", gateway.url())
        .env("SESSIONWIRE_TOKEN", OpenClaw::TOKEN)
        .run(Duration::from_secs(600))
        .await;
    assert!(finished.success, "{}\n{}", finished.stdout, finished.stderr);
    gateway.stop().await;
}
