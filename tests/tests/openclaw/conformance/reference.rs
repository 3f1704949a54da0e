//! The reference client `@openclaw/gateway-client`. The tests themselves are in `tests/js/reference.test.mjs`.

use super::report::{Report, THEIRS_HERE};
use super::stage::{TICKS, perform};

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_client_in_node() {
    let report = Report::of(THEIRS_HERE, "reference client in Node");
    perform(report, &["reference.test.mjs", "node"], &TICKS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_client_in_chromium() {
    let report = Report::of(THEIRS_HERE, "reference client in Chromium");
    perform(report, &["reference.test.mjs", "chromium"], &TICKS).await;
}
