//! The reference client `@openclaw/gateway-client`. The tests themselves are in `tests/js/reference.test.mjs`.

use super::report::{Report, THEIRS_HERE, THEIRS_IN_FRONT};
use super::stage::{Stage, TICKS, perform};

const IN_NODE: &str = "reference client in Node";
const IN_CHROMIUM: &str = "reference client in Chromium";

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_client_in_node() {
    let stage = Stage::alone(&TICKS).await;
    play(Report::of(THEIRS_HERE, IN_NODE), "node", stage).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `cargo xtask conformance` runs it"]
async fn the_reference_client_in_node_in_front() {
    let stage = Stage::in_front(&TICKS).await;
    play(Report::of(THEIRS_IN_FRONT, IN_NODE), "node", stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_client_in_chromium() {
    let stage = Stage::alone(&TICKS).await;
    play(Report::of(THEIRS_HERE, IN_CHROMIUM), "chromium", stage).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `cargo xtask conformance` runs it"]
async fn the_reference_client_in_chromium_in_front() {
    let stage = Stage::in_front(&TICKS).await;
    play(Report::of(THEIRS_IN_FRONT, IN_CHROMIUM), "chromium", stage).await;
}

async fn play(report: Report, place: &str, stage: Stage) {
    perform(report, &["reference.test.mjs", place], stage).await;
}
