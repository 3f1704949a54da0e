//! The web Control UI, served by this gateway. The tests themselves are in `tests/js/control-ui.test.mjs`.

use std::env;
use std::path::PathBuf;

use super::report::{Report, THEIRS_HERE};
use super::stage::{TICKS, perform};

#[tokio::test(flavor = "multi_thread")]
async fn the_control_ui_in_chromium() {
    let installed = env::var_os("SESSIONWIRE_OPENCLAW_DIR").expect("OpenClaw is installed");
    let folder = PathBuf::from(installed).join("node_modules/openclaw/dist/control-ui");
    let folder = folder.display().to_string();
    let options = [&["--control-ui", &folder][..], &TICKS].concat();
    perform(
        Report::of(THEIRS_HERE, "Control UI"),
        &["control-ui.test.mjs"],
        &options,
    )
    .await;
}
