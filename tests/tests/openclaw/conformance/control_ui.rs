//! The web Control UI, served by this gateway. The tests themselves are in `tests/js/control-ui.test.mjs`.

use std::env;
use std::path::PathBuf;

use super::report::{Report, THEIRS_HERE, THEIRS_IN_FRONT};
use super::stage::{Stage, TICKS, perform};

const NAME: &str = "Control UI";
const TEST: [&str; 1] = ["control-ui.test.mjs"];

#[tokio::test(flavor = "multi_thread")]
async fn the_control_ui_in_chromium() {
    let folder = folder();
    let stage = Stage::alone(&options(&folder)).await;
    perform(Report::of(THEIRS_HERE, NAME), &TEST, stage).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `cargo xtask conformance` runs it"]
async fn the_control_ui_in_front() {
    let folder = folder();
    let stage = Stage::in_front(&options(&folder)).await;
    perform(Report::of(THEIRS_IN_FRONT, NAME), &TEST, stage).await;
}

fn options(folder: &str) -> [&str; 4] {
    let [name, interval] = TICKS;
    ["--control-ui", folder, name, interval]
}

fn folder() -> String {
    let installed = env::var_os("SESSIONWIRE_OPENCLAW_DIR").expect("OpenClaw is installed");
    let folder = PathBuf::from(installed).join("node_modules/openclaw/dist/control-ui");
    folder.display().to_string()
}
